// The page. Where we are is in the address alone; whatever changes it changes what is shown.
import { $, announce, el, fill } from "../dom.js";
import { format, parse, QUERY } from "./address.js";
import { drawer } from "./drawer.js";
import { bindKeys } from "./keys.js";
import { List } from "./list.js";
import { CaptionMap } from "./map.js";
import { Panel, tabOf } from "./panel.js";
import { pathTo } from "./region_header.js";
import { SearchForm } from "./search_form.js";
import { openSource } from "./source.js";
import { Stage } from "./stage.js";

const hasModels = document.body.dataset.models === "true";
const hasMaps = "maps" in document.body.dataset;
const NO_DECISIONS = { models: [], regions: {} };

const source = await openSource(document.body.dataset.source);
const list = new List(source, (row) => {
  go({ image: row.image_id, region: row.key ?? "base", text: tabOf(here.text) });
  drawer.close();
});
const form = new SearchForm(source, list, lookFor);
const stage = new Stage(hover, pickUnder);
const panel = new Panel(source, { hover, pick, open: (text, replace) => go({ text }, replace) }, hasModels);

const map = hasMaps ? new CaptionMap(source, stage, document.body.dataset.maps) : null;

let here = parse("");
let shown = null; // the document of the image
let decisions = NO_DECISIONS; // of models, on it
let hovered = null; // the region under the pointer
let outlines = false;

// ----- where we are

/** Goes somewhere: what is not said stays. */
function go(change, replace = false) {
  const hash = format({ ...here, ...change });
  if (hash === location.hash) return;
  history[replace ? "replaceState" : "pushState"](null, "", hash);
  arrive();
}

async function arrive() {
  here = parse(location.hash);
  const seeking = JSON.stringify(here.query) === JSON.stringify(form.query) ? null : form.seek(here.query);
  if (!here.image) {
    await seeking;
    return openFirst();
  }
  if (shown?.image_id === here.image) showRegion();
  else openImage(); // the photo does not wait for the list
  await seeking;
  await list.mark(here.image);
}

/** Without an image in the address: the first one of the list. */
async function openFirst() {
  const row = list.total ? await list.row(0) : null;
  if (row) go({ image: row.image_id, region: row.key ?? "base" }, true);
  else showNothing();
}

/** What is looked for has changed: its best image is shown. */
async function lookFor(query) {
  history.replaceState(null, "", format({ ...here, query }));
  await arrive();
  if (QUERY.some((name) => here.query[name]) && list.total) await openFirst();
}

async function openImage() {
  const id = here.image;
  const isHere = () => here.image === id; // or else we went on meanwhile
  hovered = null;
  stage.open(source.photo(id));
  map?.show(null, null);
  try {
    const found = await Promise.all([source.document(id), hasModels ? source.decisions(id) : NO_DECISIONS]);
    if (!isHere()) return;
    [shown, decisions] = found;
    shown.regions.forEach((region, place) => (region.number = place)); // masks from 1, in the order of the tree
    $("main").classList.remove("empty");
    document.title = `${id} · ${document.body.dataset.name}`;
    stage.describe(shown);
    showRegion();
    const masks = await source.masks(id);
    if (isHere()) stage.take(masks);
  } catch (error) {
    if (!isHere()) return;
    showNothing();
    fill($("#notices"), el("p", { class: "notice bad" }, error.message));
  }
}

// ----- what is shown

function regionNow() {
  return shown?.regions.find(({ key }) => key === here.region) ?? shown?.regions[0] ?? null;
}

function showRegion() {
  const region = regionNow();
  panel.show(shown, region, here.text, decisions);
  paint();
  map?.show(shown, region);
  if (region && region.key !== "base") announce(`${region.label || "no label"}, mask ${region.number}`);
}

function showNothing() {
  shown = null;
  $("main").classList.add("empty");
}

/** Lights the region under the pointer, else the one where we are; with outlines on, outlines those in it instead. */
function paint() {
  const region = regionNow();
  const inside = outlines ? childrenOf(region) : [];
  const lit = hovered ?? (inside.length ? null : region?.key ?? null);
  stage.show(lit === "base" ? null : lit, inside.filter(({ quality }) => quality !== "bad").map(({ key }) => key));
}

function childrenOf(region) {
  return region ? shown.regions.filter(({ parent }) => parent === region.key) : [];
}

function hover(key) {
  if (key === hovered || !shown) return;
  hovered = key;
  panel.light(key);
  paint();
}

// ----- going about

function pick(key) {
  go({ region: key, text: tabOf(here.text) });
}

/** A click on the photo: the smallest region there; a further click, the next larger one; at last the image. */
function pickUnder(keys) {
  pick([...keys, "base"][keys.indexOf(here.region) + 1]);
}

function stepRegion(by) {
  if (!shown?.regions.length) return;
  const place = shown.regions.indexOf(regionNow()) + by;
  pick(shown.regions.at(place % shown.regions.length).key);
}

function up() {
  const path = shown ? pathTo(shown, regionNow()) : [];
  if (path.length > 1) pick(path.at(-2).key);
}

function down() {
  const [child] = childrenOf(regionNow());
  if (child) pick(child.key);
}

function toggleOutlines() {
  outlines = !outlines;
  $("#outlines").setAttribute("aria-pressed", String(outlines));
  paint();
}

function search() {
  drawer.open();
  $("#search").words.select();
}

function filter() {
  drawer.open();
  $("#filters").open = true;
  $("#filter-form").split.focus();
}

async function copyLink() {
  await navigator.clipboard?.writeText(location.href).then(
    () => announce("The link is copied."),
    () => announce("The link is in the address bar."),
  );
  $("#copy").classList.add("done");
  setTimeout(() => $("#copy").classList.remove("done"), 1200);
}

const openTab = (text) => () => go({ text });

bindKeys([
  [["j"], "next image", () => list.step(1)],
  [["k"], "previous image", () => list.step(-1)],
  [["r"], "random image", () => list.random()],
  [["ArrowRight", "n"], "next region", () => stepRegion(1)],
  [["ArrowLeft", "p"], "previous region", () => stepRegion(-1)],
  [["u", "Escape"], "the region around it", up],
  [["d"], "the first region in it", down],
  [["o"], "outlines of the masks", toggleOutlines],
  ...(hasMaps ? [[["m"], "map of the caption", () => map.toggle()]] : []),
  [["1"], "description", openTab("description")],
  [["2"], "summaries", openTab("summaries")],
  [["3"], "negatives", openTab("negatives")],
  [["4"], "tree", openTab("tree")],
  ...(hasModels ? [[["5"], "what models got wrong", openTab("models")]] : []),
  [["/"], "search", search],
  [["f"], "filter", filter],
  [["c"], "copy the link", copyLink],
  [["t"], "light or dark", () => theme.toggle()],
  [["?"], "these keys", () => $("#help").showModal()],
]);

const buttons = { random: () => list.random(), outlines: toggleOutlines, copy: copyLink, theme: () => theme.toggle() };
buttons["help-button"] = () => $("#help").showModal();
if (hasMaps) buttons["map-button"] = () => map.toggle();
buttons.skip = () => $("#words").focus();
for (const [id, act] of Object.entries(buttons)) $(`#${id}`).addEventListener("click", act);

addEventListener("popstate", arrive);
addEventListener("hashchange", arrive);
arrive();
