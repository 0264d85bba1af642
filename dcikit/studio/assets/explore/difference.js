// Which words of a text differ from another's.

const LONGEST = 400; // words; of longer texts, only the common beginning and end are found

/** Pieces {text, kind} of both texts in one: "same", "gone" (only in `a`), "new" (only in `b`). */
export function difference(a, b) {
  const before = words(a);
  const after = words(b);
  let start = 0;
  while (start < Math.min(before.length, after.length) && before[start] === after[start]) start++;
  let end = 0;
  while (end < Math.min(before.length, after.length) - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const middle = changes(before.slice(start, before.length - end), after.slice(start, after.length - end));
  const pieces = [
    ...before.slice(0, start).map((text) => ({ text, kind: "same" })),
    ...middle,
    ...(end ? before.slice(-end) : []).map((text) => ({ text, kind: "same" })),
  ];
  return joined(pieces);
}

const words = (text) => text.split(/\s+/).filter(Boolean);

/** By the longest common subsequence. */
function changes(a, b) {
  if (a.length > LONGEST || b.length > LONGEST) {
    return [...a.map((text) => ({ text, kind: "gone" })), ...b.map((text) => ({ text, kind: "new" }))];
  }
  const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  const pieces = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) pieces.push({ text: a[i++], kind: "same" }), j++;
    else if (j === b.length || (i < a.length && common[i + 1][j] >= common[i][j + 1])) pieces.push({ text: a[i++], kind: "gone" });
    else pieces.push({ text: b[j++], kind: "new" });
  }
  return pieces;
}

/** Neighbours of one kind together. */
function joined(pieces) {
  const found = [];
  for (const { text, kind } of pieces) {
    if (found.at(-1)?.kind === kind) found.at(-1).text += ` ${text}`;
    else found.push({ text, kind });
  }
  return found;
}
