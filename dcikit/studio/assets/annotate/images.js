// One image after the other: opened, read again, finished or skipped.

import { $, announce } from "../dom.js";
import { ask, tell } from "./dialogs.js";
import { ImageModel } from "./image.js";
import { imagePath, page, showUndo } from "./page.js";
import { beat, leaveImage } from "./presence.js";
import { Refused, get } from "./server.js";
import { firstOpen, openStep } from "./steps.js";
import { imageList } from "./strip.js";

export const fail = (error) => tell("This image cannot be shown", error.message);

/** The image as it is on the server, with what this page has typed and not sent. */
async function readImage(imageId) {
  const { outbox } = page;
  let image = await ImageModel.read(imageId);
  if (image.version < (outbox.versions[imageId] ?? 0)) image = await ImageModel.read(imageId); // something was saved meanwhile
  outbox.base(imageId, image.version);
  for (const { image_id, action, payload } of outbox.entries) {
    const holder = payload.mask === undefined ? image : image.byId.get(payload.mask);
    if (image_id === imageId && action === "write" && holder) holder[payload.field] = payload.text;
  }
  return image;
}

/** Opens an image; what waits is sent first, and the image before stays open until this one is there. */
export async function openImage(imageId, index) {
  await page.outbox.flush();
  const [image, answer] = await Promise.all([readImage(imageId), fetch(`${imagePath(imageId)}/photo`)]);
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
  const photo = await createImageBitmap(await answer.blob());
  if (page.image && page.image.image_id !== imageId) leaveImage(page.image.image_id);
  Object.assign(page, { image, photo, readOnly: false });
  $("#held").hidden = true;
  $("#locator").style.aspectRatio = `${image.width} / ${image.height}`;
  $("#image-id").textContent = imageId;
  document.title = `Image ${imageId} – Annotate`;
  showUndo(image);
  await openStep(index ?? firstOpen(image));
  await beat();
}

/** Reads the image again, and stays at the same mask, or goes to the new one. */
export async function reload({ toNew = false } = {}) {
  const { index, image: before } = page;
  const { mask } = page.step();
  const image = await readImage(before.image_id);
  if (page.image.image_id !== image.image_id) return;
  page.image = image;
  showUndo(image);
  const isWanted = (each) => each.mask && (toNew ? !before.byId.has(each.mask.mask_id) : each.mask.mask_id === mask?.mask_id);
  const place = mask || toNew ? image.steps.findIndex(isWanted) : Math.min(index, image.steps.length - 1);
  await openStep(place >= 0 ? place : index);
}

/** Undo or redo. */
export async function turnBack(action) {
  if (page.readOnly || !(await page.outbox.flush())) return;
  if (!(await page.outbox.add(page.image.image_id, action))) return;
  await reload();
  announce(action === "undo" ? "Undone" : "Redone");
}

/** Finishes or skips the image, and opens the next that is open. */
export async function leave(action) {
  const { image_id: imageId } = page.image;
  if (page.readOnly || !(await page.outbox.add(imageId, action))) return;
  await readImages();
  const place = page.images.findIndex((image) => image.image_id === imageId);
  const next = [...page.images.slice(place + 1), ...page.images.slice(0, place)].find(isFree);
  if (next) await openImage(next.image_id).catch(fail);
  else tell("That was the last open image", "All images are finished or skipped, or somebody is at them.");
}

export const isFree = (image) => image.status === "open" && !image.held_by;

export async function readImages() {
  page.images = await get("api/images");
  const done = page.images.filter((image) => image.status === "finished").length;
  $("#images-done").textContent = `${done} of ${page.images.length} finished`;
}

export async function chooseImage() {
  await readImages();
  const open = (imageId) => {
    $("dialog").close();
    openImage(imageId).catch(fail);
  };
  await ask("Images", imageList(page.images, page.image?.image_id, open), [["ok", "Close"]]);
}
