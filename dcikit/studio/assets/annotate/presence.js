// Who else is at the image, and what to do when the server refuses a change for it.

import { $ } from "../dom.js";
import { askConflict, askTakeOver, tell } from "./dialogs.js";
import { reload } from "./images.js";
import { imagePath, page, showUndo } from "./page.js";
import { Refused, post } from "./server.js";
import { author } from "./session.js";
import { redraw } from "./steps.js";

export const HEARTBEAT = 15_000; // ms; a lease lasts three times as long

const lease = (imageId, takeOver) =>
  post(`${imagePath(imageId)}/lease`, { journal: page.settings.journal, session: page.outbox.session, author: author.get(), take_over: takeOver });

const leavePath = (imageId) => `${imagePath(imageId)}/leave?session=${page.outbox.session}`;

export const leaveImage = (imageId) => post(leavePath(imageId), {}).catch(() => {});

/** When the page is left there is no time for an answer. */
export const leavePage = () => page.image && navigator.sendBeacon(leavePath(page.image.image_id));

/** Tells the server that somebody is here; learns whether somebody else is, or was. */
export async function beat(takeOver = false) {
  const { image, outbox } = page;
  if (!image) return;
  try {
    const { version } = await lease(image.image_id, takeOver);
    if (page.image.image_id !== image.image_id) return;
    if (page.readOnly) setReadOnly(null);
    if (version > outbox.versions[image.image_id] && !outbox.waiting(image.image_id)) await reload();
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 423) return; // the next beat will tell
    const { held_by: name } = error.body;
    const first = !page.readOnly;
    if (first && !takeOver && name === author.get()) return beat(true); // another tab of theirs, often a closed one
    setReadOnly(name);
    if (first && (await askTakeOver(name)) === "take") await beat(true);
  }
}

function setReadOnly(name) {
  if (!page.image) return;
  page.readOnly = name !== null;
  $("#held").hidden = name === null;
  $("#held-text").textContent = name === null ? "" : `${name} is at this image. You can read it, and change nothing.`;
  showUndo(page.image);
  page.tools.show();
  redraw();
}

/** What the server refused: taken over, changed meanwhile, or wrong. */
export async function settle({ entry, error }) {
  const { image_id: imageId } = entry;
  if (error.status === 423) await settleTakenOver(entry, error.body.held_by);
  else if (error.status === 409) await settleStale(imageId, error.body.version);
  else {
    const { text } = entry.payload;
    await tell("This could not be saved", error.message, text ? ` What you wrote: “${text}”` : "");
    await page.outbox.discard(imageId, true);
  }
  if (page.image?.image_id === imageId) await reload();
}

async function settleTakenOver(entry, name) {
  const { image_id: imageId } = entry;
  const takes = name === entry.author || (await askTakeOver(name)) === "take" || (await askConflict(page.outbox.waiting(imageId))) === "send";
  if (!takes) {
    if (page.image?.image_id === imageId) setReadOnly(name);
    return page.outbox.discard(imageId);
  }
  await lease(imageId, true).catch(() => {});
  setReadOnly(null);
  return page.outbox.resume(imageId);
}

async function settleStale(imageId, version) {
  const { outbox } = page;
  if ((await askConflict(outbox.waiting(imageId))) === "send") await outbox.resume(imageId, version);
  else await outbox.discard(imageId);
}
