// The page of the annotators: begins it, and joins its parts.

import { $ } from "../dom.js";
import { askName, showHelp, showHistory } from "./dialogs.js";
import { chooseImage, fail, isFree, leave, openImage, readImages, reload, turnBack } from "./images.js";
import { pressed } from "./keys.js";
import { Outbox } from "./outbox.js";
import { imagePath, masks, page, showUndo, stage } from "./page.js";
import { HEARTBEAT, beat, leavePage, settle } from "./presence.js";
import { Refused, get } from "./server.js";
import { author, openSession, whenAbandoned } from "./session.js";
import { stepActs } from "./steps.js";
import { DRAWING_KEYS, Tools } from "./tools.js";
import { viewer } from "./viewer.js";

/** A change of the masks: what it made of them is shown when the server has it. */
const changeMasks = (action, payload) => page.outbox.add(page.image.image_id, action, payload);

function saved({ entry, answer }) {
  if (entry.image_id !== page.image?.image_id) return;
  showUndo(answer);
  const adds = ["draw", "split"].includes(entry.action);
  if (adds || ["merge", "reject"].includes(entry.action)) reload({ toNew: adds }).catch(fail);
}

async function segment(points) {
  const answer = await fetch(`${imagePath(page.image.image_id)}/segment`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ points }),
  });
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
  return answer.blob();
}

function showSaving() {
  const { entries, unreachable, keeps } = page.outbox;
  const saving = $("#saving");
  const changes = entries.length === 1 ? "1 change" : `${entries.length} changes`;
  const kept = keeps ? `${changes} kept in this browser` : `${changes} not saved: leave this page open`;
  const text = !entries.length ? "Saved" : unreachable ? `${unreachable} ${kept}` : keeps ? "Saving…" : kept;
  saving.className = `saving small ${entries.length && (unreachable || !keeps) ? "lost" : entries.length ? "busy" : ""}`;
  if (saving.textContent !== text) saving.textContent = text;
}

async function showChanges() {
  await page.outbox.flush();
  await showHistory(await get(`${imagePath(page.image.image_id)}/history`), page.image);
}

function listen() {
  const { outbox } = page;
  addEventListener("keydown", pressed);
  addEventListener("pagehide", leavePage);
  setInterval(beat, HEARTBEAT);
  outbox.addEventListener("state", showSaving);
  outbox.addEventListener("refused", ({ detail }) => settle(detail));
  outbox.addEventListener("saved", ({ detail }) => saved(detail));
  const clicks = {
    undo: () => turnBack("undo"), redo: () => turnBack("redo"), help: () => showHelp(DRAWING_KEYS), theme: () => theme.toggle(),
    history: showChanges, images: chooseImage, who: async () => showName(await askName(author.get())), "take-over": () => beat(true),
  };
  for (const [id, act] of Object.entries(clicks)) $(`#${id}`).onclick = act;
  viewer(stage, () => page.tools.isDrawing);
}

function showName(name) {
  author.set(name);
  $("#who").textContent = name;
}

async function start() {
  const session = await openSession();
  stepActs(leave);
  showName(author.get() || (await askName("")));
  page.settings = await get("api/settings");
  const { journal } = page.settings;
  page.outbox = new Outbox(journal, session, author.get);
  page.tools = new Tools($("#tools"), stage, masks, page, changeMasks, page.settings.segments ? segment : null);
  listen();
  whenAbandoned(journal, session, (key) => page.outbox.adopt(key));
  await readImages();
  const [wanted, index] = location.hash.slice(1).split("/").map(decodeURIComponent);
  const known = page.images.find((image) => image.image_id === wanted);
  const first = page.images.find(isFree) ?? page.images[0];
  await openImage((known ?? first).image_id, known && index ? Number(index) || 0 : undefined);
}

start().catch(fail);
