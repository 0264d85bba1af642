// What stands above the texts: the path to the region, its name, its facts, and what is wrong with the image.
import { $, el, fill } from "../dom.js";
import { badge, chip, lights, qualityBadge } from "./parts.js";

export function showHeader(document, region, handlers) {
  fill($("#crumbs"), pathTo(document, region).slice(0, -1).map((each) => crumb(each, handlers)));
  fill($("#region"), named(region));
  fill($("#facts"), region.key === "base" ? imageFacts(document) : maskFacts(region));
}

/** The regions from the image down to this one. */
export function pathTo(document, region) {
  const byKey = new Map(document.regions.map((each) => [each.key, each]));
  const path = [];
  for (let each = region; each; each = byKey.get(each.parent)) path.unshift(each);
  return path;
}

export function showNotices({ defects, excluded = {} }) {
  const dropped = Object.entries(excluded).map(([suite, reason]) => `suite ${suite} (${reason})`);
  fill($("#notices"),
    defects.map((defect) => el("p", { class: "notice bad" }, defect)),
    dropped.length ? el("p", { class: "notice" }, `Dropped from ${dropped.join(", ")}.`) : null);
}

function crumb(region, { hover, pick }) {
  const on = { ...lights(region.key, hover), click: () => pick(region.key) };
  return el("li", {}, el("button", { class: "crumb", on }, named(region)));
}

const named = (region) => (region.key === "base" ? ["Image"] : [chip(region), " ", region.label || "no label"]);

function imageFacts({ width, height, split, image_id: id }) {
  return [`${width} × ${height} px`, split, id].map((fact) => badge(fact));
}

function maskFacts(region) {
  const { box: [x0, y0, x1, y1], area, depth, too_small: tooSmall } = region;
  const share = (area * 100).toFixed(area < 0.01 ? 2 : 1);
  const scored = tooSmall ? "under 224 px: not scored" : "subcrop";
  const facts = [`${x1 - x0} × ${y1 - y0} px`, `${share} % of the photo`, `depth ${depth}`, scored];
  return [qualityBadge(region), ...facts.map((fact) => badge(fact))];
}
