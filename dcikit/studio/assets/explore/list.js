// The list of images: as many rows as there are, of which those in sight exist.
import { $, el, fill } from "../dom.js";

const ROW = 76; // pixels of a row, as in explore.css
const PAGE = 50; // rows that are fetched at once
const AROUND = 6; // rows beyond what is in sight
const PAGES = 40; // pages that are held

export class List {
  /** @param onPick called with a row that was chosen */
  constructor(source, onPick) {
    this.source = source;
    this.onPick = onPick;
    this.rows = $("#rows");
    this.content = el("div", { class: "content", role: "presentation" });
    this.rows.append(this.content);
    this.place = null;
    this.pages = new Map();
    this.total = 0;
    this.rows.addEventListener("scroll", () => this.paint(), { passive: true });
    this.rows.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.paint()).observe(this.rows);
  }

  /** Shows what a query finds; resolves to the first answer. */
  async open(query, keepPlace = false) {
    this.query = query;
    this.pages.clear();
    this.asking?.abort();
    this.asking = new AbortController();
    if (!keepPlace) {
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

  /** Marks a place as the one that is shown, and scrolls to it. */
  show(place) {
    this.place = place;
    if (place !== null) {
      const top = place * ROW;
      const { scrollTop, clientHeight } = this.rows;
      if (top < scrollTop) this.rows.scrollTop = top;
      else if (top + ROW > scrollTop + clientHeight) this.rows.scrollTop = top + ROW - clientHeight;
    }
    this.paint();
  }

  async step(by) {
    const place = this.place === null ? 0 : this.place + by;
    if (place >= 0 && place < this.total) this.onPick(await this.row(place), place);
  }

  async random() {
    if (!this.total) return;
    const place = Math.floor(Math.random() * this.total);
    this.onPick(await this.row(place), place);
  }

  key(event) {
    const inSight = Math.max(1, Math.floor(this.rows.clientHeight / ROW) - 1);
    const from = this.place ?? 0;
    const to = { ArrowDown: from + 1, ArrowUp: from - 1, PageDown: from + inSight, PageUp: from - inSight, Home: 0, End: this.total - 1 }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey || !this.total) return;
    event.preventDefault();
    event.stopPropagation();
    this.step(Math.min(Math.max(to, 0), this.total - 1) - from);
  }

  paint() {
    const first = Math.max(0, Math.floor(this.rows.scrollTop / ROW) - AROUND);
    const last = Math.min(this.total, Math.ceil((this.rows.scrollTop + this.rows.clientHeight) / ROW) + AROUND);
    const shown = [];
    for (let place = first; place < last; place++) shown.push(this.item(place));
    fill(this.content, shown);
    const active = this.place !== null && this.place >= first && this.place < last;
    if (active) this.rows.setAttribute("aria-activedescendant", `row-${this.place}`);
    else this.rows.removeAttribute("aria-activedescendant");
  }

  item(place) {
    const page = this.page(Math.floor(place / PAGE));
    const row = page.rows?.[place % PAGE];
    if (!page.rows) page.then(() => this.soon(), () => {});
    const item = el("div", {
      class: "row", id: `row-${place}`, role: "option", "aria-selected": String(place === this.place),
      "aria-setsize": String(this.total), "aria-posinset": String(place + 1),
    }, row ? this.cells(row) : el("span", { class: "thumbnail" }));
    item.style.top = `${place * ROW}px`;
    if (row) item.addEventListener("click", () => this.onPick(row, place));
    return item;
  }

  /** One painting for many pages that arrive. */
  soon() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.paint();
    });
  }

  cells(row) {
    const found = row.snippet?.map(([text, marked]) => (marked ? el("mark", {}, text) : text));
    const text = found ?? row.caption ?? "";
    return [
      el("img", { class: "thumbnail", alt: "", loading: "lazy", decoding: "async", src: this.source.thumbnail(row.image_id) }),
      el("div", { class: "about" },
        el("p", { class: "text" }, row.label ? el("b", {}, row.label, " · ") : null, text || el("span", { class: "soft" }, row.caption === undefined ? "not indexed yet" : "no caption")),
        el("p", { class: "meta soft number" }, `${row.image_id} · ${row.split}${row.masks === undefined ? "" : ` · ${row.masks} masks`}`,
          row.defects ? el("span", { class: "badge bad" }, `${row.defects} ${row.defects === 1 ? "defect" : "defects"}`) : null)),
    ];
  }
}
