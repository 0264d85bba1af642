// Elements out of data: every text becomes a text node, so that markup in it stays text.

/**
 * An element. `properties` are set as properties; `class`, `role`, and names with a dash as attributes; `on` maps
 * events to listeners; null and undefined are left out. Children are elements, texts, or lists of them.
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name === "class" || name === "role" || name.includes("-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...nodes(children));
  return element;
}

function nodes(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

export const $ = (selector, root = document) => root.querySelector(selector);

/** Says something to who cannot see it happen. */
export function announce(text) {
  $("#announcements").textContent = text;
}
