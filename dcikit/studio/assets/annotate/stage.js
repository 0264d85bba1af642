// The photo on a canvas: a part of it, dimmed outside a mask, with others tinted on top.

import { blank, tinted } from "./masks.js";

const TINT = "rgb(0 190 220)"; // DCI's cyan
const OUTLINE = 2; // CSS pixels

export class Stage {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.photo = null;
    this.view = null; // [x0, y0, x1, y1] of the photo
    this.home = null;
    this.mask = null; // canvas of the mask that stands out
    this.tint = null;
    this.overlay = true;
    this.ink = () => {}; // draws on top, in photo pixels
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  show(photo, view, mask = null) {
    this.photo = photo;
    this.home = view;
    this.view = [...view];
    this.setMask(mask);
  }

  setMask(mask) {
    this.mask = mask;
    this.layer = null; // what surrounds the mask, as long as the view stays
    this.draw();
  }

  setTint(mask) {
    this.tint = mask && tinted(mask, TINT);
    this.draw();
  }

  /** Canvas scale and offset: photo pixel -> backing pixel. */
  get transform() {
    const [x0, y0, x1, y1] = this.view;
    const { width, height } = this.canvas;
    const scale = Math.min(width / (x1 - x0), height / (y1 - y0));
    return { scale, dx: (width - (x0 + x1) * scale) / 2, dy: (height - (y0 + y1) * scale) / 2 };
  }

  /** The photo's pixel under a pointer. */
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const { scale, dx, dy } = this.transform;
    const ratio = this.canvas.width / box.width;
    return [((event.clientX - box.left) * ratio - dx) / scale, ((event.clientY - box.top) * ratio - dy) / scale];
  }

  zoom(factor, centre = [(this.view[0] + this.view[2]) / 2, (this.view[1] + this.view[3]) / 2]) {
    const [x0, y0, x1, y1] = this.view;
    if (factor > 1 && Math.min(x1 - x0, y1 - y0) < 8) return;
    if (factor < 1 && x1 - x0 > 2 * this.photo.width) return;
    const [x, y] = centre;
    this.view = [x - (x - x0) / factor, y - (y - y0) / factor, x + (x1 - x) / factor, y + (y1 - y) / factor];
    this.draw();
  }

  pan(dx, dy) {
    this.view = this.view.map((value, index) => value - (index % 2 ? dy : dx));
    this.draw();
  }

  reset() {
    this.view = [...this.home];
    this.draw();
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    const { canvas, context } = this;
    const ratio = devicePixelRatio;
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!this.photo || !width || !height) return;
    const { scale, dx, dy } = this.transform;
    context.setTransform(scale, 0, 0, scale, dx, dy);
    context.imageSmoothingEnabled = scale < 4;
    context.drawImage(this.photo, 0, 0);
    if (this.mask && this.overlay) this.#standOut(OUTLINE * ratio);
    if (this.tint) {
      context.globalAlpha = 0.5;
      context.drawImage(this.tint, 0, 0);
      context.globalAlpha = 1;
    }
    this.ink(context, scale / ratio);
  }

  /** Draws what dims everything outside the mask, with a white line on a dark one around it. */
  #standOut(line) {
    const { context, canvas, mask } = this;
    const { a, d, e, f } = context.getTransform();
    const state = [a, d, e, f, canvas.width, canvas.height].join();
    if (this.layer?.mask !== mask || this.layer.state !== state) this.layer = { mask, state, canvas: surround(mask, canvas, [a, 0, 0, d, e, f], line) };
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.layer.canvas, 0, 0);
    context.setTransform(a, 0, 0, d, e, f);
  }
}

function surround(mask, { width, height }, transform, line) {
  const silhouette = blank(width, height);
  const shape = silhouette.getContext("2d");
  shape.setTransform(...transform);
  shape.drawImage(mask, 0, 0);
  const layer = blank(width, height);
  const over = layer.getContext("2d");
  const widen = (by) => {
    for (let turn = 0; turn < 12; turn += 1) over.drawImage(silhouette, by * Math.cos((turn * Math.PI) / 6), by * Math.sin((turn * Math.PI) / 6));
  };
  const shade = (operation, colour) => {
    over.globalCompositeOperation = operation;
    over.fillStyle = colour;
    over.fillRect(0, 0, width, height);
    over.globalCompositeOperation = "source-over";
  };
  widen(2 * line);
  shade("source-in", "black");
  widen(line);
  shade("destination-over", "rgb(0 0 0 / 55%)");
  over.globalCompositeOperation = "destination-out";
  over.drawImage(silhouette, 0, 0);
  return layer;
}

/** DCI's context of a mask: its box, 60% wider and 30% higher on every side, as far as its parent goes. */
export function contextOf(mask, parent, image) {
  const [x0, y0, x1, y1] = mask.box;
  const [left, top, right, bottom] = parent ? parent.box : [0, 0, image.width, image.height];
  const across = 0.6 * (x1 - x0);
  const down = 0.3 * (y1 - y0);
  return [
    Math.min(x0, Math.max(left, x0 - across)), Math.min(y0, Math.max(top, y0 - down)),
    Math.max(x1, Math.min(right, x1 + across)), Math.max(y1, Math.min(bottom, y1 + down)),
  ];
}
