// Masks as pixels of a canvas.

const DIM = 0x8c000000; // outside of a lit mask; numbers of pixels are ABGR, as they lie in memory

// Those of --hue-0 to --hue-6 in base.css.
export const HUES = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442"];

const COLOURS = HUES.map(abgr);
const HALO = abgr("#ffffff");

export class Drawing {
  /** On a canvas of `context`, which shows the photo scaled by `scale`. */
  constructor(context, scale) {
    this.context = context;
    this.scale = scale;
    this.width = context.canvas.width;
    this.height = context.canvas.height;
    this.image = context.createImageData(this.width, this.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  /** Dims everything but a mask. */
  light(mask, number) {
    this.pixels.fill(DIM);
    this.outline(mask, number, true);
  }

  /** The outline of a mask, in its colour beside a white line: one of them shows on any photo. */
  outline(mask, number, clear = false) {
    const inside = mask.drawn(this.width, this.height, this.scale);
    const colour = COLOURS[(number - 1) % COLOURS.length];
    const thick = Math.max(2, Math.round(2 * devicePixelRatio));
    const thin = Math.ceil(thick / 2);
    const left = Math.max(0, Math.floor(mask.x0 * this.scale) - thick);
    const right = Math.min(this.width, Math.ceil(mask.x1 * this.scale) + thick);
    const top = Math.max(0, Math.floor(mask.y0 * this.scale) - thick);
    const bottom = Math.min(this.height, Math.ceil(mask.y1 * this.scale) + thick);
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const place = y * this.width + x;
        if (!inside[place]) {
          if (this.borders(inside, x, y, thin)) this.pixels[place] = HALO;
        } else if (this.borders(inside, x, y, thick)) this.pixels[place] = colour;
        else if (clear) this.pixels[place] = 0;
      }
    }
  }

  /** Whether what is `far` away on any side of a pixel is in the mask and the pixel not, or the other way round. */
  borders(inside, x, y, far) {
    const own = inside[y * this.width + x];
    for (let up = y - far; up <= y + far; up += far) {
      for (let across = x - far; across <= x + far; across += far) {
        const isOn = across >= 0 && up >= 0 && across < this.width && up < this.height;
        if ((isOn ? inside[up * this.width + across] : 0) !== own) return true;
      }
    }
    return false;
  }

  put() {
    this.context.putImageData(this.image, 0, 0);
  }
}

/** A set pixel near the middle of a mask's box, for its number. */
export function middleOf(mask) {
  const [x, y] = [(mask.x0 + mask.x1) / 2, (mask.y0 + mask.y1) / 2].map(Math.floor);
  const step = Math.max(1, Math.round(Math.max(mask.x1 - mask.x0, mask.y1 - mask.y0) / 40));
  for (let far = 0; far <= 20 * step; far += step) {
    for (let by = -far; by <= far; by += step) {
      for (const [dx, dy] of [[by, -far], [by, far], [-far, by], [far, by]]) {
        if (mask.has(x + dx, y + dy)) return [x + dx, y + dy];
      }
    }
  }
  return [x, y];
}

/** #rrggbb as it lies in the memory of a canvas. */
function abgr(colour) {
  const [red, green, blue] = [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
