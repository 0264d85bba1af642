// The photo, and on it the mask that is lit, or the outlines of those inside the region.
import { $, el, fill } from "../dom.js";
import { Mask } from "./masks.js";

const DIM = 0x8c000000; // outside of a lit mask; colours are ABGR, as they lie in memory
const HUES = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442"].map(abgr);
const HALO = abgr("#ffffff");

export const hueOf = (number) => `hue-${(number - 1) % HUES.length}`;

export class Stage {
  /**
   * @param onHover called with the key of the region under the pointer, null for none
   * @param onPick called with the keys of the regions under a click, the smallest first
   */
  constructor(onHover, onPick) {
    this.photo = $("#photo");
    this.overlay = $("#overlay");
    this.tag = $("#tag");
    this.masks = new Map();
    this.regions = new Map();
    this.lit = null;
    this.outlined = [];
    const picture = $("#picture");
    picture.addEventListener("pointermove", (event) => event.pointerType === "mouse" && onHover(this.under(event)[0] ?? null));
    picture.addEventListener("pointerleave", () => onHover(null));
    picture.addEventListener("click", (event) => onPick(this.under(event)));
    new ResizeObserver(() => this.fit()).observe($("#stage"));
    this.photo.addEventListener("load", () => this.loaded());
    this.photo.addEventListener("error", () => this.failed());
  }

  /** Another image: its photo begins to load, its masks are yet to come. */
  open(url, document) {
    this.document = document;
    this.regions = new Map(document.regions.map((region) => [region.key, region]));
    this.masks = new Map();
    this.lit = null;
    this.outlined = [];
    this.photo.hidden = true;
    $("#photo-error").hidden = true;
    this.photo.alt = document.short_caption ?? "";
    this.photo.src = url;
    this.paint();
  }

  /** Its masks, as they were sent: those that cannot be decoded are left out. */
  take(masks) {
    for (const [key, mask] of Object.entries(masks)) if (mask.counts) this.masks.set(key, new Mask(mask));
    this.paint();
  }

  /** Lights a region; null or the whole image: none. `outlined`: the keys whose outlines are shown while none is lit. */
  show(lit, outlined) {
    if (lit === this.lit && outlined === this.outlined) return;
    this.lit = lit;
    this.outlined = outlined;
    this.paint();
  }

  loaded() {
    this.photo.hidden = false;
    this.fit();
  }

  failed() {
    const error = $("#photo-error");
    error.textContent = "The photo cannot be shown.";
    error.hidden = false;
    this.paint();
  }

  fit() {
    const { width, height } = this.document ?? {};
    if (!width || !height) return;
    const stage = $("#stage");
    const { maxHeight, paddingLeft, paddingTop } = getComputedStyle(stage);
    const high = parseFloat(maxHeight) || stage.clientHeight; // a phone's stage is as high as the photo, up to a limit
    const across = (stage.clientWidth - 2 * parseFloat(paddingLeft)) / width;
    const scale = Math.min(across, (high - 2 * parseFloat(paddingTop)) / height);
    this.shown = scale;
    for (const element of [$("#picture"), this.photo, this.overlay]) {
      element.style.width = `${Math.round(width * scale)}px`;
      element.style.height = `${Math.round(height * scale)}px`;
    }
    this.overlay.width = Math.round(width * scale * devicePixelRatio);
    this.overlay.height = Math.round(height * scale * devicePixelRatio);
    this.paint();
  }

  /** Keys of the regions at a pointer, the smallest first; by their boxes, while the masks have not come. */
  under(event) {
    if (!this.document?.width || !this.shown) return [];
    const { left, top } = this.overlay.getBoundingClientRect();
    const x = Math.floor((event.clientX - left) / this.shown);
    const y = Math.floor((event.clientY - top) / this.shown);
    const inBox = ([x0, y0, x1, y1]) => x >= x0 && x < x1 && y >= y0 && y < y1;
    return [...this.regions.values()]
      .filter(({ key, box }) => key !== "base" && (this.masks.size ? this.masks.get(key)?.has(x, y) : inBox(box)))
      .sort((a, b) => a.area - b.area)
      .map(({ key }) => key);
  }

  paint() {
    const { width, height } = this.overlay;
    const context = this.overlay.getContext("2d");
    context.clearRect(0, 0, width, height);
    const lit = this.masks.get(this.lit);
    fill(this.tag).hidden = true;
    $("#picture").querySelectorAll(".pin").forEach((pin) => pin.remove());
    if (!width || !this.shown || this.photo.hidden) return;
    const image = context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const scale = this.shown * devicePixelRatio;
    if (lit) {
      pixels.fill(DIM);
      this.drawOne(pixels, lit, this.regions.get(this.lit), width, height, scale, true);
      this.label(this.regions.get(this.lit), lit);
    } else {
      for (const key of this.outlined) {
        const mask = this.masks.get(key);
        if (mask) this.drawOne(pixels, mask, this.regions.get(key), width, height, scale, false);
        if (mask) this.pin(this.regions.get(key), mask);
      }
    }
    context.putImageData(image, 0, 0);
  }

  /** The outline of a mask, in its colour between two white lines, which show on any photo; what is inside is cleared. */
  drawOne(pixels, mask, region, width, height, scale, cleared) {
    const inside = mask.drawn(width, height, scale);
    const hue = HUES[(region.number - 1) % HUES.length];
    const reach = Math.max(2, Math.round(2 * devicePixelRatio));
    const left = Math.max(0, Math.floor(mask.x0 * scale) - reach);
    const right = Math.min(width, Math.ceil(mask.x1 * scale) + reach);
    const top = Math.max(0, Math.floor(mask.y0 * scale) - reach);
    const bottom = Math.min(height, Math.ceil(mask.y1 * scale) + reach);
    const differs = (x, y, far, own) => {
      for (let dy = -far; dy <= far; dy += far) {
        for (let dx = -far; dx <= far; dx += far) {
          const there = x + dx < 0 || y + dy < 0 || x + dx >= width || y + dy >= height ? 0 : inside[(y + dy) * width + x + dx];
          if (there !== own) return true;
        }
      }
      return false;
    };
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const place = y * width + x;
        const own = inside[place];
        if (own) pixels[place] = differs(x, y, reach, 1) ? hue : cleared ? 0 : pixels[place];
        else if (differs(x, y, Math.ceil(reach / 2), 0)) pixels[place] = HALO;
      }
    }
  }

  /** Number and label of the lit mask, above it or, where there is no room, in it. */
  label(region, mask) {
    fill(this.tag, el("span", { class: `chip ${hueOf(region.number)}` }, String(region.number)), region.label || "no label");
    this.tag.hidden = false;
    const room = this.overlay.clientWidth;
    const top = mask.y0 * this.shown - this.tag.offsetHeight - 8;
    this.tag.style.top = `${top >= 4 ? top : Math.min(mask.y1 * this.shown + 8, this.overlay.clientHeight - this.tag.offsetHeight - 4)}px`;
    this.tag.style.left = `${Math.max(4, Math.min(mask.x0 * this.shown, room - this.tag.offsetWidth - 4))}px`;
  }

  /** The number of an outlined mask, on a pixel of it near its middle. */
  pin(region, mask) {
    const [x, y] = middleOf(mask);
    const pin = el("span", { class: `chip pin ${hueOf(region.number)}` }, String(region.number));
    pin.style.left = `${x * this.shown}px`;
    pin.style.top = `${y * this.shown}px`;
    $("#picture").append(pin);
  }
}

/** A set pixel near the middle of the box. */
function middleOf(mask) {
  const middle = [(mask.x0 + mask.x1) / 2, (mask.y0 + mask.y1) / 2].map(Math.floor);
  const step = Math.max(1, Math.round(Math.max(mask.x1 - mask.x0, mask.height) / 40));
  for (let far = 0; far < 40 * step; far += step) {
    for (let dx = -far; dx <= far; dx += step) {
      for (const dy of Math.abs(dx) === far ? [0, far / 2, -far / 2, far, -far] : [far, -far]) {
        if (mask.has(middle[0] + dx, Math.floor(middle[1] + dy))) return [middle[0] + dx, Math.floor(middle[1] + dy)];
      }
    }
  }
  return middle;
}

/** #rrggbb as it lies in the memory of a canvas. */
function abgr(colour) {
  const [red, green, blue] = [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
