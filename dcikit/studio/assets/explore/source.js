// Where the data comes from: the server's API, or the files of a static site. Both answer alike.
import { fetchJson } from "../fetch_json.js";
import { StaticSource } from "./static_source.js";

const KEPT = 6; // images whose texts and masks are held

class ApiSource {
  /** {total, images, indexed, error, rows} of a query, from `offset`. */
  list(query, offset, limit, signal) {
    return fetchJson(`api/images?${new URLSearchParams({ ...query, offset, limit })}`, signal);
  }

  /** Where an image stands in the list of a query; null: nowhere. */
  place(query, id) {
    return fetchJson(`api/places/${encodeURIComponent(id)}?${new URLSearchParams(query)}`);
  }

  labels() {
    return fetchJson("api/labels");
  }

  document(id) {
    return fetchJson(`api/images/${encodeURIComponent(id)}`);
  }

  masks(id) {
    return fetchJson(`api/masks/${encodeURIComponent(id)}`);
  }

  photo(id) {
    return `photos/${encodeURIComponent(id)}`;
  }

  thumbnail(id) {
    return `thumbnails/${encodeURIComponent(id)}`;
  }

  crop(id, key) {
    return `crops/${encodeURIComponent(id)}?${new URLSearchParams({ key })}`;
  }

  /** The map of a region's caption: cosines of patches, row by row; null: it has none. */
  map(id, key) {
    return fetchJson(`api/maps/${encodeURIComponent(id)}?${new URLSearchParams({ key })}`);
  }

  /** {models, regions}: what models decided, by region. */
  decisions(id) {
    return fetchJson(`api/decisions/${encodeURIComponent(id)}`);
  }
}

/** A source that holds the last few documents and masks. */
export async function openSource(kind) {
  const source = kind === "api" ? new ApiSource() : await StaticSource.open();
  source.document = kept(source.document.bind(source));
  source.masks = kept(source.masks.bind(source));
  return source;
}

function kept(fetchOf) {
  const held = new Map();
  return (id) => {
    const found = held.get(id) ?? fetchOf(id);
    held.delete(id);
    held.set(id, found);
    found.catch(() => held.delete(id));
    if (held.size > KEPT) held.delete(held.keys().next().value);
    return found;
  };
}
