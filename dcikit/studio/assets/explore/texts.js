// What sDCI has of a region: its summaries, and its negatives with what differs in them.
import { el } from "../dom.js";
import { difference } from "./difference.js";

const KINDS = {
  basic: ["Basic", "changed so that it is wrong"],
  layout: ["Layout", "one change of structure or layout"],
  swaps: ["Swaps", "the same words, exchanged"],
};

export function summariesView(document, region, current) {
  if (!region.summaries.length) return [none(region)];
  return [
    el("ol", { class: "texts" }, region.summaries.map((text, place) =>
      item(`summary-${place}`, current,
        el("p", { class: "about small soft number" }, place === 0 ? el("b", {}, "The caption") : `Summary ${place + 1}`, ` · ${count(text)}`),
        el("p", {}, text || el("span", { class: "soft" }, "empty"))))),
  ];
}

export function negativesView(document, region, current) {
  const kinds = Object.entries(region.negatives).filter(([, texts]) => texts.length);
  if (!kinds.length) return [none(region)];
  const caption = region.summaries[0] ?? "";
  const scores = region.clip_scores;
  const hardest = hardestOf(region);
  const top = scores ? Math.max(...[scores.caption, ...Object.values(scores).flat()].filter(Number.isFinite)) : null;
  return [
    el("div", { class: "caption card" },
      el("p", { class: "about small soft" }, el("b", {}, "The caption"), " · its first summary"),
      el("p", {}, caption), score(scores?.caption, top, null)),
    scores ? null : el("p", { class: "notice" }, "No clip_scores: suite hard cannot use this region."),
    kinds.map(([kind, texts]) => el("section", {},
      el("h3", {}, KINDS[kind]?.[0] ?? kind, " ", el("span", { class: "soft small" }, KINDS[kind]?.[1] ?? "")),
      el("ol", { class: "texts" }, texts.map((text, place) =>
        item(`${kind}-${place}`, current,
          el("p", { class: "differs" }, difference(caption, text).flatMap(({ text: words, kind: how }) =>
            [how === "same" ? words : el(how === "new" ? "ins" : "del", {}, words), " "])),
          score(scores?.[kind]?.[place], top, scores?.caption, hardest === `${kind}-${place}`)))))),
  ];
}

/** The negative of suite hard: the highest score, the last of equals. */
function hardestOf(region) {
  if (!region.clip_scores) return null;
  let found = null;
  let best = -Infinity;
  for (const kind of Object.keys(KINDS)) {
    (region.clip_scores[kind] ?? []).forEach((value, place) => {
      if (value !== null && value >= best) [found, best] = [`${kind}-${place}`, value];
    });
  }
  return found;
}

function score(value, top, own, hardest = false) {
  if (value === undefined) return null;
  if (value === null) return el("p", { class: "score small" }, el("span", { class: "badge warn" }, "no score"));
  const bar = el("span", { class: "bar", "aria-hidden": "true" }, el("span", {}));
  bar.firstChild.style.width = `${Math.max(0, Math.min(1, value / top)) * 100}%`;
  const wins = own !== null && own !== undefined && value >= own;
  return el("p", { class: `score small number${wins ? " wins" : ""}` },
    el("span", { class: "soft" }, "CLIP "), bar, String(Math.round(value * 100) / 100),
    wins ? el("span", { class: "badge bad" }, value === own ? "as high as the caption" : "higher than the caption") : null,
    hardest ? el("span", { class: "badge" }, "hardest") : null);
}

function item(anchor, current, ...children) {
  return el("li", { id: anchor, class: current === anchor ? "current" : "", dataset: { anchor } },
    el("div", {}, children),
    el("button", { class: "button icon quiet link", "aria-label": "Link to this text", dataset: { link: anchor } }, "#"));
}

function none(region) {
  return el("p", { class: "soft" }, region.too_small
    ? "sDCI has no texts of this mask: its box is under 224 pixels wide or high."
    : "There are no summaries and negatives of this region.");
}

const count = (text) => {
  const words = text.split(/\s+/).filter(Boolean).length;
  return `${words} ${words === 1 ? "word" : "words"}`;
};
