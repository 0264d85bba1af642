// The tree of masks, by its labels.
import { el } from "../dom.js";
import { QUALITY } from "./description.js";
import { hueOf } from "./stage.js";

export function treeView(document, region, { hover, pick, folded, fold }) {
  const below = grouped(document.regions);
  const items = [];
  const walk = (each, level) => {
    const inside = below.get(each.key) ?? [];
    const open = !folded.has(each.key);
    items.push(item(each, level, inside.length ? open : null));
    if (open) for (const child of inside) walk(child, level + 1);
  };
  const item = (each, level, open) => {
    const element = el("div", {
      class: "node", role: "treeitem", "aria-level": String(level), "aria-selected": String(each.key === region.key),
      "aria-expanded": open === null ? null : String(open), tabIndex: each.key === region.key ? 0 : -1, dataset: { key: each.key },
      on: {
        pointerenter: (event) => event.pointerType === "mouse" && hover(each.key),
        pointerleave: () => hover(null),
        focus: () => hover(each.key),
        blur: () => hover(null),
        click: () => pick(each.key),
        keydown: (event) => {
          if (event.key === "ArrowRight" && open === false) fold(each.key, false);
          else if (event.key === "ArrowLeft" && open) fold(each.key, true);
          else if (event.key === "ArrowLeft" && each.parent) event.currentTarget.parentElement.querySelector(`[data-key="${CSS.escape(each.parent)}"]`)?.focus();
          else if (event.key === "ArrowRight" && open) event.currentTarget.nextElementSibling?.focus();
          else return;
          event.preventDefault();
          event.stopPropagation();
        },
      },
    },
      el("span", { class: "twist", "aria-hidden": "true", on: { click: (event) => { event.stopPropagation(); if (open !== null) fold(each.key, open); } } }, open === null ? "" : open ? "▾" : "▸"),
      each.key === "base" ? null : el("span", { class: `chip ${hueOf(each.number)}` }, String(each.number)),
      el("span", { class: "label" }, each.key === "base" ? "Image" : each.label || "no label"),
      QUALITY[each.quality] ? el("span", { class: `badge ${each.quality === "bad" ? "bad" : "warn"}` }, QUALITY[each.quality]) : null,
      each.summaries.length ? el("span", { class: "badge", title: "has summaries and negatives" }, "sDCI") : null);
    element.style.setProperty("--depth", level - 1);
    return element;
  };
  walk(document.regions[0], 1);
  return [el("div", { class: "tree", role: "tree", "aria-label": "Masks in the image" }, items)];
}

function grouped(regions) {
  const found = new Map();
  for (const region of regions) found.set(region.parent, [...(found.get(region.parent) ?? []), region]);
  return found;
}
