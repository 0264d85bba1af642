// The buttons, wheel and pointer by which a stage is looked at.

import { $ } from "../dom.js";

/** `isDrawing` says whether the pointer is somebody else's. */
export function viewer(stage, isDrawing = () => false) {
  const { canvas } = stage;
  $("#zoom-in").onclick = () => stage.zoom(1.4);
  $("#zoom-out").onclick = () => stage.zoom(1 / 1.4);
  $("#fit").onclick = () => stage.reset();
  $("#overlay").onclick = () => {
    stage.overlay = !stage.overlay;
    $("#overlay").setAttribute("aria-pressed", stage.overlay);
    stage.draw();
  };
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    stage.zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, stage.at(event));
  }, { passive: false });

  const fingers = new Map(); // pointer -> where it is in the photo
  canvas.addEventListener("pointerdown", (event) => {
    if (isDrawing(event)) return;
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, event);
  });
  canvas.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    const [other] = [...fingers.values()].filter((each) => each.pointerId !== event.pointerId);
    const [x, y] = stage.at(last);
    const [u, v] = stage.at(event);
    if (other) stage.zoom(distance(event, other) / Math.max(distance(last, other), 1), stage.at(other));
    else stage.pan(u - x, v - y);
    fingers.set(event.pointerId, event);
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => fingers.delete(event.pointerId));
}

const distance = (one, other) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
