// The page: where we are is in the address alone; whatever changes it changes what is shown.
import { $, announce, el, fill } from "../dom.js";
import { FILTERS, format, parse, QUERY } from "./address.js";
import { bindKeys } from "./keys.js";
import { List } from "./list.js";
import { Panel, pathTo, tabOf } from "./panel.js";
import { openSource } from "./source.js";
import { Stage } from "./stage.js";

const TYPING = 150; // ms after the last key, before it is searched
const LOOKING = 1000; // ms between two looks at an index that is being made

const source = await openSource(document.body.dataset.source);
const list = new List(source, (row, place) => {
  listPlace = place;
  go({ image: row.image_id, region: row.key ?? "base", text: keptTab() });
  closeList();
});
const stage = new Stage(hover, (keys) => {
  const at = keys.indexOf(here.region);
  pick(keys[at + 1] ?? (at < 0 ? "base" : keys[0] ?? "base")); // each click one further out, then again the smallest
});
const hasModels = document.body.dataset.models === "true";
const panel = new Panel(source, { hover, pick, open: (text, replace) => go({ text }, replace) }, hasModels);

let here = { image: "", region: "base", text: "description", query: null };
let shown = null; // the document that is shown
let decisions = null; // of models, on it
let hovered = null;
let outlines = false;
let listPlace = null;

const keptTab = () => tabOf(here.text);
const regionNow = () => shown?.regions.find(({ key }) => key === here.region) ?? shown?.regions[0] ?? null;

/** Goes somewhere: what is not said stays. */
function go(change, replace = false) {
  const hash = format({ ...here, ...change });
  if (hash === location.hash) return;
  history[replace ? "replaceState" : "pushState"](null, "", hash);
  arrive();
}

async function arrive() {
  const to = parse(location.hash);
  const sought = JSON.stringify(to.query) !== JSON.stringify(here.query);
  const moved = to.image !== here.image;
  here = to;
  if (sought) await seek();
  if (!here.image) return first();
  if (moved || shown?.image_id !== here.image) await openImage();
  else showRegion();
}

/** Without an image in the address: the first one of the list. */
async function first() {
  const row = list.total ? await list.row(0) : null;
  if (row) go({ image: row.image_id, region: row.key ?? "base" }, true);
  else nothing();
}

function nothing() {
  shown = null;
  $("main").classList.add("empty");
}

async function openImage() {
  const id = here.image;
  hovered = null;
  try {
    const [found, decided] = await Promise.all([source.document(id), hasModels ? source.decisions(id) : { models: [], regions: {} }]);
    if (here.image !== id) return;
    number(found);
    [shown, decisions] = [found, decided];
    $("main").classList.remove("empty");
    stage.open(source.photo(id), found);
    showRegion();
    document.title = `${id} · ${document.body.dataset.name}`;
    markInList();
    stage.take(await source.masks(id).then((masks) => (here.image === id ? masks : {})));
    if (here.image === id) paintStage();
  } catch (error) {
    if (here.image !== id) return;
    nothing();
    fill($("#notices"), el("p", { class: "notice bad" }, error.message));
  }
}

/** Every mask has a number, in the order of the tree. */
function number(found) {
  found.regions.forEach((region, place) => (region.number = place));
}

async function markInList() {
  if (listPlace === null || (await list.row(listPlace))?.image_id !== here.image) listPlace = await source.place(here.query, here.image);
  list.show(listPlace);
}

function showRegion() {
  const region = regionNow();
  panel.show(shown, region, here.text, decisions);
  paintStage();
  if (region && region.key !== "base") announce(`${region.label || "no label"}, mask ${region.number}`);
}

function paintStage() {
  const region = regionNow();
  const inside = outlines && region ? shown.regions.filter(({ parent, quality }) => parent === (region.key === "base" || hasChildren(region) ? region.key : region.parent) && quality !== "bad") : [];
  const lit = hovered ?? (outlines && region && hasChildren(region) ? null : region?.key);
  stage.show(lit === "base" ? null : lit, inside.map(({ key }) => key));
}

const hasChildren = (region) => shown.regions.some(({ parent }) => parent === region.key);

function hover(key) {
  if (key === hovered || !shown) return;
  hovered = key;
  panel.light(key);
  paintStage();
}

function pick(key) {
  go({ region: key, text: keptTab() });
}

/** The regions one after another, as the tree has them. */
function stepRegion(by) {
  if (!shown?.regions.length) return;
  const place = shown.regions.indexOf(regionNow()) + by;
  pick(shown.regions[(place + shown.regions.length) % shown.regions.length].key);
}

function up() {
  const path = shown ? pathTo(shown, regionNow()) : [];
  if (path.length > 1) pick(path.at(-2).key);
}

function down() {
  const child = shown?.regions.find(({ parent }) => parent === here.region);
  if (child) pick(child.key);
}

// ----- search and filters

let typing = 0;
let looking = 0;

async function seek() {
  $("#search").words.value = here.query.words;
  for (const name of FILTERS) if ($("#filter-form")[name]) $("#filter-form")[name].value = here.query[name] || $("#filter-form")[name].options?.[0].value || "";
  const set = FILTERS.filter((name) => here.query[name] && name !== "score").length;
  $("#filter-count").hidden = !set;
  $("#filter-count").textContent = set;
  listPlace = null;
  clearTimeout(looking);
  try {
    await look();
  } catch (error) {
    if (error.name !== "AbortError") $("#count").textContent = error.message;
  }
}

/** Asks for the list; again, while the index is being made. */
async function look(again = false) {
  const query = here.query;
  const answer = await list.open(query, again);
  const of = QUERY.some((name) => query[name]) ? `${answer.total.toLocaleString("en")} of ${answer.images.toLocaleString("en")} images` : `${answer.images.toLocaleString("en")} images`;
  const making = answer.indexed < answer.images && !answer.error;
  $("#count").textContent = answer.error ?? (making ? `${of} · indexing ${answer.indexed.toLocaleString("en")}` : of);
  if (again) list.show(listPlace);
  if (making) looking = setTimeout(() => look(true).catch(() => {}), LOOKING);
  else if (!$("#labels").children.length) fill($("#labels"), (await source.labels()).map((value) => el("option", { value })));
}

function queryNow() {
  const form = $("#filter-form");
  const query = Object.fromEntries(FILTERS.map((name) => [name, form[name]?.value ?? ""])); // no models, no fields for them
  if (!query.wrong) query.score = "";
  return { words: $("#search").words.value.trimStart(), ...query };
}

function changeQuery() {
  clearTimeout(typing);
  typing = setTimeout(async () => {
    if (JSON.stringify(queryNow()) === JSON.stringify(here.query)) return;
    history.replaceState(null, "", format({ ...here, query: queryNow() }));
    await arrive();
    if (QUERY.some((name) => here.query[name]) && list.total) {
      const row = await list.row(0);
      listPlace = 0;
      go({ image: row.image_id, region: row.key ?? "base" }, true);
      list.show(0);
    }
  }, TYPING);
}

$("#search").addEventListener("input", changeQuery);
$("#search").addEventListener("submit", (event) => {
  event.preventDefault();
  $("#rows").focus();
});
$("#filter-form").addEventListener("input", changeQuery);
$("#filter-form").addEventListener("submit", (event) => event.preventDefault());
$("#filter-form").addEventListener("reset", () => setTimeout(changeQuery));

// ----- buttons and keys

function openList() {
  document.body.classList.add("list-open");
  $("#open-list").setAttribute("aria-expanded", "true");
  $("#rows").focus();
}

function closeList() {
  if (!document.body.classList.contains("list-open")) return;
  document.body.classList.remove("list-open");
  $("#open-list").setAttribute("aria-expanded", "false");
  $("#open-list").focus();
}

function toggleOutlines() {
  outlines = !outlines;
  $("#outlines").setAttribute("aria-pressed", String(outlines));
  paintStage();
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(location.href);
    announce("The link is copied");
  } catch {
    announce("The link is in the address bar");
  }
  $("#copy").classList.add("done");
  setTimeout(() => $("#copy").classList.remove("done"), 1200);
}

function escape() {
  if (document.body.classList.contains("list-open")) closeList();
  else if (here.region !== "base") up();
}

function search() {
  if (getComputedStyle($("#open-list")).display !== "none") openList();
  $("#search").words.focus();
  $("#search").words.select();
}

const openTab = (tab) => () => go({ text: tab });
bindKeys([
  [["j"], "next image", () => list.step(1)],
  [["k"], "previous image", () => list.step(-1)],
  [["r"], "random image", () => list.random()],
  [["ArrowRight", "n"], "next region", () => stepRegion(1)],
  [["ArrowLeft", "p"], "previous region", () => stepRegion(-1)],
  [["u", "Escape"], "the region around it", escape],
  [["d"], "the first region in it", down],
  [["o"], "outlines of the masks", toggleOutlines],
  [["1"], "description", openTab("description")],
  [["2"], "summaries", openTab("summaries")],
  [["3"], "negatives", openTab("negatives")],
  [["4"], "tree", openTab("tree")],
  ...(hasModels ? [[["5"], "what models got wrong", openTab("models")]] : []),
  [["/"], "search", search],
  [["f"], "filter", () => { openList(); $("#filters").open = true; $("#filter-form").split.focus(); }],
  [["c"], "copy the link", copyLink],
  [["t"], "light or dark", () => theme.toggle()],
  [["?"], "these keys", () => $("#help").showModal()],
]);

$("#random").addEventListener("click", () => list.random());
$("#outlines").addEventListener("click", toggleOutlines);
$("#theme").addEventListener("click", () => theme.toggle());
$("#help-button").addEventListener("click", () => $("#help").showModal());
$("#copy").addEventListener("click", copyLink);
$("#skip").addEventListener("click", () => $("#words").focus());
$("#open-list").addEventListener("click", () => (document.body.classList.contains("list-open") ? closeList() : openList()));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.body.classList.contains("list-open")) closeList();
});
addEventListener("popstate", arrive);
addEventListener("hashchange", arrive);

arrive();
