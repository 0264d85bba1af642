// The words of a step: label, caption and quality of a mask, or a description of the whole image.

import { $, el, fill } from "../dom.js";
import { QUALITIES } from "./image.js";

const CAPTION_HINT = "What it looks like: parts, colours, materials, where things are";

const VERDICTS = {
  open: "Suggested. Next keeps it; or correct it, or write your own.",
  kept: "Suggestion kept.",
  changed: "Suggestion corrected.",
  rewritten: "Rewritten.",
};

/**
 * Shows a step in `panel`. `acts`: write(field, text, mask), hover(mask or null), open(step index), next(), back(), skip(),
 * finish(), isReadOnly().
 */
export function showForm(panel, image, index, target, acts) {
  const step = image.steps[index];
  const parts = step.kind === "mask" ? maskForm(image, step.mask, acts) : wholeForm(image, step.kind, acts);
  fill(panel, parts, el("footer", { class: "foot" }, el("div", { id: "words" }), el("p", { id: "needs", class: "needs small" }), buttons(image, index, acts)));
  refreshForm(image, index, target);
  if (matchMedia("(pointer: fine)").matches) $("[data-first]", panel)?.focus({ preventScroll: true });
}

/** What changes while somebody types. */
export function refreshForm(image, index, target) {
  const step = image.steps[index];
  const share = Math.min(1, image.words / target);
  fill(
    $("#words"),
    el("div", { class: "meter", role: "img", "aria-label": `${image.words} of ${target} words` }, el("span")),
    el("p", { class: "small soft number" }, el("strong", {}, image.words.toLocaleString("en")), ` of ${target.toLocaleString("en")} words for this image`),
  );
  $("#words .meter span").style.width = `${100 * share}%`;
  const needs = image.needs(step);
  fill($("#needs"), needs && `Next needs ${needs}.`);
  $("#next").disabled = step.kind === "final" ? image.incomplete.length > 0 : Boolean(needs);
  if (step.kind === "final") showMissing(image);
}

function maskForm(image, mask, acts) {
  const children = image.children(mask);
  return [
    el("header", { class: "step-head" }, el("p", { class: "eyebrow" }, `Mask ${image.number(mask)} of ${image.masks.length}`), path(image, mask, acts)),
    mask.given && suggestion(mask, acts),
    qualities(mask, acts),
    mask.quality !== "bad" && textField(acts, mask, { field: "label", name: "Label", hint: "What it is, in a few words", rows: 1, first: true }),
    mask.quality === "ok" && textField(acts, mask, { field: "caption", name: "Caption", hint: CAPTION_HINT, rows: 6 }),
    mask.quality === "bad" && el("p", { class: "small soft" }, "A bad mask covers nothing that belongs together. It needs no words."),
    children.length > 0 && childList("In this mask", image, children, acts),
  ];
}

function path(image, mask, acts) {
  const above = image.above(mask);
  return el("nav", { "aria-label": "Lies in", class: "path small" },
    ["The image", ...above].map((place, index) => [
      index > 0 && el("span", { "aria-hidden": "true", class: "soft" }, "›"),
      typeof place === "string" ? el("span", { class: "soft" }, place)
        : el("button", { type: "button", class: "link", on: { click: () => acts.open(image.number(place)) } }, image.name(place)),
    ]));
}

function suggestion(mask, acts) {
  const differs = ["label", "caption", "quality"].some((name) => mask.given[name] !== mask[name]);
  const restore = () => {
    for (const name of ["label", "caption", "quality"]) if (mask[name] !== mask.given[name]) acts.write(name, mask.given[name], mask);
    acts.redraw();
  };
  return el("div", { class: "suggestion small" },
    el("span", {}, VERDICTS[differs && mask.verdict === "open" ? "changed" : mask.verdict]),
    differs && !acts.isReadOnly() && el("button", { type: "button", class: "link", on: { click: restore } }, "Take it back"));
}

function qualities(mask, acts) {
  const keys = { ok: null, low_quality: "Esc", bad: "⇧ Esc" };
  return el("fieldset", { class: "qualities" }, el("legend", { class: "unseen" }, "Quality of the mask"),
    Object.entries(QUALITIES).map(([value, name]) => el("label", {},
      el("input", { type: "radio", name: "quality", value, checked: mask.quality === value, disabled: acts.isReadOnly(), on: { change: () => acts.setQuality(value) } }),
      el("span", {}, name, keys[value] && el("kbd", { "aria-hidden": "true" }, keys[value])))));
}

/** A text of `holder`, a mask or the image. */
function textField(acts, holder, { field, name, hint, rows, first }) {
  const mask = holder.mask_id === undefined ? undefined : holder;
  const input = el("textarea", {
    class: "input", rows, value: holder[field], placeholder: hint, spellcheck: true, readOnly: acts.isReadOnly(),
    dataset: { field, ...(first ? { first: "" } : {}) }, on: { input: (event) => acts.write(field, event.target.value, mask) },
  });
  return el("label", { class: "field" }, el("span", {}, name), input);
}

function wholeForm(image, kind, acts) {
  const short = kind === "short";
  const field = short ? "short_caption" : "extra_caption";
  const hint = short ? "One or two sentences on the whole image" : "Layout, background, and whatever no mask covers";
  return [
    el("header", { class: "step-head" },
      el("p", { class: "eyebrow" }, short ? "First" : "Last"),
      el("h2", {}, short ? "Describe the whole image in a sentence or two" : "Say what the masks do not")),
    textField(acts, image, { field, name: short ? "Short description" : "Final description", hint, rows: short ? 4 : 8, first: true }),
    !short && el("div", { id: "missing" }),
    !short && image.children().length > 0 && childList("In the image", image, image.children(), acts),
  ];
}

function showMissing(image) {
  const open = image.incomplete.filter((step) => step.kind !== "final").length;
  const text = open === 1 ? "One step before this is not complete: it is" : `${open} steps before this are not complete: they are`;
  fill($("#missing"), open > 0 && el("p", { class: "notice" }, `${text} marked below the photo.`));
}

function childList(title, image, masks, acts) {
  const item = (mask) => {
    const light = () => acts.hover(mask);
    const dark = () => acts.hover(null);
    return el("li", {}, el("button", {
      type: "button", class: "child", on: { mouseenter: light, focus: light, mouseleave: dark, blur: dark, click: () => acts.open(image.number(mask)) },
    }, el("span", { class: "child-name" }, mask.label.trim() || el("em", { class: "soft" }, `Mask ${image.number(mask)}`)),
      mask.quality !== "ok" && el("span", { class: "badge" }, QUALITIES[mask.quality])));
  };
  return el("section", { class: "children" }, el("h3", {}, title), el("ul", {}, masks.map(item)));
}

function buttons(image, index, acts) {
  const last = index === image.steps.length - 1;
  return el("div", { class: "moves" },
    el("button", { type: "button", class: "button", id: "back", disabled: index === 0, on: { click: acts.back } }, "Back", el("kbd", { "aria-hidden": "true" }, "⇧ ↵")),
    el("button", { type: "button", class: "button quiet", id: "skip", on: { click: acts.skip } }, last ? "Skip image" : "Skip"),
    el("button", { type: "button", class: "button primary", id: "next", on: { click: last ? acts.finish : acts.next } },
      last ? "Finish image" : "Next", el("kbd", { "aria-hidden": "true" }, last ? "Ctrl ↵" : "↵")));
}
