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
  return joined([...all(before.slice(0, start), "same"), ...middle, ...all(before.slice(before.length - end), "same")]);
}

const all = (texts, kind) => texts.map((text) => ({ text, kind }));
const words = (text) => text.split(/\s+/).filter(Boolean);

/** By the longest common subsequence. */
function changes(a, b) {
  if (a.length > LONGEST || b.length > LONGEST) {
    return [...all(a, "gone"), ...all(b, "new")];
  }
  const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  const pieces = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const kept = i < a.length && j < b.length && a[i] === b[j];
    const gone = j === b.length || (i < a.length && common[i + 1][j] >= common[i][j + 1]);
    if (kept) pieces.push({ text: a[i++], kind: "same" });
    else if (gone) pieces.push({ text: a[i++], kind: "gone" });
    else pieces.push({ text: b[j], kind: "new" });
    if (kept || !gone) j++;
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
