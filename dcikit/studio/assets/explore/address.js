// Where we are, in the address: #/IMAGE/REGION/TEXT?words=...&split=...: every image, region and text has a link.

export const FILTERS = ["split", "quality", "depth", "area", "label", "score", "wrong"];
export const QUERY = ["words", ...FILTERS];

/** The place that a fragment names; what it does not name is empty. */
export function parse(hash) {
  const [path, search] = hash.replace(/^#\/?/, "").split("?");
  const [image = "", region = "base", text = "description"] = path.split("/").filter(Boolean).map(decoded);
  const given = new URLSearchParams(search);
  const query = Object.fromEntries(QUERY.map((name) => [name, given.get(name) ?? ""]));
  return { image, region, text, query };
}

export function format({ image, region, text, query }) {
  const parts = [image, region, text].map(encodeURIComponent);
  while (parts.length > 1 && ["base", "description"].includes(parts.at(-1))) parts.pop();
  const given = new URLSearchParams(QUERY.filter((name) => query[name]).map((name) => [name, query[name]])).toString();
  return `#/${parts.join("/")}${given ? `?${given}` : ""}`;
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // somebody's typing
  }
}
