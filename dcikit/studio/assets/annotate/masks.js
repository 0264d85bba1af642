// Masks as canvases: opaque where the mask is, transparent elsewhere; and the way back, as run lengths.

const LARGEST = 24; // decoded masks that are kept

export class Masks {
  constructor() {
    this.canvases = new Map(); // what the pixels hash to -> canvas
  }

  /** The canvas of a mask of an image, as large as the photo. */
  async load(imageId, mask) {
    const found = this.canvases.get(mask.pixels);
    if (found) return found;
    const url = `api/images/${encodeURIComponent(imageId)}/masks/${encodeURIComponent(mask.mask_id)}?pixels=${mask.pixels}`;
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`mask ${mask.mask_id} cannot be read`);
    const canvas = await fromBlob(await answer.blob());
    this.canvases.set(mask.pixels, canvas);
    if (this.canvases.size > LARGEST) this.canvases.delete(this.canvases.keys().next().value);
    return canvas;
  }
}

/** The canvas of a mask's image file. */
export async function fromBlob(blob) {
  const picture = await createImageBitmap(blob);
  const canvas = blank(picture.width, picture.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  const image = context.getImageData(0, 0, canvas.width, canvas.height);
  const words = new Uint32Array(image.data.buffer);
  for (let index = 0; index < words.length; index += 1) words[index] = image.data[4 * index] ? 0xffffffff : 0;
  context.putImageData(image, 0, 0);
  return canvas;
}

export function blank(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

export function copy(canvas) {
  const other = blank(canvas.width, canvas.height);
  other.getContext("2d", { willReadFrequently: true }).drawImage(canvas, 0, 0);
  return other;
}

/** A canvas in one colour where it is opaque. */
export function tinted(canvas, colour) {
  const other = copy(canvas);
  const context = other.getContext("2d");
  context.globalCompositeOperation = "source-in";
  context.fillStyle = colour;
  context.fillRect(0, 0, other.width, other.height);
  return other;
}

/** COCO's uncompressed run lengths: of unset and set pixels in turn, down the columns. Half-covered pixels count. */
export function runLengths(canvas) {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d", { willReadFrequently: true }).getImageData(0, 0, width, height);
  const counts = [];
  let set = false;
  let run = 0;
  for (let x = 0; x < width; x += 1)
    for (let y = 0; y < height; y += 1) {
      const is = data[4 * (y * width + x) + 3] >= 128;
      if (is !== set) {
        counts.push(run);
        run = 0;
        set = is;
      }
      run += 1;
    }
  counts.push(run);
  return { size: [height, width], counts };
}
