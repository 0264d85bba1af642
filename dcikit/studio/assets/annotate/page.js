// What all of the page shares: the image, the step, and what they are shown on.

import { $ } from "../dom.js";
import { Masks } from "./masks.js";
import { Stage } from "./stage.js";

export const page = {
  settings: null,
  images: [],
  image: null, // none before the first is open
  photo: null,
  index: 0, // of the step
  readOnly: false,
  outbox: null,
  tools: null,
  step: () => page.image.steps[page.index],
  isReadOnly: () => page.readOnly,
};

export const masks = new Masks();
export const stage = new Stage($("#photo"));
export const locator = new Stage($("#locator"));

export const imagePath = (imageId) => `api/images/${encodeURIComponent(imageId)}`;

export function showUndo({ undo, redo }) {
  $("#undo").disabled = !undo || page.readOnly;
  $("#redo").disabled = !redo || page.readOnly;
}
