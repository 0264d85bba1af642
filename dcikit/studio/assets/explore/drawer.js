// On a phone the list of images lies over the page, when it is asked for.
import { $ } from "../dom.js";

const button = $("#open-list");

export const drawer = {
  isOpen: () => document.body.classList.contains("list-open"),

  /** Does nothing where the list is there anyway. */
  open() {
    if (button.offsetParent === null) return;
    document.body.classList.add("list-open");
    button.setAttribute("aria-expanded", "true");
    $("#rows").focus();
  },

  close() {
    if (!drawer.isOpen()) return;
    document.body.classList.remove("list-open");
    button.setAttribute("aria-expanded", "false");
    button.focus();
  },
};

button.addEventListener("click", () => (drawer.isOpen() ? drawer.close() : drawer.open()));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !drawer.isOpen()) return;
  event.preventDefault(); // it does nothing else then
  drawer.close();
});
