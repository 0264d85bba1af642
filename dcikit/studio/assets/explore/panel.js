// The words beside the photo: what the region is, and one of the views of its texts.
import { $, el, fill } from "../dom.js";
import { descriptionView } from "./description.js";
import { countWrong, modelsView } from "./models.js";
import { showHeader, showNotices } from "./region_header.js";
import { roving } from "./roving.js";
import { negativesView, summariesView } from "./texts.js";
import { treeView } from "./tree.js";

const TABS = {
  description: ["Description", descriptionView],
  summaries: ["Summaries", summariesView],
  negatives: ["Negatives", negativesView],
  tree: ["Tree", treeView],
  models: ["Models", modelsView],
};

/** The tab that a text of the address is in: `summary-2` is in summaries. */
export function tabOf(text) {
  if (text in TABS) return text;
  if (/^summary-\d+$/.test(text)) return "summaries";
  return /^[a-z]+-\d+$/.test(text) ? "negatives" : "description";
}

export class Panel {
  /**
   * @param handlers {hover(key), pick(key), open(text, replace)}
   * @param hasModels whether there is anything to say of models
   */
  constructor(source, handlers, hasModels) {
    this.view = $("#view");
    this.folded = new Set();
    this.handlers = { ...handlers, folded: this.folded, fold: (key, folded) => this.fold(key, folded) };
    this.shown = { source, handlers: this.handlers }; // what views are made of
    this.tabs = Object.keys(TABS).filter((tab) => hasModels || tab !== "models").map((tab) => this.tab(tab));
    fill($("#tabs"), this.tabs);
    roving($("#tabs"), "[role=tab]", { next: "ArrowRight", previous: "ArrowLeft" }, (tab) => tab.click());
    roving(this.view, "[data-key]", { next: "ArrowDown", previous: "ArrowUp" });
    this.view.addEventListener("keydown", (event) => this.key(event));
    this.view.addEventListener("click", (event) => {
      const link = event.target.closest("[data-link]");
      if (link) handlers.open(link.dataset.link, true);
    });
  }

  tab(tab) {
    const on = { click: () => this.handlers.open(tab) };
    return el("button", { role: "tab", id: `tab-${tab}`, "aria-controls": "view", dataset: { tab }, on },
      TABS[tab][0], el("span", { class: "badge number" }));
  }

  /**
   * @param text what the address names: a tab, or a text in one
   * @param decisions {models, regions} of the document's image
   */
  show(document, region, text, decisions) {
    const isSame = this.shown.document === document && this.current === tabOf(text);
    if (this.shown.document !== document) this.folded.clear();
    this.current = tabOf(text);
    Object.assign(this.shown, { document, region, text, decisions });
    showNotices(document);
    this.view.hidden = !region; // an image that cannot be read has none
    if (!region) return;
    showHeader(document, region, this.handlers);
    this.markTabs();
    const { scrollTop } = this.view;
    this.fill();
    this.view.scrollTop = isSame ? scrollTop : 0;
    if (!isSame) $("main").scrollTop = 0; // on a phone it scrolls as a whole
    const current = region.key === "base" ? ".current" : ".current, [aria-selected=true]";
    this.view.querySelector(current)?.scrollIntoView({ block: "nearest" });
  }

  /** Makes the view; what had the focus in it has it again. */
  fill() {
    const focused = document.activeElement.closest("#view [data-key]")?.dataset.key;
    fill(this.view, TABS[this.current][1](this.shown));
    if (focused) this.items().find(({ dataset }) => dataset.key === focused)?.focus();
  }

  items() {
    return [...this.view.querySelectorAll("[data-key]")];
  }

  markTabs() {
    const { document, region, decisions } = this.shown;
    const counts = {
      summaries: region.summaries.length,
      negatives: Object.values(region.negatives).flat().length,
      tree: document.regions.length - 1,
      models: (decisions.regions[region.key] ?? []).filter(countWrong).length,
    };
    for (const tab of this.tabs) {
      const selected = tab.dataset.tab === this.current;
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
      tab.lastChild.textContent = counts[tab.dataset.tab] ?? "";
      if (selected) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    this.view.setAttribute("aria-labelledby", `tab-${this.current}`);
  }

  /** Marks what is under the pointer, if the view has it. */
  light(key) {
    for (const item of this.items()) item.classList.toggle("lit", item.dataset.key === key);
  }

  fold(key, folded) {
    if (folded) this.folded.add(key);
    else this.folded.delete(key);
    this.fill();
  }

  key(event) {
    const item = event.target.closest("[data-key]");
    if (!item || !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    this.handlers.pick(item.dataset.key);
  }
}
