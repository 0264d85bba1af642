// The keys of the page; those of drawing are in tools.js.

import { $ } from "../dom.js";
import { turnBack } from "./images.js";
import { page } from "./page.js";

const ACTIONS = {
  "Escape": () => page.acts.toggleQuality("low_quality"),
  "Shift+Escape": () => page.acts.toggleQuality("bad"),
  "Enter": () => page.acts.next(),
  "Ctrl+Enter": () => $("#next").click(),
  "Shift+Enter": () => page.acts.back(),
  "Alt+KeyZ": () => turnBack("undo"),
  "Alt+Shift+KeyZ": () => turnBack("redo"),
  "Alt+KeyV": () => $("#overlay").click(),
  "Alt+KeyR": () => page.tools.begin("reshape"),
  "Alt+KeyN": () => page.tools.begin("draw"),
  "Alt+KeyS": () => page.tools.begin("split"),
  "Alt+KeyM": () => page.tools.begin("merge"),
  "Alt+Delete": () => page.tools.reject(),
};

export function pressed(event) {
  if ($("dialog[open]") || event.isComposing || !page.image) return;
  const name = nameOf(event);
  const isOwn = name === "Enter" && (event.target.closest("button, a, select") || event.target.dataset?.field === "extra_caption");
  if (isOwn || !ACTIONS[name]) return;
  event.preventDefault();
  ACTIONS[name]();
}

function nameOf(event) {
  const code = event.code === "NumpadEnter" ? "Enter" : event.code;
  return [(event.ctrlKey || event.metaKey) && "Ctrl", event.altKey && "Alt", event.shiftKey && "Shift", code].filter(Boolean).join("+");
}
