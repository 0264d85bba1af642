// What models decided of a region, side by side: right or wrong, by how much, and what they chose instead.
import { el } from "../dom.js";
import { badge, differing, soft } from "./parts.js";

export function modelsView({ region, decisions, source }) {
  const scores = decisions.regions[region.key] ?? [];
  if (!scores.length) return [el("p", {}, soft("No model was asked about this region."))];
  const judged = ({ title, models }) => {
    const sides = models.map((decision, model) => side(decisions.models[model], decision, region, source));
    return el("section", { class: "judged" }, el("h3", {}, title), el("div", { class: "sides" }, sides));
  };
  return [
    el("p", { class: "small soft" }, "The caption: ", region.summaries[0] ?? ""),
    [...scores].sort((a, b) => countWrong(b) - countWrong(a)).map(judged),
  ];
}

/** How many models are wrong in a score. */
export const countWrong = ({ models }) => models.filter((decision) => decision && !decision.correct).length;

function side(name, decision, region, source) {
  const title = el("p", { class: "small soft" }, name);
  if (!decision) return el("div", { class: "side card" }, title, el("p", { class: "small" }, soft("not asked")));
  const { correct, tied, own, rival, chosen } = decision;
  return el("div", { class: `side card ${correct ? "right" : "wrong"}` },
    title,
    el("p", { class: "verdict" }, el("b", {}, correct ? "✓ right" : "✗ wrong"), " ", tied && badge("tied", "warn")),
    rival === null ? el("p", { class: "small" }, "alone in its group") : margin(own, rival),
    chosen ? choice(chosen, region, source) : null);
}

function margin(own, rival) {
  const both = soft(` · own ${rounded(own)}, best other ${rounded(rival)}`);
  return el("p", { class: "small number" }, `margin ${signed(own - rival)}`, both);
}

/** What was chosen: a negative, with what differs, or another region's caption, with its crop. */
function choice({ text, name, image_id: id, key }, region, source) {
  const told = text === null ? soft("not in this data") : name ? differing(region.summaries[0] ?? "", text) : text;
  return el("div", { class: "choice" },
    id && text !== null && crop(id, key, source),
    el("p", { class: "small" }, soft(name ? `chose ${negativeName(name)}: ` : "chose: "), told));
}

function crop(id, key, source) {
  const alt = `The region that was taken instead, of image ${id}`;
  return el("a", { href: `#/${encodeURIComponent(id)}/${encodeURIComponent(key)}/models` },
    el("img", { src: source.crop(id, key), alt, loading: "lazy" }));
}

/** swaps_0 is "swaps 1": people count from one. */
const negativeName = (name) => name.replace(/_(\d+)$/, (_, place) => ` ${Number(place) + 1}`);

const rounded = (value) => String(Math.round(value * 1000) / 1000);
const signed = (value) => (value < 0 ? `−${rounded(-value)}` : `+${rounded(value)}`);
