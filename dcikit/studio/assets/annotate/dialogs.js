// Questions that come up: who one is, what to do about somebody else, what was changed by whom.

import { el } from "../dom.js";

/** Asks something in a dialog; resolves to the value of the button that was pressed, "" if it was closed. */
export function ask(title, content, buttons) {
  return new Promise((resolve) => {
    const dialog = el("dialog", { "aria-labelledby": "dialog-title", on: { close: () => { dialog.remove(); resolve(dialog.returnValue); } } },
      el("form", { method: "dialog", class: "dialog" }, el("h2", { id: "dialog-title" }, title), content,
        el("div", { class: "moves" }, buttons.map(([value, name, kind = ""]) => el("button", { class: `button ${kind}`, value, type: "submit" }, name)))));
    document.body.append(dialog);
    dialog.showModal();
  });
}

export async function askName(name) {
  const input = el("input", { class: "input", value: name, required: true, maxLength: 100, autocomplete: "name", autofocus: true });
  const content = [el("p", { class: "soft small" }, "It stands beside every change that you make."), el("label", { class: "field" }, el("span", {}, "Your name"), input)];
  while (true) {
    await ask("Who is annotating?", content, [["ok", "Begin", "primary"]]);
    if (input.value.trim()) return input.value.trim();
  }
}

export const askTakeOver = (name) =>
  ask(`${name} is at this image`, el("p", {}, "You can read it. If you take it over, ", el("strong", {}, name), " is told, and can change nothing until you leave."),
    [["read", "Only read"], ["take", "Take over", "primary"]]);

export function askConflict(count) {
  const what = count === 1 ? "One change of yours is" : `${count} changes of yours are`;
  return ask("Somebody changed this image since", el("p", {}, `${what} based on an older version. Sent now, they replace what was written meanwhile in the same fields; the history keeps both.`),
    [["discard", "Drop mine"], ["send", "Send mine", "primary"]]);
}

export const tell = (title, ...text) => ask(title, el("p", {}, ...text), [["ok", "OK", "primary"]]);

const KEYS = [
  ["↵", "next step"], ["⇧ ↵", "step before"], ["Ctrl ↵", "next step, or finish, from a long description"], ["Esc", "low quality, or OK again: a label alone"],
  ["⇧ Esc", "bad, or OK again: no words"], ["Alt Z", "undo the last change"], ["Alt ⇧ Z", "redo it"], ["Alt V", "show the photo without the mask"],
];

export function keyList(keys) {
  const row = ([key, text]) => el("div", {}, el("dt", {}, key.split(" ").map((part) => el("kbd", {}, part))), el("dd", {}, text));
  return el("dl", { class: "keys" }, keys.map(row));
}

export const showHelp = (more = []) => ask("Keys", keyList([...KEYS, ...more]), [["ok", "Close", "primary"]]);

const ACTIONS = {
  write: "wrote", draw: "drew a mask", reshape: "reshaped a mask", split: "split a mask", merge: "merged masks", reject: "rejected a mask", accept: "kept as it was",
  finish: "finished the image", skip: "skipped the image", reopen: "opened the image again", undo: "undid a change", redo: "redid a change",
};

export function showHistory(events, image) {
  const nameOf = (maskId) => (image.byId.has(maskId) ? image.name(image.byId.get(maskId)) : `mask ${maskId}`);
  const place = ([top, maskId, field]) => (top === "mask_data" ? `${nameOf(maskId)} · ${field.replace("mask_quality", "quality")}` : top.replace("_", " "));
  const edits = (event) => event.edits.filter((edit) => edit.path[0] !== "mask_keys" && edit.path.length !== 2);
  const item = (event) => el("li", {},
    el("p", { class: "small" }, el("strong", {}, event.author), ` ${ACTIONS[event.action] ?? event.action} `,
      el("time", { class: "soft", dateTime: event.time }, new Date(event.time).toLocaleString())),
    edits(event).map((edit) => el("p", { class: "small edit" }, el("span", { class: "soft" }, place(edit.path)), " ",
      el("del", {}, String(edit.before ?? "")), " ", el("ins", {}, String(edit.after ?? "")))));
  const content = events.length ? el("ol", { class: "history", tabIndex: 0 }, events.map(item)) : el("p", { class: "soft" }, "Nobody changed it yet.");
  return ask("History of this image", content, [["ok", "Close", "primary"]]);
}
