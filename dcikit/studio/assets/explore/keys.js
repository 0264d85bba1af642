// Keys that work anywhere on the page but in a field, and the dialog that lists them.
import { $, el, fill } from "../dom.js";

const STORED = "dci-single-keys";

/** @param keys [[names, what it does, function], ...]; a name is a `key` of a keyboard event. */
export function bindKeys(keys) {
  const actions = new Map(keys.flatMap(([names, , act]) => names.map((name) => [name, act])));
  const single = $("#single-keys");
  single.checked = stored() !== "off";
  single.addEventListener("change", () => store(single.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const typing = event.target.closest("input, select, textarea, dialog");
    if (typing || (event.key.length === 1 && !single.checked && event.key !== "?")) return;
    const act = actions.get(event.key);
    if (!act) return;
    event.preventDefault();
    act(event);
  });
  const listed = ([names, what]) => [
    el("dt", {}, names.map((name) => [el("kbd", {}, shown(name)), " "])),
    el("dd", {}, what),
  ];
  fill($("#keys"), keys.map(listed));
}

const shown = (name) => ({ ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" })[name] ?? name;

function stored() {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null; // storage is forbidden
  }
}

function store(value) {
  try {
    localStorage.setItem(STORED, value);
  } catch {} // then until the page is left
}
