// The page of the reviewers: one region after the other, accepted, fixed or rejected.

import { $, announce, fill } from "../dom.js";
import { ask, askName, keyList, tell } from "../annotate/dialogs.js";
import { Masks } from "../annotate/masks.js";
import { Refused, get, post } from "../annotate/server.js";
import { author, newId, openSession } from "../annotate/session.js";
import { Stage, contextOf } from "../annotate/stage.js";
import { viewer } from "../annotate/viewer.js";
import { formValues, showRegion } from "./form.js";
import { showRates } from "./rates.js";

const KEYS = [
  ["A", "accept"], ["F", "fix"], ["R", "reject"], ["1 – 7", "a reason"], ["Ctrl ↵", "save the fix, or reject"], ["Esc", "cancel"],
  ["→", "next region"], ["←", "region before"], ["N", "next open region"], ["V", "show the photo without the mask"],
];

const page = { queue: [], place: 0, image: null, photo: null, mode: "read", busy: false };
const masks = new Masks();
const stage = new Stage($("#photo"));
const locator = new Stage($("#locator"));
let session;

const entry = () => page.queue[page.place];
const mask = () => page.image.masks.find((each) => each.region === entry().region) ?? null;
const imagePath = (imageId) => `api/images/${encodeURIComponent(imageId)}`;

const acts = {
  accept: () => saving(() => decide("accepted", [], "")),
  fix: () => page.noFix || setMode("fix"),
  reject: () => setMode("reject"),
  cancel: () => setMode("read"),
  send: () => (page.mode === "fix" ? sendFix() : sendRejection()),
  move: (by) => open(page.place + by),
};

function setMode(mode) {
  page.mode = mode;
  draw();
}

function draw() {
  showRegion($("#panel"), {
    image: page.image, mask: mask(), entry: entry(), place: page.place, count: page.queue.length, reasons: page.reasons, noFix: page.noFix, mode: page.mode,
  }, acts);
  const done = page.queue.filter((each) => each.decision).length;
  $("#progress").textContent = `${done} of ${page.queue.length} decided`;
  $("#meter span").style.width = `${(100 * done) / page.queue.length}%`;
}

async function open(place) {
  page.place = Math.max(0, Math.min(place, page.queue.length - 1));
  page.mode = "read";
  const { image_id: imageId, region } = entry();
  history.replaceState(null, "", `#${encodeURIComponent(imageId)}/${encodeURIComponent(region)}`);
  if (page.image?.image_id !== imageId) {
    const [image, answer] = await Promise.all([get(imagePath(imageId)), fetch(`${imagePath(imageId)}/photo`)]);
    if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
    const photo = await createImageBitmap(await answer.blob());
    if (entry().image_id !== imageId) return;
    Object.assign(page, { image, photo });
  }
  draw();
  $("#panel").scrollTop = 0;
  await showPhoto();
}

async function showPhoto() {
  const { image, photo } = page;
  const shown = mask();
  const whole = [0, 0, image.width, image.height];
  $("#locator").hidden = $("#overlay").hidden = !shown;
  $("#locator").style.aspectRatio = `${image.width} / ${image.height}`;
  const canvas = shown && (await masks.load(image.image_id, shown));
  if (page.image !== image || mask() !== shown) return;
  stage.show(photo, shown ? contextOf(shown, image.masks.find((each) => each.mask_id === shown.parent_id), image) : whole, canvas);
  if (shown) locator.show(photo, whole, canvas);
}

function openNext() {
  const { queue, place } = page;
  const next = [...queue.slice(place + 1), ...queue.slice(0, place)].find((each) => !each.decision);
  if (next) return open(queue.indexOf(next));
  draw();
  return tell("Everything is decided", `All ${queue.length} regions have a decision. `, "dci export --accepted-only writes those that were accepted.");
}

async function decide(verdict, reasons, note) {
  const about = entry();
  const { digest } = mask() ?? page.image;
  about.decision = await post("api/decisions", {
    decision_id: newId(), image_id: about.image_id, region: about.region, digest, verdict, reasons, note, reviewer: author.get(),
  });
  announce(`Region ${verdict}`);
}

function problem(text) {
  Object.assign($("#problem"), { hidden: false, textContent: text });
}

async function sendRejection() {
  const { reasons, note } = formValues($("#panel"));
  if (!reasons.length) return problem("Say why: choose one reason at least.");
  await saving(() => decide("rejected", reasons, note));
}

/** Changes the texts as an annotator would, each a change in the history, then decides about what is there now. */
async function sendFix() {
  const { fixes, reasons, note } = formValues($("#panel"));
  const shown = mask();
  const changed = Object.entries(fixes).filter(([field, text]) => text !== (shown ?? page.image)[field]);
  if (!changed.length) return problem("Nothing is changed. Accept it, or change something.");
  const imageId = entry().image_id;
  await saving(async () => {
    for (const [field, text] of changed) {
      const payload = shown ? { mask: shown.mask_id, field, text } : { field, text };
      const who = { journal: page.journal, event_id: newId(), session, author: author.get(), version: page.image.version };
      const { version } = await post(`${imagePath(imageId)}/changes`, { ...who, action: "write", payload });
      page.image.version = version;
    }
    post(`${imagePath(imageId)}/leave?session=${session}`, {}).catch(() => {});
    page.image = await get(imagePath(imageId));
    await decide("fixed", reasons, note);
  });
}

/** Runs something that talks to the server, and says how it went. Nothing else is begun meanwhile. */
async function saving(work) {
  if (page.busy) return;
  page.busy = true;
  showSaving("Saving…", "busy");
  try {
    await work();
    showSaving("Saved", "");
    page.busy = false;
    await openNext();
  } catch (error) {
    page.busy = false;
    showSaving("Not saved", "lost");
    await explain(error);
  }
}

async function explain(error) {
  if (error instanceof Refused && [409, 423].includes(error.status)) {
    await tell(error.status === 423 ? `${error.body.held_by} is at this image` : "It was changed since", "The region is shown as it is now. Decide again.");
    page.image = null;
    await open(page.place);
  } else await tell("This could not be saved", error.message, " Nothing is lost: try again.");
}

function showSaving(text, kind) {
  $("#saving").className = `saving small ${kind}`;
  $("#saving").textContent = text;
}

function key(event) {
  if ($("dialog[open]") || !page.image) return;
  const typing = event.target.matches("textarea, select");
  if (event.key === "Escape" && page.mode !== "read") return run(event, acts.cancel);
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && page.mode !== "read") return run(event, acts.send);
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const reason = [...document.querySelectorAll("[data-reason]")][Number(event.key) - 1];
  if (reason) return run(event, () => (reason.checked = !reason.checked));
  if (page.mode !== "read") return;
  const act = { a: acts.accept, f: acts.fix, r: acts.reject, n: openNext, v: () => $("#overlay").click(), ArrowRight: () => acts.move(1), ArrowLeft: () => acts.move(-1) }[event.key];
  if (act) run(event, act);
}

function run(event, act) {
  event.preventDefault();
  act();
}

function showName(name) {
  author.set(name);
  $("#who").textContent = name;
}

async function start() {
  session = await openSession();
  showName(author.get() || (await askName("")));
  const { regions, reasons, no_fix: noFix, journal } = await get("api/regions");
  Object.assign(page, { queue: regions, reasons, noFix, journal });
  if (!regions.length) return fill($("#panel"), "There is nothing to review: no region has any words.");
  addEventListener("keydown", key);
  viewer(stage);
  $("#next-open").onclick = openNext;
  $("#rates").onclick = () => showRates(page.reasons);
  $("#help").onclick = () => ask("Keys", keyList(KEYS), [["ok", "Close", "primary"]]);
  $("#theme").onclick = () => theme.toggle();
  $("#who").onclick = async () => showName(await askName(author.get()));
  const [imageId, region] = location.hash.slice(1).split("/").map(decodeURIComponent);
  const wanted = regions.findIndex((each) => each.image_id === imageId && each.region === region);
  const first = regions.findIndex((each) => !each.decision);
  await open(wanted >= 0 ? wanted : Math.max(first, 0));
}

start().catch((error) => tell("The review cannot be shown", error.message));
