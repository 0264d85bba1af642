// The masks of an image changed: another shape, a new mask, one split, two merged, one rejected. Each is one change of the history.

import { $, announce, el, fill } from "../dom.js";
import { Drawing } from "./drawing.js";
import { fromBlob, runLengths } from "./masks.js";

const OPERATIONS = {
  reshape: { name: "Reshape", key: "R", help: "Paint to add, or remove. Every stroke is saved." },
  draw: { name: "New", key: "N", help: "Draw a mask, then add it.", apply: "Add mask" },
  split: { name: "Split", key: "S", help: "Draw over the part that becomes a mask of its own.", apply: "Split" },
  merge: { name: "Merge", key: "M", help: "Choose the mask that becomes one with this, in the photo or here.", apply: "Merge" },
};

export const DRAWING_KEYS = [
  ...Object.values(OPERATIONS).map(({ name, key }) => [`Alt ${key}`, `masks: ${name.toLowerCase()}`]), ["Alt Del", "masks: reject"],
  ["B P C", "brush, polygon, click (in the photo, while drawing)"], ["X", "add or remove"], ["[ ]", "smaller or larger brush"], ["↑ ↓ ← →", "move, and space draws"],
];

export class Tools {
  /**
   * `page` gives image, step() and isReadOnly(); `masks` loads them; `change(action, payload)` sends one; `segment(points)` gives the blob of a
   * mask, or is null.
   */
  constructor(bar, stage, masks, page, change, segment) {
    Object.assign(this, { bar, stage, masks, page, change, segment });
    this.drawing = new Drawing(stage);
    this.operation = null;
    this.points = []; // of clicks, with their sign
    this.drawing.addEventListener("shape", () => this.#shaped());
    this.drawing.addEventListener("click", ({ detail }) => this.#clicked(detail));
    stage.canvas.addEventListener("keydown", (event) => this.#key(event));
  }

  get isDrawing() {
    return this.operation !== null;
  }

  /** Shows the buttons of a step; what was being drawn is given up. */
  show() {
    if (this.operation) this.#end();
    const onMask = Boolean(this.page.step().mask);
    const button = (operation, { name }) => el("button", { type: "button", class: "button", dataset: { operation }, on: { click: () => this.begin(operation) } }, name);
    const names = Object.entries(OPERATIONS).filter(([operation]) => onMask || operation === "draw");
    this.bar.hidden = this.page.isReadOnly();
    fill(this.bar, el("div", { class: "tool-row", role: "toolbar", "aria-label": "Change the masks" },
      names.map(([operation, facts]) => button(operation, facts)),
      onMask && el("button", { type: "button", class: "button", on: { click: () => this.reject() } }, "Reject")));
  }

  async begin(operation) {
    const { mask } = this.page.step();
    if (this.page.isReadOnly() || (!mask && operation !== "draw")) return;
    if (this.operation) this.#end();
    const canvas = mask && (await this.masks.load(this.page.image.image_id, mask));
    if (this.page.step().mask !== mask) return;
    this.operation = operation;
    this.points = [];
    if (operation === "draw") this.stage.setMask(null);
    this.drawing.begin(operation === "reshape" ? canvas : null);
    this.drawing.set({ sign: "add", tool: operation === "merge" ? "choose" : this.segment && operation === "draw" ? "click" : "brush" });
    this.#showTools();
    this.stage.canvas.focus({ preventScroll: true });
    announce(OPERATIONS[operation].help);
  }

  async apply() {
    const { mask } = this.page.step();
    if (this.operation === "reshape") return this.show();
    if (this.operation === "merge") {
      const other = $("#merge-with").value;
      if (!other) return this.#say("Choose a mask first.");
      this.show();
      return this.change("merge", { masks: [mask.mask_id, other] });
    }
    this.drawing.close();
    if (this.drawing.isEmpty) return this.#say("Draw something first.");
    const rle = runLengths(this.drawing.canvas);
    const payload = this.operation === "split" ? { mask: mask.mask_id, rle } : { rle };
    const { operation } = this;
    this.show();
    return this.change(operation, payload);
  }

  reject() {
    const { mask } = this.page.step();
    if (!mask || this.page.isReadOnly()) return;
    this.show();
    this.change("reject", { mask: mask.mask_id });
  }

  #end() {
    const { mask } = this.page.step();
    if (this.operation === "draw" && mask) this.#showAgain(mask);
    this.operation = null;
    this.drawing.end();
    this.stage.setTint(null);
  }

  async #showAgain(mask) {
    const canvas = await this.masks.load(this.page.image.image_id, mask);
    if (this.page.step().mask === mask && !this.operation) this.stage.setMask(canvas);
  }

  #showTools() {
    const { drawing, operation } = this;
    const facts = OPERATIONS[operation];
    const choice = (key) => (value, name) =>
      el("button", { type: "button", class: "button", "aria-pressed": drawing[key] === value, on: { click: () => this.#set({ [key]: value }) } }, name);
    const [tool, sign] = [choice("tool"), choice("sign")];
    const draws = operation !== "merge";
    fill(this.bar,
      el("p", { class: "small", id: "tool-help", role: "status" }, facts.help),
      el("div", { class: "tool-row", role: "toolbar", "aria-label": facts.name },
        draws && [tool("brush", "Brush"), tool("polygon", "Polygon"), this.segment && tool("click", "Click")],
        draws && [el("span", { class: "gap" }), sign("add", "Add"), sign("remove", "Remove")],
        draws && drawing.tool === "brush" && el("label", { class: "size" }, el("span", { class: "unseen" }, "Size of the brush"),
          el("input", { type: "range", min: 4, max: 160, value: drawing.size, on: { input: (event) => (drawing.size = Number(event.target.value)) } })),
        operation === "merge" && this.#others(),
        el("span", { class: "gap" }),
        facts.apply && el("button", { type: "button", class: "button", on: { click: () => this.show() } }, "Cancel"),
        el("button", { type: "button", class: "button primary", on: { click: () => this.apply() } }, facts.apply ?? "Done")));
  }

  #others() {
    const { image } = this.page;
    const others = image.masks.filter((mask) => mask !== this.page.step().mask);
    return el("select", { class: "input", id: "merge-with", "aria-label": "Merge with", on: { change: () => this.#tintOther() } },
      el("option", { value: "" }, "Choose a mask"), others.map((mask) => el("option", { value: mask.mask_id }, image.name(mask))));
  }

  async #tintOther() {
    const mask = this.page.image.byId.get($("#merge-with").value);
    const canvas = mask && (await this.masks.load(this.page.image.image_id, mask));
    if (this.operation === "merge") this.stage.setTint(canvas);
  }

  #set(values) {
    this.drawing.set(values);
    this.#showTools();
  }

  #say(text) {
    $("#tool-help").textContent = text;
  }

  #shaped() {
    const { mask } = this.page.step();
    if (this.operation !== "reshape") return this.stage.setTint(this.drawing.canvas);
    if (this.drawing.isEmpty) {
      this.#say("Nothing would be left of the mask: reject it instead.");
      return this.begin("reshape");
    }
    this.stage.setMask(this.drawing.canvas);
    this.change("reshape", { mask: mask.mask_id, rle: runLengths(this.drawing.canvas) });
  }

  async #clicked([x, y]) {
    if (this.operation === "merge") return this.#choose(x, y);
    if (!this.segment) return;
    this.points.push([x, y, this.drawing.sign === "add"]);
    const { operation } = this;
    this.#say("Looking…");
    try {
      const canvas = await fromBlob(await this.segment(this.points));
      if (this.operation !== operation) return;
      this.#say("Click again to add what is missing, or to remove what is too much.");
      this.drawing.replace(canvas);
    } catch (error) {
      this.points.pop();
      this.#say(error.message);
    }
  }

  /** The smallest other mask at a pixel. */
  async #choose(x, y) {
    const { image } = this.page;
    const there = image.masks.filter(({ box: [x0, y0, x1, y1] }) => x0 <= x && x < x1 && y0 <= y && y < y1).sort((a, b) => a.area - b.area);
    for (const mask of there) {
      if (mask === this.page.step().mask) continue;
      const canvas = await this.masks.load(image.image_id, mask);
      const [, , , alpha] = canvas.getContext("2d", { willReadFrequently: true }).getImageData(Math.floor(x), Math.floor(y), 1, 1).data;
      if (!alpha) continue;
      $("#merge-with").value = mask.mask_id;
      return this.#tintOther();
    }
  }

  #key(event) {
    if (!this.operation || event.ctrlKey || event.altKey || event.metaKey) return;
    const { drawing } = this;
    const act = {
      Escape: () => this.show(), Enter: () => (drawing.path.length ? drawing.close() : this.apply()), b: () => this.#set({ tool: "brush" }), p: () => this.#set({ tool: "polygon" }),
      c: () => this.segment && this.#set({ tool: "click" }), x: () => this.#set({ sign: drawing.sign === "add" ? "remove" : "add" }),
      "[": () => this.#set({ size: Math.max(4, drawing.size * 0.8) }), "]": () => this.#set({ size: Math.min(160, drawing.size * 1.25) }),
    }[event.key];
    if (!act || (this.operation === "merge" && !["Escape", "Enter"].includes(event.key))) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }
}
