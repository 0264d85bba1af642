// The words beside the photo: the path to the region, what it is, and one of the views of its texts.
import { $, el, fill } from "../dom.js";
import { descriptionView, QUALITY } from "./description.js";
import { modelsView } from "./models.js";
import { roving } from "./roving.js";
import { hueOf } from "./stage.js";
import { negativesView, summariesView } from "./texts.js";
import { treeView } from "./tree.js";

const TABS = { description: "Description", summaries: "Summaries", negatives: "Negatives", tree: "Tree", models: "Models" };

/** The tab that a text of the address is in: `summary-2` is in summaries. */
export function tabOf(text) {
  if (text in TABS) return text;
  if (/^summary-\d+$/.test(text)) return "summaries";
  return /^(basic|layout|swaps)-\d+$/.test(text) ? "negatives" : "description";
}

export class Panel {
  /**
   * @param handlers {hover(key), pick(key), open(text)}
   * @param hasModels whether there is anything to say of models
   */
  constructor(source, handlers, hasModels) {
    this.source = source;
    this.folded = new Set();
    this.handlers = { ...handlers, folded: this.folded, fold: (key, folded) => this.fold(key, folded) };
    const tabs = Object.entries(TABS).filter(([tab]) => hasModels || tab !== "models").map(([tab, title]) =>
      el("button", { role: "tab", id: `tab-${tab}`, "aria-controls": "view", dataset: { tab }, on: { click: () => handlers.open(tab) } },
        title, el("span", { class: "badge number", hidden: true })));
    fill($("#tabs"), tabs).addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const to = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
      event.preventDefault();
      event.stopPropagation();
      to.focus();
      to.click();
    });
    roving($("#view"), () => [...$("#view").querySelectorAll("[data-key]")]);
    $("#view").addEventListener("keydown", (event) => {
      const item = event.target.closest("[data-key]");
      if (item && ["Enter", " "].includes(event.key)) {
        event.preventDefault();
        handlers.pick(item.dataset.key);
      }
    });
    $("#view").addEventListener("click", (event) => {
      const link = event.target.closest("[data-link]");
      if (link) handlers.open(link.dataset.link, true);
    });
  }

  /** @param decisions {models, regions} of the document's image */
  show(document, region, text, decisions) {
    const changed = this.document !== document || this.tab !== tabOf(text);
    if (this.document !== document) this.folded.clear();
    Object.assign(this, { document, region, text, decisions, tab: tabOf(text) });
    fill($("#notices"), notices(document));
    if (!region) {
      for (const part of ["#crumbs", "#region", "#facts", "#view"]) fill($(part));
      return;
    }
    const focused = globalThis.document.activeElement.closest("#view [data-key]");
    fill($("#crumbs"), crumbs(document, region, this.handlers));
    fill($("#region"), named(region));
    fill($("#facts"), facts(document, region));
    this.showTabs();
    const scrolled = $("#view").scrollTop;
    fill($("#view"), this.view());
    if (focused) $("#view").querySelector(`[data-key="${CSS.escape(region.key)}"]`)?.focus();
    $("#view").scrollTop = changed ? 0 : scrolled;
    $("#view").querySelector(region.key === "base" ? ".current" : ".current, [aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  view() {
    const { document, region, text, decisions, handlers, source } = this;
    return {
      description: () => descriptionView(document, region, handlers),
      summaries: () => summariesView(document, region, text),
      negatives: () => negativesView(document, region, text),
      tree: () => treeView(document, region, handlers),
      models: () => modelsView(region, decisions, source),
    }[this.tab]();
  }

  showTabs() {
    const counts = { summaries: this.region.summaries.length, negatives: Object.values(this.region.negatives).flat().length, tree: this.document.regions.length - 1, models: this.decisions.regions[this.region.key]?.filter(({ models }) => models.some((each) => each && !each.correct)).length };
    for (const tab of $("#tabs").children) {
      const selected = tab.dataset.tab === this.tab;
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
      const count = counts[tab.dataset.tab];
      tab.lastChild.hidden = count === undefined;
      tab.lastChild.textContent = count ?? "";
      if (selected) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    $("#view").setAttribute("aria-labelledby", `tab-${this.tab}`);
  }

  /** Marks what is under the pointer, if the view has it. */
  light(key) {
    for (const item of $("#view").querySelectorAll("[data-key]")) item.classList.toggle("lit", item.dataset.key === key);
  }

  fold(key, folded) {
    if (folded) this.folded.add(key);
    else this.folded.delete(key);
    fill($("#view"), this.view());
    $("#view").querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
  }
}

/** The regions from the image down to this one. */
export function pathTo(document, region) {
  const byKey = new Map(document.regions.map((each) => [each.key, each]));
  const path = [];
  for (let each = region; each; each = byKey.get(each.parent)) path.unshift(each);
  return path;
}

/** What holds the region, the image first. */
function crumbs(document, region, { pick, hover }) {
  return pathTo(document, region).slice(0, -1).map((each) =>
    el("li", {}, el("button", {
      class: "crumb", on: { click: () => pick(each.key), pointerenter: () => hover(each.key), pointerleave: () => hover(null) },
    }, named(each))));
}

/** A region's number and label. */
const named = (region) => region.key === "base"
  ? ["Image"]
  : [el("span", { class: `chip ${hueOf(region.number)}` }, String(region.number)), " ", region.label || "no label"];

function facts(document, region) {
  const [x0, y0, x1, y1] = region.box;
  const share = region.area * 100;
  return [
    QUALITY[region.quality] ? el("span", { class: `badge ${region.quality === "bad" ? "bad" : "warn"}` }, QUALITY[region.quality]) : null,
    el("span", { class: "badge number" }, `${x1 - x0} × ${y1 - y0} px`),
    region.key === "base" ? el("span", { class: "badge" }, document.split) : el("span", { class: "badge number" }, `${share < 1 ? share.toFixed(2) : share.toFixed(1)} % of the photo`),
    region.key === "base" ? el("span", { class: "badge number" }, document.image_id) : el("span", { class: "badge number" }, `depth ${region.depth}`),
    region.key === "base" ? null : el("span", { class: "badge" }, region.too_small ? "under 224 px: not scored" : "subcrop"),
  ];
}

function notices(document) {
  const excluded = Object.entries(document.excluded ?? {});
  return [
    document.defects.map((defect) => el("p", { class: "notice bad" }, defect)),
    excluded.length ? el("p", { class: "notice" }, `Dropped from ${excluded.map(([suite, reason]) => `suite ${suite} (${reason})`).join(", ")}.`) : null,
  ];
}
