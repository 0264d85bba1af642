// The list of images: as many rows as there are, of which those in sight exist.
import { $, el, fill } from "../dom.js";
import { badge, soft } from "./parts.js";

const ROW = 76; // pixels of a row, as in explore.css
const PAGE = 50; // rows that are fetched at once
const AROUND = 6; // rows beyond what is in sight
const PAGES = 40; // pages that are held

export class List {
  /** @param onPick called with the row that was chosen */
  constructor(source, onPick) {
    this.source = source;
    this.onPick = onPick;
    this.rows = $("#rows");
    this.content = el("div", { class: "content", role: "presentation" });
    this.rows.append(this.content);
    this.place = null; // of the image that is shown
    this.pages = new Map();
    this.total = 0;
    this.rows.addEventListener("scroll", () => this.paint(), { passive: true });
    this.rows.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.paint()).observe(this.rows);
  }

  /** Shows what a query finds; `again`: the same query, of which there may be more by now. Resolves to the answer. */
  async open(query, again) {
    this.query = query;
    this.pages.clear();
    this.asking?.abort();
    this.asking = new AbortController();
    if (!again) {
      this.rows.scrollTop = 0;
      this.place = null;
    }
    const answer = await this.page(0);
    this.total = answer.total;
    this.content.style.height = `${this.total * ROW}px`;
    this.paint();
    return answer;
  }

  page(number) {
    if (!this.pages.has(number)) {
      const asked = this.source.list(this.query, number * PAGE, PAGE, this.asking.signal);
      this.pages.set(number, asked);
      asked.then(
        (answer) => (asked.rows = answer.rows),
        () => this.pages.delete(number),
      );
      if (this.pages.size > PAGES) this.pages.delete(this.pages.keys().next().value);
    }
    return this.pages.get(number);
  }

  /** The row at a place, fetched if it has to be. */
  async row(place) {
    return (await this.page(Math.floor(place / PAGE))).rows[place % PAGE];
  }

  /** Marks an image as the one that is shown, wherever it stands, and scrolls to it. */
  async mark(id) {
    const known = this.place !== null && this.place < this.total && (await this.row(this.place))?.image_id === id;
    if (!known) this.place = await this.source.place(this.query, id);
    if (this.place !== null) {
      const top = this.place * ROW;
      const { scrollTop, clientHeight } = this.rows;
      if (top < scrollTop) this.rows.scrollTop = top;
      else if (top + ROW > scrollTop + clientHeight) this.rows.scrollTop = top + ROW - clientHeight;
    }
    this.paint();
  }

  async choose(place) {
    if (place < 0 || place >= this.total) return;
    this.place = place;
    this.onPick(await this.row(place));
  }

  step(by) {
    return this.choose(this.place === null ? 0 : this.place + by);
  }

  random() {
    return this.choose(Math.floor(Math.random() * this.total));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.total) return;
    const inSight = Math.max(1, Math.floor(this.rows.clientHeight / ROW) - 1);
    const last = this.total - 1;
    const from = this.place ?? -1;
    const places = {
      ArrowDown: from + 1, ArrowUp: from - 1, PageDown: from + inSight, PageUp: from - inSight, Home: 0, End: last,
    };
    if (!(event.key in places)) return;
    event.preventDefault();
    this.choose(Math.min(Math.max(places[event.key], 0), last));
  }

  paint() {
    const { scrollTop, clientHeight } = this.rows;
    const first = Math.max(0, Math.floor(scrollTop / ROW) - AROUND);
    const last = Math.min(this.total, Math.ceil((scrollTop + clientHeight) / ROW) + AROUND);
    const places = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
    fill(this.content, places.map((place) => this.item(place)));
    if (places.includes(this.place)) this.rows.setAttribute("aria-activedescendant", `row-${this.place}`);
    else this.rows.removeAttribute("aria-activedescendant");
  }

  item(place) {
    const page = this.page(Math.floor(place / PAGE));
    if (!page.rows) page.then(() => this.paintSoon(), () => {});
    const row = page.rows?.[place % PAGE];
    const item = el("div", {
      class: "row", id: `row-${place}`, role: "option", "aria-selected": String(place === this.place),
      "aria-setsize": String(this.total), "aria-posinset": String(place + 1), on: { click: () => this.choose(place) },
    }, row ? this.cells(row) : el("span", { class: "thumbnail" }));
    item.style.top = `${place * ROW}px`;
    return item;
  }

  /** One painting for many pages that arrive. */
  paintSoon() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.paint();
    });
  }

  cells({ image_id: id, split, caption, masks, defects, label, snippet }) {
    const text = snippet?.map(([piece, marked]) => (marked ? el("mark", {}, piece) : piece)) ?? caption;
    const missing = soft(caption === undefined ? "not indexed yet" : "no caption");
    const facts = [id, split, ...(masks === undefined ? [] : [`${masks} masks`])].join(" · ");
    const wrong = defects ? badge(`${defects} ${defects === 1 ? "defect" : "defects"}`, "bad") : null;
    return [
      el("img", { class: "thumbnail", alt: "", loading: "lazy", decoding: "async", src: this.source.thumbnail(id) }),
      el("div", { class: "about" },
        el("p", { class: "text" }, label ? el("b", {}, label, " · ") : null, text || missing),
        el("p", { class: "meta soft number" }, facts, wrong)),
    ];
  }
}
