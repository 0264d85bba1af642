// Widgets of many items, of which one can be reached by Tab and the others from it by arrows.

/** Gives the arrows of `container` their meaning. `items()` are those that can be reached, in order. */
export function roving(container, items, onFocus) {
  const focusOn = (item) => {
    if (!item) return;
    for (const other of items()) other.tabIndex = other === item ? 0 : -1;
    item.focus();
    onFocus?.(item);
  };
  container.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const all = items();
    const from = all.indexOf(event.target.closest("[data-key], [data-tab]"));
    const to = { ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined || from < 0) return;
    event.preventDefault();
    event.stopPropagation();
    focusOn(all[to]);
  });
}
