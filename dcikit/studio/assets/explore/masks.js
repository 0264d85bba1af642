// Masks as COCO's run lengths in a box, column by column: decoded, asked for a pixel, drawn at the size of the screen.

/** A mask from {box, counts}. `ends` are where its runs end, of zeros first. */
export class Mask {
  constructor({ box, counts }) {
    [this.x0, this.y0, this.x1, this.y1] = box;
    this.height = this.y1 - this.y0;
    this.ends = runEnds(counts);
  }

  has(x, y) {
    if (x < this.x0 || x >= this.x1 || y < this.y0 || y >= this.y1) return false;
    return runAt(this.ends, (x - this.x0) * this.height + (y - this.y0)) % 2 === 1; // the odd runs are set
  }

  /** Its pixels on a screen of width x height that shows the photo scaled by `scale`: 0 or 1, row by row. */
  drawn(width, height, scale) {
    const pixels = new Uint8Array(width * height);
    const left = Math.max(0, Math.floor(this.x0 * scale));
    const right = Math.min(width, Math.ceil(this.x1 * scale));
    for (let x = left; x < right; x++) {
      const column = clamp(Math.floor((x + 0.5) / scale), this.x0, this.x1 - 1) - this.x0;
      this.drawColumn(pixels, x, column * this.height, width, height, scale);
    }
    return pixels;
  }

  drawColumn(pixels, x, start, width, height, scale) {
    let run = runAt(this.ends, start);
    for (let from = start; from < start + this.height; run++) {
      const to = Math.min(this.ends[run], start + this.height);
      if (run % 2 === 1) {
        const top = Math.max(0, Math.round((this.y0 + from - start) * scale));
        const bottom = Math.min(height, Math.max(top + 1, Math.round((this.y0 + to - start) * scale)));
        for (let y = top; y < bottom; y++) pixels[y * width + x] = 1;
      }
      from = to;
    }
  }
}

/** Where the runs end, cumulated, of COCO's compressed counts. */
export function runEnds(counts) {
  const lengths = [];
  for (let place = 0; place < counts.length; ) {
    let value = 0;
    let shift = 0;
    let group;
    do {
      group = counts.charCodeAt(place++) - 48;
      value += (group & 31) * 2 ** shift;
      shift += 5;
    } while (group & 32);
    if (group & 16) value -= 2 ** shift;
    lengths.push(lengths.length > 2 ? value + lengths[lengths.length - 2] : value);
  }
  let end = 0;
  return Uint32Array.from(lengths, (length) => (end += length));
}

/** The run that a place is in. */
function runAt(ends, place) {
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle] <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
