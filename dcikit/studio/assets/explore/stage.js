// The photo, and on it the mask that is lit, or the outlines of those inside the region.
import { $, fill } from "../dom.js";
import { Mask } from "./masks.js";
import { Drawing, middleOf } from "./outline.js";
import { chip } from "./parts.js";

const GAP = 8; // pixels between a mask and its tag

export class Stage {
  /**
   * @param onHover called with the key of the smallest region under the pointer, null for none
   * @param onPick called with the keys of the regions under a click, the smallest first
   */
  constructor(onHover, onPick) {
    this.photo = $("#photo");
    this.overlay = $("#overlay");
    this.picture = $("#picture");
    this.tag = $("#tag");
    this.open("");
    this.picture.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse") onHover(this.under(event)[0] ?? null);
    });
    this.picture.addEventListener("pointerleave", () => onHover(null));
    this.picture.addEventListener("click", (event) => onPick(this.under(event)));
    this.photo.addEventListener("load", () => this.loaded(true));
    this.photo.addEventListener("error", () => this.loaded(false));
    new ResizeObserver(() => this.fit()).observe($("#stage"));
  }

  /** Another image: its photo begins to load, its regions are yet to come. */
  open(url) {
    this.document = null;
    this.regions = new Map();
    this.masks = new Map();
    this.lit = null;
    this.outlined = [];
    this.photo.hidden = true;
    $("#photo-error").hidden = true;
    if (url) this.photo.src = url;
    this.paint();
  }

  /** Its regions have come. */
  describe(document) {
    this.document = document;
    this.regions = new Map(document.regions.map((region) => [region.key, region]));
    this.photo.alt = document.short_caption ?? "";
    this.fit();
  }

  /** Its masks have come; those that cannot be decoded have the reason instead. */
  take(masks) {
    for (const [key, mask] of Object.entries(masks)) if (mask.counts) this.masks.set(key, new Mask(mask));
    this.paint();
  }

  /** Lights a region, null: none; `outlined`: the regions whose outlines are shown while none is lit. */
  show(lit, outlined) {
    this.lit = lit;
    this.outlined = outlined;
    this.paint();
  }

  /** Whether a map lies over the photo: it is grey then, and a lit mask an outline. */
  underMap(mapped) {
    this.picture.classList.toggle("mapped", mapped);
    this.fit(); // what is said of the map takes room
  }

  loaded(well) {
    this.photo.hidden = !well;
    $("#photo-error").hidden = well;
    this.fit();
  }

  /** As large as there is room; the stage of a phone is as high as the photo, up to a limit. */
  fit() {
    const width = this.document?.width ?? this.photo.naturalWidth;
    const height = this.document?.height ?? this.photo.naturalHeight;
    if (!width || !height) return;
    const stage = $("#stage");
    const { maxHeight, paddingLeft, paddingTop, rowGap } = getComputedStyle(stage);
    const said = $("#map-caption")?.offsetHeight;
    const across = stage.clientWidth - 2 * parseFloat(paddingLeft);
    const down = (parseFloat(maxHeight) || stage.clientHeight) - 2 * parseFloat(paddingTop) - (said ? said + parseFloat(rowGap) : 0);
    this.scale = Math.min(across / width, down / height);
    for (const element of [this.picture, this.photo, this.overlay]) {
      element.style.width = `${Math.round(width * this.scale)}px`;
      element.style.height = `${Math.round(height * this.scale)}px`;
    }
    this.overlay.width = Math.round(width * this.scale * devicePixelRatio);
    this.overlay.height = Math.round(height * this.scale * devicePixelRatio);
    this.paint();
  }

  /** Keys of the regions at a pointer, the smallest first; by their boxes, while the masks have not come. */
  under(event) {
    if (!this.scale) return [];
    const { left, top } = this.overlay.getBoundingClientRect();
    const x = Math.floor((event.clientX - left) / this.scale);
    const y = Math.floor((event.clientY - top) / this.scale);
    const isIn = ({ key, box: [x0, y0, x1, y1] }) =>
      this.masks.size ? this.masks.get(key)?.has(x, y) : x >= x0 && x < x1 && y >= y0 && y < y1;
    const found = [...this.regions.values()].filter((region) => region.key !== "base" && isIn(region));
    return found.sort((a, b) => a.area - b.area).map(({ key }) => key);
  }

  paint() {
    const context = this.overlay.getContext("2d");
    context.clearRect(0, 0, this.overlay.width, this.overlay.height);
    this.tag.hidden = true;
    for (const pin of this.picture.querySelectorAll(".pin")) pin.remove();
    if (this.photo.hidden || !this.scale || !this.overlay.width) return;
    const drawing = new Drawing(context, this.scale * devicePixelRatio);
    const mask = this.masks.get(this.lit);
    if (mask) {
      const draw = this.picture.classList.contains("mapped") ? drawing.outline : drawing.light;
      draw.call(drawing, mask, this.regions.get(this.lit).number);
      this.label(mask, this.regions.get(this.lit));
    } else {
      for (const key of this.outlined.filter((key) => this.masks.has(key))) {
        drawing.outline(this.masks.get(key), this.regions.get(key).number);
        this.pin(this.masks.get(key), this.regions.get(key));
      }
    }
    drawing.put();
  }

  /** Number and label of the lit mask: above it or, where there is no room, below. */
  label(mask, region) {
    fill(this.tag, chip(region), region.label || "no label").hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.tag;
    const above = mask.y0 * this.scale - height - GAP;
    const below = Math.min(mask.y1 * this.scale + GAP, this.overlay.clientHeight - height - GAP);
    this.tag.style.top = `${above >= 0 ? above : below}px`;
    this.tag.style.left = `${Math.max(0, Math.min(mask.x0 * this.scale, this.overlay.clientWidth - width))}px`;
  }

  /** The number of an outlined mask, on it. */
  pin(mask, region) {
    const [x, y] = middleOf(mask);
    const pin = chip(region, "pin");
    pin.style.left = `${x * this.scale}px`;
    pin.style.top = `${y * this.scale}px`;
    this.picture.append(pin);
  }
}
