// The description: what the annotators wrote of the image, then of every mask, each a phrase that lights its mask.
import { el } from "../dom.js";
import { badge, chip, lights, qualityBadge, soft } from "./parts.js";

export function descriptionView({ document, region, handlers }) {
  const masks = document.regions.slice(1);
  const reachable = region.key === "base" ? masks[0] : region;
  const phrases = masks.map((mask) => phrase(mask, mask === region, mask === reachable, handlers));
  return [
    el("div", { class: "whole" },
      el("p", { class: "lead" }, document.short_caption || soft("no short caption")),
      document.extra_caption ? el("p", {}, document.extra_caption) : null),
    masks.length
      ? el("div", { class: "phrases", role: "listbox", "aria-label": "Masks" }, phrases)
      : el("p", {}, soft("This image has no masks.")),
  ];
}

function phrase(mask, selected, reachable, { hover, pick }) {
  const properties = {
    class: `phrase ${mask.quality}`, role: "option", "aria-selected": String(selected), tabIndex: reachable ? 0 : -1,
    dataset: { key: mask.key },
    on: { ...lights(mask.key, hover), click: () => getSelection().isCollapsed && pick(mask.key) },
  };
  const missing = mask.quality === "ok" ? badge("no caption", "warn") : null;
  const words = [el("b", {}, mask.label || "no label"), " ", qualityBadge(mask), " ", mask.caption || missing];
  const item = el("div", properties, chip(mask), el("span", { class: "text" }, words));
  item.style.setProperty("--depth", Math.min(mask.depth - 1, 5));
  return item;
}
