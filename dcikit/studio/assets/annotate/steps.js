// The steps of the image: short description, every mask, final description.

import { $, announce } from "../dom.js";
import { refreshForm, showForm } from "./form.js";
import { locator, masks, page, stage } from "./page.js";
import { contextOf } from "./stage.js";
import { refreshStrip, showStrip } from "./strip.js";

/** Sets what the form does; `leave(action)` finishes or skips the image. */
export function stepActs(leave) {
  const acts = {
    isReadOnly: page.isReadOnly,
    write(field, text, mask) {
      (mask ?? page.image)[field] = text;
      page.outbox.write(page.image.image_id, mask ? { mask: mask.mask_id, field, text } : { field, text });
      if (mask?.given && mask.verdict === "open") mask.verdict = "changed";
      refreshForm(page.image, page.index, page.settings.target);
      refreshStrip($("#strip"), page.image);
    },
    setQuality(quality) {
      const { mask } = page.step();
      if (!mask || page.readOnly || mask.quality === quality) return;
      acts.write("quality", quality, mask);
      redraw();
      announce(`Quality: ${quality.replace("_", " ")}`);
    },
    toggleQuality: (quality) => acts.setQuality(page.step().mask?.quality === quality ? "ok" : quality),
    async hover(mask) {
      stage.hovered = mask?.mask_id;
      const canvas = mask && (await masks.load(page.image.image_id, mask));
      if (stage.hovered === mask?.mask_id) stage.setTint(canvas);
    },
    open: (index) => openStep(index),
    next() {
      if ($("#next").disabled) return;
      const { mask } = page.step();
      if (mask?.given && mask.verdict === "open" && !page.readOnly) accept(mask);
      openStep(page.index + 1);
    },
    back: () => openStep(page.index - 1),
    skip: () => (page.index === page.image.steps.length - 1 ? leave("skip") : openStep(page.index + 1)),
    finish: () => $("#next").disabled || leave("finish"),
    redraw,
  };
  page.acts = acts;
}

function accept(mask) {
  mask.verdict = "kept";
  page.outbox.add(page.image.image_id, "accept", { mask: mask.mask_id });
}

/** Shows the words of the step again. */
export function redraw() {
  showForm($("#panel"), page.image, page.index, page.settings.target, page.acts);
  refreshStrip($("#strip"), page.image);
}

export async function openStep(index) {
  const { image } = page;
  page.index = Math.max(0, Math.min(index, image.steps.length - 1));
  history.replaceState(null, "", `#${encodeURIComponent(image.image_id)}/${page.index}`);
  page.outbox.flush();
  stage.setTint(null);
  showForm($("#panel"), image, page.index, page.settings.target, page.acts);
  $("#panel").scrollTop = 0;
  showStrip($("#strip"), image, page.index, openStep);
  page.tools.show();
  await showPhoto();
}

/** The first step that is not complete, or that nobody has looked at. */
export function firstOpen(image) {
  const place = image.steps.findIndex((each) => !image.isComplete(each) || each.mask?.verdict === "open");
  return place < 0 ? image.steps.length - 1 : place;
}

async function showPhoto() {
  const { image, photo } = page;
  const { mask } = page.step();
  const whole = [0, 0, image.width, image.height];
  $("#locator").hidden = $("#overlay").hidden = !mask;
  $("#photo").setAttribute("aria-label", mask ? `${image.name(mask)}, in its place in the photo` : "The whole photo");
  const canvas = mask && (await masks.load(image.image_id, mask));
  if (page.image !== image || page.step().mask !== mask) return;
  stage.show(photo, mask ? contextOf(mask, image.byId.get(mask.parent_id), image) : whole, canvas);
  if (mask) locator.show(photo, whole, canvas);
  const next = image.steps[page.index + 1]?.mask;
  if (next) masks.load(image.image_id, next);
}
