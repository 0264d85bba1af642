// Drawing on the stage: brush and polygon, by pointer or by arrow keys and space, into a canvas as large as the photo.

import { blank, copy } from "./masks.js";

const COLOURS = { add: "rgb(0 190 220 / 60%)", remove: "rgb(220 60 40 / 60%)" };

export class Drawing extends EventTarget {
  /** Events: "shape" when something was drawn, "click" with the photo's pixel where the tool is neither brush nor polygon. */
  constructor(stage) {
    super();
    this.stage = stage;
    this.canvas = null; // what is drawn; null: nothing is being drawn
    this.tool = "brush";
    this.sign = "add";
    this.size = 24; // CSS pixels
    this.path = [];
    this.cursor = null; // of the keyboard
    const { canvas } = stage;
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.#up(event));
    canvas.addEventListener("pointerleave", () => this.#point(null));
    canvas.addEventListener("dblclick", () => this.isActive && this.tool === "polygon" && this.close());
    canvas.addEventListener("keydown", (event) => this.#key(event));
  }

  get isActive() {
    return this.canvas !== null;
  }

  /** Begins with the shape of a mask, or with nothing. */
  begin(mask) {
    const { photo } = this.stage;
    this.canvas = mask ? copy(mask) : blank(photo.width, photo.height);
    this.path = [];
    this.cursor = null;
    this.stage.ink = (context, scale) => this.#ink(context, scale);
    this.stage.canvas.classList.add("drawing");
    this.stage.draw();
  }

  end() {
    this.canvas = null;
    this.path = [];
    this.stage.ink = () => {};
    this.stage.canvas.classList.remove("drawing");
    this.stage.draw();
  }

  set(values) {
    Object.assign(this, values);
    this.path = [];
    this.stage.draw();
  }

  /** Replaces what is drawn. */
  replace(canvas) {
    this.canvas = canvas;
    this.dispatchEvent(new Event("shape"));
  }

  get isEmpty() {
    const { width, height } = this.canvas;
    const { data } = this.canvas.getContext("2d", { willReadFrequently: true }).getImageData(0, 0, width, height);
    return !data.some((value, index) => index % 4 === 3 && value >= 128);
  }

  /** Fills the polygon whose corners were set. */
  close() {
    if (this.path.length > 2) this.#apply((context, path) => context.fill(path));
    this.path = [];
    this.stage.draw();
  }

  get #width() {
    return (this.size * devicePixelRatio) / this.stage.transform.scale;
  }

  #down(event) {
    if (!this.isActive || event.button !== 0) return;
    const at = this.stage.at(event);
    if (this.tool === "brush") {
      this.stage.canvas.setPointerCapture(event.pointerId);
      this.stroke = event.pointerId;
      this.path = [at];
    } else this.#place(at);
    this.stage.draw();
  }

  #move(event) {
    if (!this.isActive) return;
    const at = this.stage.at(event);
    if (this.stroke === event.pointerId) this.path.push(at);
    this.#point(at);
  }

  #up(event) {
    if (this.stroke !== event.pointerId) return;
    this.stroke = null;
    this.#paint();
  }

  #point(at) {
    this.cursor = at;
    if (this.isActive) this.stage.draw();
  }

  #place(at) {
    if (this.tool !== "polygon") return this.dispatchEvent(new CustomEvent("click", { detail: at }));
    const [first] = this.path;
    const near = first && Math.hypot(at[0] - first[0], at[1] - first[1]) < (10 * devicePixelRatio) / this.stage.transform.scale;
    if (near && this.path.length > 2) this.close();
    else if (!this.path.some(([x, y]) => x === at[0] && y === at[1])) this.path.push(at);
  }

  #paint() {
    this.#apply((context, path) => {
      context.lineWidth = this.#width;
      context.lineCap = context.lineJoin = "round";
      context.stroke(path);
    });
    this.path = [];
    this.stage.draw();
  }

  #apply(draw) {
    const context = this.canvas.getContext("2d", { willReadFrequently: true });
    context.globalCompositeOperation = this.sign === "add" ? "source-over" : "destination-out";
    context.fillStyle = context.strokeStyle = "white";
    draw(context, line(this.path));
    context.globalCompositeOperation = "source-over";
    this.dispatchEvent(new Event("shape"));
  }

  #key(event) {
    if (!this.isActive || event.ctrlKey || event.altKey || event.metaKey) return;
    const { view, photo } = this.stage;
    const step = ((view[2] - view[0]) / 50) * (event.shiftKey ? 5 : 1);
    const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    const [x, y] = this.cursor ?? [(view[0] + view[2]) / 2, (view[1] + view[3]) / 2];
    if (by) this.#point([Math.min(photo.width, Math.max(0, x + by[0])), Math.min(photo.height, Math.max(0, y + by[1]))]);
    else if (event.key === " ") {
      if (this.tool === "brush") {
        this.path = [[x, y]];
        this.#paint();
      } else this.#place([x, y]);
      this.#point([x, y]);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #ink(context, scale) {
    context.strokeStyle = context.fillStyle = COLOURS[this.sign];
    if (this.path.length && this.tool === "brush") {
      context.lineWidth = this.#width;
      context.lineCap = context.lineJoin = "round";
      context.stroke(line(this.path));
    }
    if (this.path.length && this.tool === "polygon") {
      const corners = this.cursor ? [...this.path, this.cursor] : this.path;
      context.fill(line(corners));
      context.strokeStyle = "white";
      context.lineWidth = 2 / scale;
      context.stroke(line(corners));
      for (const [x, y] of this.path) context.fillRect(x - 3 / scale, y - 3 / scale, 6 / scale, 6 / scale);
    }
    if (!this.cursor) return;
    const [x, y] = this.cursor;
    const radius = this.tool === "brush" ? this.#width / 2 : 6 / scale;
    for (const [colour, width] of [["black", 3], ["white", 1.5]]) {
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.strokeStyle = colour;
      context.lineWidth = width / scale;
      context.stroke();
    }
  }
}

function line(points) {
  const path = new Path2D();
  path.moveTo(...points[0]);
  for (const point of points) path.lineTo(...point);
  return path;
}
