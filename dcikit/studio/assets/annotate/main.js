// The page of the annotators: one image after the other, step by step.

import { $, announce, fill } from "../dom.js";
import { askConflict, askName, askTakeOver, showHelp, showHistory, tell, ask } from "./dialogs.js";
import { refreshForm, showForm } from "./form.js";
import { ImageModel } from "./image.js";
import { Masks } from "./masks.js";
import { Outbox } from "./outbox.js";
import { Refused, get, post } from "./server.js";
import { author, openSession, whenAbandoned } from "./session.js";
import { Stage, contextOf } from "./stage.js";
import { imageList, refreshStrip, showStrip } from "./strip.js";
import { DRAWING_KEYS, Tools } from "./tools.js";
import { viewer } from "./viewer.js";

const HEARTBEAT = 15_000; // ms; a lease lasts three times as long

const page = { settings: null, images: [], image: null, index: 0, readOnly: false };
const masks = new Masks();
const stage = new Stage($("#photo"));
const locator = new Stage($("#locator"));
let outbox;
let tools;

const acts = {
  isReadOnly: () => page.readOnly,
  write(field, text, mask) {
    (mask ?? page.image)[field] = text;
    outbox.write(page.image.image_id, mask ? { mask: mask.mask_id, field, text } : { field, text });
    if (mask?.given && mask.verdict === "open") mask.verdict = "changed";
    refreshForm(page.image, page.index, page.settings.target);
    refreshStrip($("#strip"), page.image);
  },
  setQuality(quality) {
    const { mask } = step();
    if (!mask || page.readOnly || mask.quality === quality) return;
    acts.write("quality", quality, mask);
    redraw();
    announce(`Quality: ${quality.replace("_", " ")}`);
  },
  async hover(mask) {
    stage.hovered = mask?.mask_id;
    const canvas = mask && (await masks.load(page.image.image_id, mask));
    if (stage.hovered === mask?.mask_id) stage.setTint(canvas);
  },
  open: (index) => openStep(index),
  next() {
    const { mask } = step();
    if (!$("#next").disabled) {
      if (mask?.given && mask.verdict === "open" && !page.readOnly) accept(mask);
      openStep(page.index + 1);
    }
  },
  back: () => openStep(page.index - 1),
  skip: () => (page.index === page.image.steps.length - 1 ? leave("skip") : openStep(page.index + 1)),
  finish: () => $("#next").disabled || leave("finish"),
  redraw,
};

const step = () => page.image.steps[page.index];
page.step = step;
page.isReadOnly = acts.isReadOnly;

function redraw() {
  showForm($("#panel"), page.image, page.index, page.settings.target, acts);
  refreshStrip($("#strip"), page.image);
}

function accept(mask) {
  mask.verdict = "kept";
  outbox.add(page.image.image_id, "accept", { mask: mask.mask_id });
}

/** Finishes or skips the image, and opens the next that is open. */
async function leave(action) {
  if (page.readOnly) return;
  if (!(await outbox.add(page.image.image_id, action))) return;
  await readImages();
  const place = page.images.findIndex((image) => image.image_id === page.image.image_id);
  const after = [...page.images.slice(place + 1), ...page.images.slice(0, place)];
  const next = after.find((image) => image.status === "open" && !image.held_by);
  if (next) openImage(next.image_id);
  else tell("That was the last open image", "All images are finished or skipped, or somebody is at them.");
}

async function openStep(index) {
  const { image } = page;
  page.index = Math.max(0, Math.min(index, image.steps.length - 1));
  history.replaceState(null, "", `#${encodeURIComponent(image.image_id)}/${page.index}`);
  outbox.flush();
  stage.setTint(null);
  showForm($("#panel"), image, page.index, page.settings.target, acts);
  $("#panel").scrollTop = 0;
  showStrip($("#strip"), image, page.index, openStep);
  tools.show();
  await showPhoto();
}

/** A change of the masks: what it made of them is shown when the server has it. */
function changeMasks(action, payload) {
  outbox.add(page.image.image_id, action, payload);
}

async function showPhoto() {
  const { image, photo } = page;
  const { mask } = step();
  const whole = [0, 0, image.width, image.height];
  $("#locator").hidden = $("#overlay").hidden = !mask;
  $("#photo").setAttribute("aria-label", mask ? `${image.name(mask)}, in its place in the photo` : "The whole photo");
  const canvas = mask && (await masks.load(image.image_id, mask));
  if (page.image !== image || step().mask !== mask) return;
  stage.show(photo, mask ? contextOf(mask, image.byId.get(mask.parent_id), image) : whole, canvas);
  if (mask) locator.show(photo, whole, canvas);
  const next = image.steps[page.index + 1]?.mask;
  if (next) masks.load(image.image_id, next);
}

/** Opens an image: what waits is sent first, so that what is shown is what is written. */
async function openImage(imageId, index) {
  const before = page.image?.image_id;
  if (before && before !== imageId) post(leavePath(before), {}).catch(() => {});
  page.image = null;
  page.readOnly = false;
  await outbox.flush();
  const image = await ImageModel.read(imageId);
  outbox.base(imageId, image.version);
  for (const entry of outbox.entries) if (entry.image_id === imageId && entry.action === "write") applyLocally(image, entry.payload);
  const answer = await fetch(`api/images/${encodeURIComponent(imageId)}/photo`);
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
  page.photo = await createImageBitmap(await answer.blob());
  page.image = image;
  $("#locator").style.aspectRatio = `${image.width} / ${image.height}`;
  $("#image-id").textContent = imageId;
  document.title = `Image ${imageId} – Annotate`;
  showUndo(image);
  await openStep(index ?? firstOpen(image));
  await beat();
}

function firstOpen(image) {
  const place = image.steps.findIndex((each) => !image.isComplete(each) || each.mask?.verdict === "open");
  return place < 0 ? image.steps.length - 1 : place;
}

function applyLocally(image, { mask, field, text }) {
  const holder = mask === undefined ? image : image.byId.get(mask);
  if (holder) holder[field] = text;
}

/** Reads the image again, and stays at the same mask, or goes to the new one. */
async function reload({ toNew = false } = {}) {
  const { mask } = step();
  const { index } = page;
  const before = page.image.byId;
  const image = await ImageModel.read(page.image.image_id);
  outbox.base(image.image_id, image.version);
  page.image = image;
  showUndo(image);
  const isWanted = (each) => each.mask && (toNew ? !before.has(each.mask.mask_id) : each.mask.mask_id === mask?.mask_id);
  const place = mask || toNew ? image.steps.findIndex(isWanted) : Math.min(index, image.steps.length - 1);
  await openStep(place >= 0 ? place : index);
}

async function turnBack(action) {
  if (page.readOnly || !(await outbox.flush())) return;
  await outbox.add(page.image.image_id, action);
  await reload();
  announce(action === "undo" ? "Undone" : "Redone");
}

function showUndo({ undo, redo }) {
  $("#undo").disabled = !undo || page.readOnly;
  $("#redo").disabled = !redo || page.readOnly;
}

const leavePath = (imageId) => `api/images/${encodeURIComponent(imageId)}/leave?session=${outbox.session}`;

/** Tells the server that somebody is here; learns whether somebody else is. */
async function beat(takeOver = false) {
  const { image } = page;
  if (!image) return;
  try {
    const { version } = await post(`api/images/${encodeURIComponent(image.image_id)}/lease`, { session: outbox.session, author: author.get(), take_over: takeOver });
    const stale = version !== outbox.versions[image.image_id] && !outbox.waiting(image.image_id);
    if (page.readOnly) setReadOnly(null);
    if (stale && page.image === image) await reload();
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 423) return;
    const first = !page.readOnly;
    if (first && !takeOver && error.body.held_by === author.get()) return beat(true); // another tab of theirs, often a closed one
    setReadOnly(error.body.held_by);
    if (first && (await askTakeOver(error.body.held_by)) === "take") await beat(true);
  }
}

function setReadOnly(name) {
  page.readOnly = name !== null;
  $("#held").hidden = name === null;
  $("#held-text").textContent = name === null ? "" : `${name} is at this image. You can read it, and change nothing.`;
  showUndo(page.image);
  tools.show();
  redraw();
}

/** What the server refused: taken over, changed meanwhile, or wrong. */
async function settle({ entry, error }) {
  const { image_id: imageId } = entry;
  if (error.status === 423) {
    if (error.body.held_by === entry.author || (await askTakeOver(error.body.held_by)) === "take") {
      await post(`api/images/${encodeURIComponent(imageId)}/lease`, { session: outbox.session, author: author.get(), take_over: true }).catch(() => {});
      setReadOnly(null);
      return outbox.resume(imageId);
    }
    setReadOnly(error.body.held_by);
    if ((await askConflict(outbox.waiting(imageId))) === "send") return settle({ entry, error });
    await outbox.discard(imageId);
  } else if (error.status === 409) {
    if ((await askConflict(outbox.waiting(imageId))) === "send") await outbox.resume(imageId, error.body.version);
    else await outbox.discard(imageId);
  } else {
    const text = entry.payload.text;
    await tell("This could not be saved", error.message, text ? ` What you wrote: “${text}”` : "");
    await outbox.discard(imageId, true);
  }
  if (page.image?.image_id === imageId) await reload();
}

async function segment(points) {
  const answer = await fetch(`api/images/${encodeURIComponent(page.image.image_id)}/segment`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ points: points.map(([x, y, inside]) => [x, y, Boolean(inside)]) }),
  });
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
  return answer.blob();
}

function saved({ entry, answer }) {
  if (entry.image_id !== page.image?.image_id) return;
  showUndo(answer);
  if (["draw", "merge", "split", "reject"].includes(entry.action)) reload({ toNew: ["draw", "split"].includes(entry.action) }).catch(fail);
}

function showSaving() {
  const waiting = outbox.entries.length;
  const saving = $("#saving");
  const changes = waiting === 1 ? "1 change" : `${waiting} changes`;
  saving.className = `saving small ${outbox.unreachable || !outbox.keeps ? "lost" : waiting ? "busy" : ""}`;
  const text = !waiting ? "Saved"
    : outbox.unreachable ? `Connection lost. ${outbox.keeps ? `${changes} kept in this browser` : `${changes} not saved: leave this page open`}`
    : "Saving…";
  if (saving.textContent !== text) saving.textContent = text;
}

async function readImages() {
  page.images = await get("api/images");
  const done = page.images.filter((image) => image.status === "finished").length;
  $("#images-done").textContent = `${done} of ${page.images.length} finished`;
}

async function chooseImage() {
  await readImages();
  const open = (imageId) => {
    $("dialog").close();
    openImage(imageId).catch(fail);
  };
  await ask("Images", imageList(page.images, page.image?.image_id, open), [["ok", "Close"]]);
}

const fail = (error) => tell("This image cannot be shown", error.message);

function key(event) {
  if ($("dialog[open]") || event.isComposing || !page.image) return;
  const long = event.target.dataset?.field === "extra_caption";
  const found = {
    "Escape": () => step().mask && acts.setQuality(step().mask.quality === "low_quality" ? "ok" : "low_quality"),
    "Shift+Escape": () => step().mask && acts.setQuality(step().mask.quality === "bad" ? "ok" : "bad"),
    "Enter": event.target.closest("button, a") || long ? null : acts.next,
    "Ctrl+Enter": () => $("#next").click(),
    "Shift+Enter": acts.back,
    "Alt+KeyZ": () => turnBack("undo"),
    "Alt+Shift+KeyZ": () => turnBack("redo"),
    "Alt+KeyV": () => $("#overlay").click(),
    "Alt+KeyR": () => tools.begin("reshape"),
    "Alt+KeyN": () => tools.begin("draw"),
    "Alt+KeyS": () => tools.begin("split"),
    "Alt+KeyM": () => tools.begin("merge"),
    "Alt+Delete": () => tools.reject(),
  }[[(event.ctrlKey || event.metaKey) && "Ctrl", event.altKey && "Alt", event.shiftKey && "Shift", event.code === "NumpadEnter" ? "Enter" : event.code].filter(Boolean).join("+")];
  if (!found) return;
  event.preventDefault();
  found();
}

function listen() {
  addEventListener("keydown", key);
  addEventListener("pagehide", () => page.image && navigator.sendBeacon(leavePath(page.image.image_id)));
  setInterval(beat, HEARTBEAT);
  outbox.addEventListener("state", showSaving);
  outbox.addEventListener("refused", ({ detail }) => settle(detail));
  outbox.addEventListener("saved", ({ detail }) => saved(detail));
  $("#undo").onclick = () => turnBack("undo");
  $("#redo").onclick = () => turnBack("redo");
  $("#help").onclick = () => showHelp(DRAWING_KEYS);
  $("#theme").onclick = () => theme.toggle();
  $("#history").onclick = async () => outbox.flush().then(async () => showHistory(await get(`api/images/${encodeURIComponent(page.image.image_id)}/history`), page.image));
  $("#images").onclick = chooseImage;
  $("#who").onclick = async () => showName(await askName(author.get()));
  $("#take-over").onclick = () => beat(true);
  viewer(stage, () => tools.isDrawing);
}

function showName(name) {
  author.set(name);
  $("#who").textContent = name;
}

async function start() {
  const session = await openSession();
  outbox = new Outbox(session, author.get);
  showName(author.get() || (await askName("")));
  page.settings = await get("api/settings");
  tools = new Tools($("#tools"), stage, masks, page, changeMasks, page.settings.segments ? segment : null);
  listen();
  whenAbandoned(session, (key) => outbox.adopt(key));
  await readImages();
  const [wanted, index] = location.hash.slice(1).split("/").map(decodeURIComponent);
  const known = page.images.find((image) => image.image_id === wanted);
  const first = page.images.find((image) => image.status === "open" && !image.held_by) ?? page.images[0];
  await openImage((known ?? first).image_id, known && index ? Number(index) : undefined);
}

start().catch(fail);
