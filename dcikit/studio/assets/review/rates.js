// Decisions and agreement by annotator, as tables.

import { el } from "../dom.js";
import { ask } from "../annotate/dialogs.js";
import { get } from "../annotate/server.js";

const share = (value) => (value === null || Number.isNaN(value) ? "–" : `${(100 * value).toFixed(1)}%`);
const name = (annotator) => annotator || el("em", { class: "soft" }, "unknown");

export async function showRates(reasons) {
  const { rates, agreements, suggestions } = await get("api/rates");
  const said = (counts) => Object.entries(counts).sort((a, b) => b[1] - a[1]).map(([reason, count]) => `${reasons[reason] ?? reason}: ${count}`).join("; ");
  const decisions = table(["Annotator", "Reviewed", "Accepted", "Fixed", "Rejected", "As written", "Reasons"], rates.map((rate) => [
    name(rate.annotator), rate.reviewed, ...["accepted", "fixed", "rejected"].map((verdict) => rate.verdicts[verdict] ?? 0),
    share(rate.reviewed ? (rate.verdicts.accepted ?? 0) / rate.reviewed : null), said(rate.reasons)]));
  const agreed = Object.entries(agreements).map(([annotator, each]) => [
    name(annotator), each.images, `${each.matched} of ${each.masks}`, share(each.ious), share(each.labels), share(each.captions), share(each.descriptions)]);
  const VERDICTS = ["kept", "changed", "rewritten", "open"];
  const suggested = Object.entries(suggestions).map(([annotator, counts]) => [name(annotator), ...VERDICTS.map((verdict) => counts[verdict] ?? 0)]);
  const content = [
    rates.length ? decisions : el("p", { class: "soft" }, "Nothing is decided yet."),
    suggested.length > 0 && [el("h3", {}, "What became of suggestions"), table(["Annotator", "Kept", "Changed", "Rewritten", "Open"], suggested)],
    agreed.length > 0 && [el("h3", {}, "Agreement with the other annotation"), table(["Annotator", "Images", "Masks", "Mean IoU", "Label F1", "Caption F1", "Description F1"], agreed)],
  ];
  return ask("Rates", el("div", { class: "tables", tabIndex: 0 }, content), [["ok", "Close", "primary"]]);
}

function table(heads, rows) {
  return el("table", { class: "small number" }, el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell) => el("td", {}, typeof cell === "number" ? String(cell) : cell))))));
}
