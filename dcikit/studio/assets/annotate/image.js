// The image that is being described, as the page has it: the server's state, with what was typed since.

import { get } from "./server.js";

export const QUALITIES = { ok: "OK", low_quality: "Low quality", bad: "Bad" };

export class ImageModel {
  constructor(state) {
    Object.assign(this, state); // as image_state in Python says
    this.byId = new Map(this.masks.map((mask) => [mask.mask_id, mask]));
    this.steps = [{ kind: "short" }, ...this.masks.map((mask) => ({ kind: "mask", mask })), { kind: "final" }];
  }

  static async read(imageId) {
    return new ImageModel(await get(`api/images/${encodeURIComponent(imageId)}`));
  }

  /** Whether a step has all that it needs. */
  isComplete({ kind, mask }) {
    if (kind === "short") return Boolean(this.short_caption.trim());
    if (kind === "final") return Boolean(this.extra_caption.trim());
    if (mask.quality === "bad") return true;
    return Boolean(mask.label.trim()) && (mask.quality === "low_quality" || Boolean(mask.caption.trim()));
  }

  /** What a step still needs, in words; empty if nothing. */
  needs(step) {
    if (this.isComplete(step)) return "";
    if (step.kind !== "mask") return "a description";
    const { label, quality } = step.mask;
    if (quality === "low_quality") return "a label";
    return label.trim() ? "a caption" : step.mask.caption.trim() ? "a label" : "a label and a caption";
  }

  get incomplete() {
    return this.steps.filter((step) => !this.isComplete(step));
  }

  get words() {
    const texts = [this.short_caption, this.extra_caption];
    for (const mask of this.masks) {
      if (mask.quality !== "bad") texts.push(mask.label);
      if (mask.quality === "ok") texts.push(mask.caption);
    }
    return texts.reduce((sum, text) => sum + (text.trim() ? text.trim().split(/\s+/).length : 0), 0);
  }

  /** The masks that are right in a mask, or in the image. */
  children(mask = null) {
    return this.masks.filter((other) => other.parent_id === (mask ? mask.mask_id : null)).reverse();
  }

  /** From the outermost mask that holds it to its parent. */
  above(mask) {
    const path = [];
    for (let each = this.byId.get(mask.parent_id); each && !path.includes(each); each = this.byId.get(each.parent_id)) path.unshift(each);
    return path;
  }

  number(mask) {
    return this.masks.indexOf(mask) + 1;
  }

  name(mask) {
    return mask.label.trim() || `Mask ${this.number(mask)}`;
  }
}
