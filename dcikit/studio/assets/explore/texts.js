// What sDCI has of a region: its summaries, and its negatives with what differs in them.
import { el } from "../dom.js";
import { badge, differing, soft } from "./parts.js";

const KINDS = {
  basic: ["Basic", "changed so that it is wrong"],
  layout: ["Layout", "one change of structure or layout"],
  swaps: ["Swaps", "the same words, exchanged"],
  attribute: ["Attribute", "another attribute; other datasets have these"],
};
const SCORED = ["basic", "layout", "swaps"]; // by suite hard

/** `text`: the one that the address names, such as summary-2. */
export function summariesView({ region, text: current }) {
  if (!region.summaries.length) return [none(region)];
  const items = region.summaries.map((text, place) => {
    const name = place === 0 ? el("b", {}, "The caption") : `Summary ${place + 1}`;
    const about = el("p", { class: "about small soft number" }, name, ` · ${count(text)}`);
    return item(`summary-${place}`, current, about, el("p", {}, text || soft("empty")));
  });
  return [el("ol", { class: "texts" }, items)];
}

export function negativesView({ region, text: current }) {
  const kinds = Object.entries(region.negatives).filter(([, texts]) => texts.length);
  if (!kinds.length) return [none(region)];
  const [caption = ""] = region.summaries;
  const scores = scoresOf(region);
  const section = ([kind, texts]) => {
    const [name, about] = KINDS[kind] ?? [kind, ""];
    const items = texts.map((text, place) =>
      item(`${kind}-${place}`, current, el("p", {}, differing(caption, text)), scores.negative(kind, place)));
    return el("section", {}, el("h3", {}, name, " ", soft(about)), el("ol", { class: "texts" }, items));
  };
  return [
    el("div", { class: "caption card" },
      el("p", { class: "about small soft" }, el("b", {}, "The caption"), " · its first summary"),
      el("p", {}, caption),
      scores.caption()),
    region.clip_scores ? null : el("p", { class: "notice" }, "No clip_scores: suite hard cannot use this region."),
    kinds.map(section),
  ];
}

/** How CLIP scores the texts of a region: a bar each, as long as its share of the highest. */
function scoresOf({ clip_scores: scores }) {
  if (!scores) return { caption: () => null, negative: () => null };
  const { caption, ...kinds } = scores;
  const top = Math.max(...[caption, ...Object.values(kinds).flat()].filter(Number.isFinite));
  const hardest = hardestOf(kinds);
  return {
    caption: () => bar(caption, top),
    negative: (kind, place) => {
      if (!(kind in kinds)) return null;
      const value = kinds[kind][place] ?? null;
      const wins = value !== null && caption !== null && value >= caption;
      const verdict = value === caption ? "as high as the caption" : "higher than the caption";
      const isHardest = hardest === `${kind}-${place}`;
      return bar(value, top, wins, wins ? badge(verdict, "bad") : null, isHardest ? badge("hardest") : null);
    },
  };
}

/** The negative of suite hard: the highest score, the last of equals. */
function hardestOf(kinds) {
  let [found, best] = [null, -Infinity];
  for (const kind of SCORED) {
    (kinds[kind] ?? []).forEach((value, place) => {
      if (value !== null && value >= best) [found, best] = [`${kind}-${place}`, value];
    });
  }
  return found;
}

function bar(value, top, wins = false, ...badges) {
  if (value === null) return el("p", { class: "score small" }, badge("no CLIP score", "warn"));
  const filled = el("span");
  filled.style.width = `${Math.max(0, Math.min(1, value / top)) * 100}%`;
  const drawn = el("span", { class: "bar", "aria-hidden": "true" }, filled);
  const number = String(Math.round(value * 100) / 100);
  return el("p", { class: `score small number ${wins ? "wins" : ""}` }, soft("CLIP "), drawn, number, badges);
}

function item(anchor, current, ...children) {
  const link = { class: "button icon quiet link", "aria-label": "Link to this text", dataset: { link: anchor } };
  return el("li", { class: anchor === current ? "current" : "", dataset: { anchor } },
    el("div", {}, children), el("button", link, "#"));
}

function none(region) {
  const small = "sDCI has no texts of this mask: its box is under 224 pixels wide or high.";
  return el("p", {}, soft(region.too_small ? small : "There are no summaries and negatives of this region."));
}

function count(text) {
  const words = text.split(/\s+/).filter(Boolean).length;
  return `${words} ${words === 1 ? "word" : "words"}`;
}
