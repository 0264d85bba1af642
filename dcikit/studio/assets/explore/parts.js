// Small things that several views show.
import { el } from "../dom.js";
import { difference } from "./difference.js";
import { HUES } from "./outline.js";

const QUALITY = { low_quality: ["low quality", "warn"], bad: ["bad mask", "bad"] };

/** The number of a mask, in its colour. */
export function chip(region, kind = "") {
  return el("span", { class: `chip ${kind} hue-${(region.number - 1) % HUES.length}` }, String(region.number));
}

export const badge = (text, kind = "") => el("span", { class: `badge number ${kind}` }, text);

/** What is wrong with a mask; null: it is ok. */
export const qualityBadge = ({ quality }) => (QUALITY[quality] ? badge(...QUALITY[quality]) : null);

export const soft = (text) => el("span", { class: "soft" }, text);

/** A text with what differs from another one marked: the words that are new, and those that are gone. */
export function differing(from, text) {
  const tags = { gone: "del", new: "ins" };
  const marked = ({ text: words, kind }) => (kind in tags ? el(tags[kind], {}, words) : words);
  return difference(from, text).map((piece) => [marked(piece), " "]);
}

/** Listeners of what stands for a region: it lights the mask while it is pointed at. */
export function lights(key, hover) {
  return {
    pointerenter: (event) => event.pointerType === "mouse" && hover(key),
    pointerleave: () => hover(null),
    focus: () => hover(key),
    blur: () => hover(null),
  };
}
