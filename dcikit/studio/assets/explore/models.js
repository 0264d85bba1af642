// What models decided of a region, side by side: right or wrong, by how much, and what they chose instead.
import { el } from "../dom.js";
import { difference } from "./difference.js";

export function modelsView(region, decisions, source) {
  const scores = decisions.regions[region.key] ?? [];
  if (!scores.length) return [el("p", { class: "soft" }, "No model was asked about this region.")];
  const wrongFirst = [...scores].sort((a, b) => countWrong(b) - countWrong(a));
  return [
    el("p", { class: "small soft" }, "The caption: ", region.summaries[0] ?? ""),
    wrongFirst.map(({ title, models }) => el("section", { class: "judged" },
      el("h3", {}, title),
      el("div", { class: "sides" }, models.map((decision, model) => side(decisions.models[model], decision, region, source, models.length > 1))))),
  ];
}

const countWrong = ({ models }) => models.filter((decision) => decision && !decision.correct).length;

function side(name, decision, region, source, named) {
  const title = named ? el("p", { class: "small soft" }, name) : null;
  if (!decision) return el("div", { class: "side card" }, title, el("p", { class: "small soft" }, "not asked"));
  const { correct, tied, own, rival } = decision;
  return el("div", { class: `side card ${correct ? "right" : "wrong"}` },
    title,
    el("p", { class: "verdict" }, el("b", {}, correct ? "✓ right" : "✗ wrong"), tied ? el("span", { class: "badge warn" }, "tied") : null),
    el("p", { class: "small number" }, rival === null ? "alone in its group" : `margin ${signed(own - rival)}`,
      el("span", { class: "soft" }, rival === null ? "" : ` · own ${rounded(own)}, best other ${rounded(rival)}`)),
    decision.chosen ? choice(decision.chosen, region, source) : null);
}

/** What was chosen: a negative, with what differs, or another region's caption, with its crop. */
function choice({ text, name, image_id: id, key }, region, source) {
  const words = text === null ? [el("span", { class: "soft" }, "not in this data")] : name
    ? difference(region.summaries[0] ?? "", text).flatMap(({ text: piece, kind }) => [kind === "same" ? piece : el(kind === "new" ? "ins" : "del", {}, piece), " "])
    : text;
  return el("div", { class: "choice" },
    id && text !== null ? el("a", { href: `#/${encodeURIComponent(id)}/${encodeURIComponent(key)}/models` },
      el("img", { src: source.crop(id, key), alt: `The region that was taken instead, of image ${id}`, loading: "lazy" })) : null,
    el("p", { class: "small" }, el("span", { class: "soft" }, name ? `chose ${negativeName(name)}: ` : "chose: "), words));
}

/** swaps_0 is "swaps 1": people count from one. */
const negativeName = (name) => name.replace(/_(\d+)$/, (_, place) => ` ${Number(place) + 1}`);

const rounded = (value) => String(Math.round(value * 1000) / 1000);
const signed = (value) => (value < 0 ? `−${rounded(-value)}` : `+${rounded(value)}`);
