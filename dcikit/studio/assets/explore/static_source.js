// The files of a static site, answering as the API does.
import { fetchJson } from "../fetch_json.js";
import { answer } from "./static_search.js";

export class StaticSource {
  static async open() {
    return new StaticSource(await fetchJson("data/list.json"));
  }

  constructor(rows) {
    this.rows = rows;
    this.places = new Map(rows.map(({ image_id: id }, place) => [id, place]));
  }

  async list(query, offset, limit) {
    const found = await this.found(query);
    const rows = found.slice(offset, offset + limit).map(({ place, ...hit }) => ({ ...this.rows[place], ...hit }));
    return { total: found.length, images: this.rows.length, indexed: this.rows.length, error: null, rows };
  }

  /** The places of the images that a query finds; the last query's are kept. */
  async found(query) {
    const asked = JSON.stringify(query);
    if (this.asked !== asked) {
      const texts = Object.values(query).some(Boolean) ? await this.texts() : null;
      this.asked = asked;
      this.hits = answer(this.rows, texts, query);
    }
    return this.hits;
  }

  texts() {
    this.loading ??= fetchJson("data/texts.json");
    return this.loading;
  }

  async place(query, id) {
    const place = (await this.found(query)).findIndex((hit) => hit.place === this.places.get(id));
    return place < 0 ? null : place;
  }

  async labels() {
    const counts = new Map();
    for (const { texts: [label] } of (await this.texts()).flat()) counts.set(label, (counts.get(label) ?? 0) + 1);
    counts.delete("");
    const sorted = [...counts].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
    return sorted.slice(0, 200).map(([label]) => label);
  }

  document(id) {
    return this.file("images", id);
  }

  masks(id) {
    return this.file("masks", id);
  }

  async file(folder, id) {
    if (!this.places.has(id)) throw new Error(`There is no image ${id} here.`);
    return fetchJson(`data/${folder}/${this.places.get(id)}.json`);
  }

  photo(id) {
    return `data/photos/${this.rows[this.places.get(id)].photo ?? "none"}`;
  }

  decisions() {
    return Promise.resolve({ models: [], regions: {} });
  }

  thumbnail(id) {
    return `data/thumbnails/${this.places.get(id)}.jpg`;
  }
}
