// A region's words, and what is decided about them.

import { $, el, fill } from "../dom.js";
import { QUALITIES } from "../annotate/image.js";

const VERDICTS = { accepted: "Accepted", fixed: "Fixed", rejected: "Rejected" };

/**
 * Shows a region. `shown`: { image, mask (null: the whole image), entry of the queue, place, count, reasons, noFix, mode ("read", "fix",
 * "reject") }. `acts`: accept(), fix(), reject(), cancel(), send(), move(step).
 */
export function showRegion(panel, shown, acts) {
  const { entry, mask, place, count, mode } = shown;
  fill(panel,
    el("header", { class: "step-head" },
      el("p", { class: "eyebrow" }, `Region ${place + 1} of ${count}`),
      el("p", { class: "small soft" }, `Image ${entry.image_id}`, mask ? ` · mask ${mask.mask_id}` : " · the whole image", entry.annotator && [" · by ", el("strong", {}, entry.annotator)])),
    decided(shown),
    mode === "fix" ? fixFields(shown) : words(shown),
    mode !== "read" && why(shown, mode),
    shown.noFix && mode === "read" && el("p", { class: "small soft" }, "Texts cannot be changed here: ", shown.noFix),
    el("footer", { class: "foot" }, mode === "read" ? decisions(shown, acts) : confirm(mode, acts), mode === "read" && el("div", { class: "moves between" },
      el("button", { type: "button", class: "button", disabled: place === 0, on: { click: () => acts.move(-1) } }, "Back", el("kbd", { "aria-hidden": "true" }, "←")),
      el("button", { type: "button", class: "button", disabled: place === count - 1, on: { click: () => acts.move(1) } }, "Next", el("kbd", { "aria-hidden": "true" }, "→")))));
  if (mode === "read") return;
  const first = $("[data-fix], [data-reason]", panel);
  first.focus();
  first.scrollIntoView({ block: "center" });
}

function decided({ entry: { decision }, mask, image }) {
  if (!decision) return null;
  const changed = decision.digest !== (mask ?? image).digest;
  return el("div", { class: `verdict small ${decision.verdict}` },
    el("strong", {}, VERDICTS[decision.verdict]), ` by ${decision.reviewer}`,
    decision.reasons.length > 0 && `: ${decision.reasons.join(", ")}`, decision.note && ` – ${decision.note}`,
    changed && el("p", {}, "It was changed since: decide again."));
}

function words({ mask, image }) {
  if (!mask) return [text("Short description", image.short_caption), text("Final description", image.extra_caption)];
  return [
    mask.quality !== "ok" && el("p", {}, el("span", { class: "badge" }, QUALITIES[mask.quality])),
    text("Label", mask.label), mask.quality === "ok" && text("Caption", mask.caption),
  ];
}

const text = (name, value) => el("div", { class: "said" }, el("h3", { class: "soft" }, name), value.trim() ? el("p", {}, value) : el("p", { class: "soft" }, "Nothing"));

function fixFields({ mask, image }) {
  const field = (name, key, rows, value) => el("label", { class: "field" }, el("span", {}, name), el("textarea", { class: "input", rows, value, dataset: { fix: key } }));
  if (!mask) return [field("Short description", "short_caption", 3, image.short_caption), field("Final description", "extra_caption", 8, image.extra_caption)];
  return [
    el("label", { class: "field" }, el("span", {}, "Quality"), el("select", { class: "input", dataset: { fix: "quality" } },
      Object.entries(QUALITIES).map(([value, name]) => el("option", { value, selected: value === mask.quality }, name)))),
    field("Label", "label", 1, mask.label), field("Caption", "caption", 6, mask.caption),
  ];
}

function why({ reasons }, mode) {
  return el("fieldset", { class: "reasons" }, el("legend", {}, mode === "fix" ? "What was wrong (may be left open)" : "Why"),
    Object.entries(reasons).map(([value, name], index) => el("label", {},
      el("input", { type: "checkbox", value, dataset: { reason: "" } }), el("kbd", { "aria-hidden": "true" }, String(index + 1)), name)),
    el("label", { class: "field" }, el("span", {}, "Note"), el("textarea", { class: "input", rows: 2, dataset: { note: "" }, maxLength: 10000 })));
}

function decisions({ noFix }, acts) {
  const button = (name, key, kind, act, disabled = false) => el("button", { type: "button", class: `button ${kind}`, disabled, on: { click: act } }, name, el("kbd", { "aria-hidden": "true" }, key));
  return el("div", { class: "moves" }, button("Reject", "R", "", acts.reject), button("Fix", "F", "", acts.fix, Boolean(noFix)), button("Accept", "A", "primary", acts.accept));
}

function confirm(mode, acts) {
  return [
    el("p", { id: "problem", class: "notice", hidden: true, role: "alert" }),
    el("div", { class: "moves" },
      el("button", { type: "button", class: "button", on: { click: acts.cancel } }, "Cancel", el("kbd", { "aria-hidden": "true" }, "Esc")),
      el("button", { type: "button", class: "button primary", on: { click: acts.send } }, mode === "fix" ? "Save the fix" : "Reject", el("kbd", { "aria-hidden": "true" }, "Ctrl ↵"))),
  ];
}

/** What the form says. */
export function formValues(panel) {
  const fixes = Object.fromEntries([...panel.querySelectorAll("[data-fix]")].map((input) => [input.dataset.fix, input.value]));
  const reasons = [...panel.querySelectorAll("[data-reason]:checked")].map((input) => input.value);
  return { fixes, reasons, note: $("[data-note]", panel)?.value ?? "" };
}
