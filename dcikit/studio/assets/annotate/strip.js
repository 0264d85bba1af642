// All steps in a row: where one is, which are complete; and the images.

import { $, el, fill } from "../dom.js";

export function showStrip(strip, image, index, open) {
  fill(strip, image.steps.map((step, place) => {
    const complete = image.isComplete(step);
    const name = step.kind === "short" ? "Short" : step.kind === "final" ? "Final" : String(place);
    const title = step.kind === "mask" ? image.name(step.mask) : `${name} description`;
    const state = complete ? "complete" : "not complete";
    return el("li", {}, el("button", {
      type: "button", title, class: `step ${complete ? "complete" : ""} ${step.mask?.quality ?? ""}`, "aria-label": `${title}: ${state}`,
      "aria-current": place === index ? "step" : null, on: { click: () => open(place) },
    }, name, el("span", { class: "dot", "aria-hidden": "true" })));
  }));
  const current = $("[aria-current]", strip);
  if (current) strip.scrollLeft = current.offsetLeft - strip.offsetLeft - (strip.clientWidth - current.offsetWidth) / 2;
}

/** Shows again which steps are complete, without a new row. */
export function refreshStrip(strip, image) {
  for (const [place, button] of [...strip.querySelectorAll("button")].entries()) {
    const complete = image.isComplete(image.steps[place]);
    button.classList.toggle("complete", complete);
    const step = image.steps[place];
    const title = step.mask ? image.name(step.mask) : button.title;
    Object.assign(button, { title });
    button.setAttribute("aria-label", `${title}: ${complete ? "complete" : "not complete"}`);
  }
}

export function imageList(images, current, open) {
  const item = ({ image_id, status, held_by }) => el("li", {}, el("button", {
    type: "button", class: "image-row", "aria-current": image_id === current ? "true" : null, on: { click: () => open(image_id) },
  }, el("span", { class: "number" }, image_id), held_by && el("span", { class: "badge warn" }, held_by),
    el("span", { class: `badge status ${status}` }, { open: "Open", finished: "Finished", skipped: "Skipped" }[status])));
  return el("ul", { class: "image-list" }, images.map(item));
}
