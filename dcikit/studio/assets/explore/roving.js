// Widgets of many items, of which one can be reached by Tab and the others from it by arrows.

/**
 * @param items a selector of those that can be reached
 * @param keys the `next` one and the `previous` one
 * @param onFocus called with the item that was reached
 */
export function roving(container, items, { next, previous }, onFocus) {
  container.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const all = [...container.querySelectorAll(items)];
    const from = all.indexOf(event.target.closest(items));
    const to = all[{ [next]: from + 1, [previous]: from - 1, Home: 0, End: all.length - 1 }[event.key]];
    if (from < 0 || !to) return;
    event.preventDefault();
    for (const item of all) item.tabIndex = item === to ? 0 : -1;
    to.focus();
    onFocus?.(to);
  });
}
