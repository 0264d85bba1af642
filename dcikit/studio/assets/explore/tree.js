// The tree of masks, by its labels.
import { el } from "../dom.js";
import { badge, chip, lights, qualityBadge } from "./parts.js";

export function treeView({ document, region, handlers }) {
  const below = new Map();
  for (const each of document.regions) below.set(each.parent, [...(below.get(each.parent) ?? []), each]);
  const nodes = [];
  const walk = (each) => {
    const inside = below.get(each.key) ?? [];
    const folded = handlers.folded.has(each.key);
    nodes.push(node(each, each === region, inside.length ? !folded : null, handlers));
    if (!folded) inside.forEach(walk);
  };
  walk(document.regions[0]);
  return [el("div", { class: "tree", role: "tree", "aria-label": "Masks in the image" }, nodes)];
}

/** `open`: whether what is in it is shown; null: nothing is. */
function node(region, selected, open, { hover, pick, fold }) {
  const isImage = region.key === "base";
  const twist = (event) => {
    event.stopPropagation();
    if (open !== null) fold(region.key, open);
  };
  const item = el("div", {
    class: "node", role: "treeitem", "aria-level": String(region.depth + 1), "aria-selected": String(selected),
    "aria-expanded": open === null ? null : String(open), tabIndex: selected ? 0 : -1, dataset: { key: region.key },
    on: {
      ...lights(region.key, hover),
      click: () => pick(region.key),
      keydown: (event) => arrow(event, region, open, fold),
    },
  },
    el("span", { class: "twist", "aria-hidden": "true", on: { click: twist } }, open === null ? "" : open ? "▾" : "▸"),
    isImage ? null : chip(region),
    el("span", { class: "label" }, isImage ? "Image" : region.label || "no label"),
    qualityBadge(region),
    region.summaries.length ? badge("sDCI") : null);
  item.style.setProperty("--depth", region.depth);
  return item;
}

/** Right opens a node, then goes into it; left closes it, then goes out. */
function arrow(event, { key, parent }, open, fold) {
  const { currentTarget: item } = event;
  if (event.key === "ArrowRight" && open === false) fold(key, false);
  else if (event.key === "ArrowRight" && open) item.nextElementSibling.focus();
  else if (event.key === "ArrowLeft" && open) fold(key, true);
  else if (event.key === "ArrowLeft" && parent) {
    [...item.parentElement.children].find((each) => each.dataset.key === parent).focus();
  } else return;
  event.preventDefault();
}
