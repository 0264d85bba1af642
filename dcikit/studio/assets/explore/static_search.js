// Search and filters without a server: the rules of dcikit/studio/explore/search.py, with a simpler ranking.

const WEIGHTS = [8, 4, 2, 1]; // of label, caption, summaries and negatives
const IN_WORD = "[\\p{L}\\p{N}]";
const OUTSIDE = "[^\\p{L}\\p{N}]";
const AROUND = 48; // characters of a snippet on each side of what was found

/** What a query finds: {place, key, label, snippet}, the best first; without words in the images' order. */
export function answer(rows, texts, query) {
  const terms = termsOf(query.words);
  const { split, quality, label, depth, area } = query;
  const ofRegions = terms.length || label.trim() || depth || area || !["", "defects"].includes(quality);
  const found = [];
  rows.forEach((row, place) => {
    if (split && row.split !== split) return;
    if (quality === "defects" && !row.defects) return;
    if (!ofRegions) return void found.push({ place });
    let best = null;
    for (const region of texts[place]) {
      const score = fits(region, query) ? scoreOf(region, terms) : null;
      if (score !== null && (!best || score > best.score)) best = { score, region };
    }
    if (!best) return;
    const { key, texts: [label] } = best.region;
    found.push({ place, score: best.score, key, label, ...snippetOf(best.region, terms) });
  });
  return found.sort((a, b) => (b.score ?? 0) - (a.score ?? 0) || a.place - b.place);
}

/** Patterns of words and "phrases"; the last word may go on. */
function termsOf(words) {
  const parts = [...words.matchAll(/"([^"]*)"?|(\S+)/g)];
  const terms = parts.map(([, phrase, word]) => ({ phrase, tokens: tokensOf(phrase ?? word) }));
  const kept = terms.filter(({ tokens }) => tokens.length);
  return kept.map(({ tokens, phrase }, place) => {
    const unfinished = place === kept.length - 1 && phrase === undefined && !/\s$/.test(words);
    const end = unfinished ? "" : `(?!${IN_WORD})`;
    return new RegExp(`(?<!${IN_WORD})${tokens.join(`${OUTSIDE}+`)}${end}`, "gu");
  });
}

const tokensOf = (text) => folded(text).match(/[\p{L}\p{N}]+/gu) ?? [];

/** Without case and accents, and as long as before, so that places in it are places in the text. */
function folded(text) {
  const one = (character) => {
    const bare = character.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    return bare.length === character.length ? bare : character;
  };
  return [...text].map(one).join("");
}

function fits(region, query) {
  const within = (value, range) => {
    const [from, to] = range.split("-");
    return (!from || value >= Number(from)) && (!to || value <= Number(to));
  };
  return (
    (!query.quality || query.quality === "defects" || region.quality === query.quality) &&
    within(region.depth, query.depth) &&
    within(region.area, query.area) &&
    region.texts[0].toLowerCase().startsWith(query.label.trim().toLowerCase())
  );
}

/** How well all terms are in a region's texts; null: one of them is not. */
function scoreOf(region, terms) {
  region.folded ??= region.texts.map(folded);
  let score = 0;
  for (const term of terms) {
    let best = 0;
    region.folded.forEach((text, kind) => {
      const count = (text.match(term) ?? []).length;
      if (count) best += (WEIGHTS[kind] * count) / (count + 1 + text.length / 400);
    });
    if (!best) return null;
    score += best;
  }
  return score;
}

/** The words around the first that was found, in the text that has most of them, in pieces. */
function snippetOf(region, terms) {
  if (!terms.length) return {};
  const spanOf = (match) => [match.index, match.index + match[0].length];
  const spans = region.folded.map((text) => terms.flatMap((term) => [...text.matchAll(term)].map(spanOf)));
  const kinds = spans.map((_, kind) => kind).sort((a, b) => spans[b].length - spans[a].length);
  const kind = kinds.find((each) => each > 0 && spans[each].length) ?? 0;
  const text = region.texts[kind];
  const marks = spans[kind].sort((a, b) => a[0] - b[0]);
  const from = Math.max(0, text.lastIndexOf(" ", marks[0][0] - AROUND));
  const to = text.indexOf(" ", marks[0][1] + 2 * AROUND);
  const end = to < 0 ? text.length : to;
  const pieces = from ? [["…", false]] : [];
  let at = from;
  for (const [start, stop] of marks) {
    if (start < at || stop > end) continue;
    if (start > at) pieces.push([text.slice(at, start), false]);
    pieces.push([text.slice(start, stop), true]);
    at = stop;
  }
  pieces.push([text.slice(at, end) + (end < text.length ? "…" : ""), false]);
  return { snippet: pieces.filter(([piece]) => piece) };
}
