// Changes on their way to the server: kept in the browser from the first keystroke until they are acknowledged, sent in
// order, and sent again after a lost connection. The server counts an event once, by its id.

import { newId, outboxKey, storage } from "./session.js";
import { Refused, Unreachable, post } from "./server.js";

const PAUSE = 400; // ms without a keystroke, after which a text is sent
const RETRY = [1000, 2000, 4000, 8000];

export class Outbox extends EventTarget {
  /** `author` gives the name; events: "state" whenever there is something else to say of it, "saved" and "refused" an entry. */
  constructor(journal, session, author) {
    super();
    this.journal = journal;
    this.session = session;
    this.author = author;
    this.key = outboxKey(journal, session);
    const kept = parsed(storage.read(this.key));
    this.entries = kept.entries;
    this.versions = kept.versions; // image -> the version that the next change of it is based on
    this.unreachable = ""; // why nothing can be sent for now
    this.paused = null; // an entry that the server refused, until somebody decides
    this.keeps = true;
    this.failures = 0;
    addEventListener("online", () => this.flush());
  }

  /** Takes over what a closed tab left. */
  adopt(key) {
    const { entries, versions } = parsed(storage.read(key));
    if (!entries.length) return;
    for (const entry of entries) this.entries.push(entry);
    for (const [image, version] of Object.entries(versions)) if (entries.some((entry) => entry.image_id === image)) this.versions[image] = version;
    this.keep();
    storage.write(key, null);
    this.flush();
  }

  /** The version that an image was read with; changes that are waiting are based on an older one. */
  base(imageId, version) {
    if (!this.waiting(imageId)) this.versions[imageId] = Math.max(version, this.versions[imageId] ?? 0);
  }

  waiting(imageId) {
    return this.entries.filter((entry) => entry.image_id === imageId).length;
  }

  /** A text as it is typed: what is still waiting of the same field becomes this one. */
  write(imageId, { text, ...place }) {
    const payload = { ...place, text: text.toWellFormed() };
    const same = this.entries.findLast((entry) => entry.image_id === imageId);
    const replaces = same && !same.tried && same.action === "write" && same.payload.field === payload.field && same.payload.mask === payload.mask;
    if (replaces) same.payload = payload;
    else this.entries.push({ event_id: newId(), image_id: imageId, action: "write", payload, author: this.author() });
    this.keep();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), PAUSE);
    this.tell();
  }

  /** Anything else; resolves when all that waits is acknowledged, or cannot be for now. */
  add(imageId, action, payload = {}) {
    this.entries.push({ event_id: newId(), image_id: imageId, action, payload, author: this.author() });
    this.keep();
    return this.flush();
  }

  /** Sends what waits; true if nothing does any more. */
  async flush() {
    clearTimeout(this.timer);
    this.running ??= this.#send().finally(() => (this.running = null));
    await this.running;
    return this.entries.length === 0;
  }

  async #send() {
    while (this.entries.length && !this.paused) {
      const [entry] = this.entries;
      entry.tried = true;
      this.tell();
      try {
        const answer = await post(`api/images/${encodeURIComponent(entry.image_id)}/changes`, {
          journal: this.journal, event_id: entry.event_id, session: this.session, author: entry.author, action: entry.action, payload: entry.payload,
          version: this.versions[entry.image_id] ?? 0,
        });
        this.failures = 0;
        this.unreachable = "";
        this.versions[entry.image_id] = answer.version;
        this.#drop(entry);
        this.dispatchEvent(new CustomEvent("saved", { detail: { entry, answer } }));
      } catch (error) {
        if (error instanceof Unreachable) return this.#retry(error.message);
        if (!(error instanceof Refused)) throw error;
        this.unreachable = "";
        this.paused = entry;
        this.dispatchEvent(new CustomEvent("refused", { detail: { entry, error } }));
      }
    }
    this.tell();
  }

  #retry(why) {
    this.unreachable = why;
    const wait = RETRY[Math.min(this.failures++, RETRY.length - 1)];
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), wait);
    this.tell();
  }

  /** After a refusal: send again, from another version if it is given. */
  resume(imageId, version) {
    if (version !== undefined) this.versions[imageId] = version;
    this.paused = null;
    return this.flush();
  }

  /** After a refusal: forget the entry, or all of its image. */
  discard(imageId, onlyFirst = false) {
    const first = this.paused;
    this.entries = this.entries.filter((entry) => (onlyFirst ? entry !== first : entry.image_id !== imageId));
    this.paused = null;
    this.keep();
    return this.flush();
  }

  #drop(entry) {
    this.entries = this.entries.filter((other) => other !== entry);
    this.keep();
  }

  keep() {
    const some = this.entries.length > 0;
    this.keeps = storage.write(this.key, some ? JSON.stringify({ entries: this.entries, versions: this.versions }) : null);
  }

  tell() {
    this.dispatchEvent(new Event("state"));
  }
}

function parsed(text) {
  try {
    const { entries, versions } = JSON.parse(text);
    return { entries: Array.isArray(entries) ? entries : [], versions: versions ?? {} };
  } catch {
    return { entries: [], versions: {} };
  }
}
