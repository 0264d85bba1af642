// The map of a region's caption over the photo's middle square: where a model finds it (docs/protocol.md §13).
import { $, announce, el, fill } from "../dom.js";

const HUE = [213, 94, 0]; // Okabe and Ito's vermilion, on a grey photo
const MOST = 0.85; // opacity of the patch that matches best

export class CaptionMap {
  /** @param model what the maps are of: model and patch method */
  constructor(source, stage, model) {
    Object.assign(this, { source, stage, model, on: false, document: null, region: null });
    this.map = $("#map");
    this.caption = $("#map-caption");
  }

  async toggle() {
    this.on = !this.on;
    $("#map-button").setAttribute("aria-pressed", String(this.on));
    await this.show(this.document, this.region);
    const told = this.map.hidden ? this.caption.textContent : `The map of ${this.model} is shown.`;
    announce(this.on ? told : "No map is shown.");
  }

  /** Shows the map of a region, if maps are on; without a region, none. */
  async show(document, region) {
    Object.assign(this, { document, region });
    if (!this.on || !region) return this.put(null);
    const isHere = () => this.on && this.region === region; // or else we went on meanwhile
    try {
      const scores = await this.source.map(document.image_id, region.key);
      if (isHere()) this.put(scores, scores ? this.legend(scores) : "This region has no map.");
    } catch (error) {
      if (isHere()) this.put(null, error.message);
    }
  }

  /** Scores, null: none; and what is said below the photo. */
  put(scores, ...told) {
    this.map.hidden = !scores;
    fill(this.caption, told).hidden = !told.length;
    if (scores) this.draw(scores);
    this.stage.underMap(Boolean(scores));
  }

  legend(scores) {
    const [low, high] = range(scores).map((score) => score.toFixed(3).replace("-", "−"));
    const scale = ["cosine ", low, el("span", { class: "scale", "aria-hidden": "true" }), high];
    const ring = el("span", { class: "ring", "aria-hidden": "true" });
    return [el("span", {}, this.model), el("span", { class: "number" }, scale), el("span", {}, ring, "highest")];
  }

  /** A pixel a patch, as large as the middle square; a ring around the middle of the patch that matches best. */
  draw(scores) {
    const [low, high] = range(scores);
    const [rows, columns] = [scores.length, scores[0].length];
    const flat = scores.flat();
    const canvas = Object.assign($("canvas", this.map), { width: columns, height: rows });
    const image = new ImageData(columns, rows);
    flat.forEach((score, place) => {
      const share = high > low ? (score - low) / (high - low) : 0;
      image.data.set([...HUE, Math.round(255 * MOST * share)], 4 * place);
    });
    canvas.getContext("2d").putImageData(image, 0, 0);
    const best = flat.indexOf(high);
    const ring = $(".ring", this.map);
    ring.style.left = `${((best % columns) + 0.5) / columns * 100}%`;
    ring.style.top = `${(Math.floor(best / columns) + 0.5) / rows * 100}%`;
    this.frame();
  }

  /** Of W x H pixels the square from ((W - side) // 2, (H - side) // 2). */
  frame() {
    const { width, height } = this.document;
    const side = Math.min(width, height);
    const [left, top] = [width, height].map((length) => Math.floor((length - side) / 2));
    const share = { left: left / width, top: top / height, width: side / width, height: side / height };
    for (const [name, value] of Object.entries(share)) this.map.style[name] = `${value * 100}%`;
  }
}

function range(scores) {
  const flat = scores.flat();
  return [Math.min(...flat), Math.max(...flat)];
}
