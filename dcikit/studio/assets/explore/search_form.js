// The fields of search and filters, and what is said of their answer.
import { $, el, fill } from "../dom.js";
import { FILTERS } from "./address.js";

const TYPING = 150; // ms after the last key, before it is searched
const LOOKING = 1000; // ms between two looks at an index that is being made

export class SearchForm {
  /** @param onChange called with the query that the fields hold, when it is another one */
  constructor(source, list, onChange) {
    this.source = source;
    this.list = list;
    this.onChange = onChange;
    this.words = $("#search").words;
    this.filters = $("#filter-form");
    for (const form of [$("#search"), this.filters]) form.addEventListener("input", () => this.changed());
    this.filters.addEventListener("reset", () => setTimeout(() => this.changed()));
    this.filters.addEventListener("submit", (event) => event.preventDefault());
    $("#search").addEventListener("submit", (event) => {
      event.preventDefault();
      $("#rows").focus();
    });
  }

  changed() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => {
      const query = this.read();
      if (JSON.stringify(query) !== JSON.stringify(this.query)) this.onChange(query);
    }, TYPING);
  }

  read() {
    const query = { words: this.words.value.trimStart() };
    for (const name of FILTERS) query[name] = this.filters[name]?.value ?? ""; // no models, no fields for them
    if (!query.wrong) query.score = "";
    return query;
  }

  write(query) {
    this.words.value = query.words;
    for (const name of FILTERS) {
      const field = this.filters[name];
      if (field && (query[name] || name !== "score")) field.value = query[name];
    }
    const set = FILTERS.filter((name) => query[name] && name !== "score").length;
    $("#filter-count").hidden = !set;
    $("#filter-count").textContent = set;
  }

  /** Shows a query and the list of what it finds. */
  async seek(query) {
    this.query = query;
    this.write(query);
    clearTimeout(this.looking);
    await this.look(false);
  }

  /** Asks for the list; again and again, while the index is being made. */
  async look(again) {
    try {
      const answer = await this.list.open(this.query, again);
      const making = answer.indexed < answer.images && !answer.error;
      const indexing = making ? ` · indexing ${number(answer.indexed)}` : "";
      $("#count").textContent = answer.error ?? told(answer, this.query) + indexing;
      if (making) this.looking = setTimeout(() => this.look(true), LOOKING);
      else await this.offerLabels();
    } catch (error) {
      if (error.name !== "AbortError") $("#count").textContent = error.message;
    }
  }

  async offerLabels() {
    if ($("#labels").children.length) return;
    fill($("#labels"), (await this.source.labels()).map((value) => el("option", { value })));
  }
}

function told({ total, images }, query) {
  const all = `${number(images)} images`;
  return Object.values(query).some(Boolean) ? `${number(total)} of ${all}` : all;
}

const number = (value) => value.toLocaleString("en");
