// The description: what the annotators wrote of the image, then of every mask, each a phrase that lights its mask.
import { el } from "../dom.js";
import { hueOf } from "./stage.js";

export const QUALITY = { low_quality: "low quality", bad: "bad mask" };

export function descriptionView(document, region, handlers) {
  const masks = document.regions.filter(({ key }) => key !== "base");
  const current = region.key === "base" ? masks[0]?.key : region.key;
  return [
    el("div", { class: "whole" },
      el("p", { class: "lead" }, document.short_caption || el("span", { class: "soft" }, "no short caption")),
      document.extra_caption ? el("p", {}, document.extra_caption) : null),
    masks.length
      ? el("div", { class: "phrases", role: "listbox", "aria-label": "Masks" }, masks.map((mask) => phrase(mask, mask.key === region.key, mask.key === current, handlers)))
      : el("p", { class: "soft" }, "This image has no masks."),
  ];
}

function phrase(mask, selected, reachable, { hover, pick }) {
  const item = el("div", {
    class: `phrase ${mask.quality}`, role: "option", "aria-selected": String(selected), tabIndex: reachable ? 0 : -1, dataset: { key: mask.key },
    on: {
      pointerenter: (event) => event.pointerType === "mouse" && hover(mask.key),
      pointerleave: () => hover(null),
      focus: () => hover(mask.key),
      blur: () => hover(null),
      click: () => getSelection().isCollapsed && pick(mask.key),
    },
  },
    el("span", { class: `chip ${hueOf(mask.number)}` }, String(mask.number)),
    el("span", { class: "text" },
      el("b", {}, mask.label || "no label"), QUALITY[mask.quality] ? [" ", el("span", { class: `badge ${mask.quality === "bad" ? "bad" : "warn"}` }, QUALITY[mask.quality])] : null,
      mask.caption ? [" ", mask.caption] : mask.quality === "ok" ? [" ", el("span", { class: "badge warn" }, "no caption")] : null));
  item.style.setProperty("--depth", Math.min(mask.depth - 1, 5));
  return item;
}
