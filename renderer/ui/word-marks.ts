/** Parts of a line: start and end. */
export type Marks = readonly (readonly [from: number, to: number])[];

/** Longer lines are compared by their ends alone: nobody reads words in them. */
const longest = 500;
/** So many pairs of words are compared exactly. */
const mostPairs = 40_000;

/**
 * The words in which two versions of a line differ. `null` where they have so little in common that they are simply two
 * lines: marking nearly all of them says nothing.
 */
export function wordMarks(before: string, after: string): { before: Marks; after: Marks } | null {
  let left = 0;
  while (left < before.length && left < after.length && before[left] === after[left]) left += 1;
  let right = 0;
  while (right < before.length - left && right < after.length - left && before.at(-1 - right) === after.at(-1 - right))
    right += 1;
  const least = Math.min(before.trim().length, after.trim().length) / 3;
  const ends = {
    before: before.length > left + right ? [[left, before.length - right] as const] : [],
    after: after.length > left + right ? [[left, after.length - right] as const] : [],
  };
  const byEnds = left + right < least ? null : ends;
  if (before.length > longest || after.length > longest) return byEnds;
  const a = wordsOf(before);
  const b = wordsOf(after);
  if (a.length * b.length > mostPairs) return byEnds;
  const kept = keptWords(a, b);
  const common = a.reduce((sum, { text }, place) => sum + (kept.a[place] && text.trim() ? text.length : 0), 0);
  if (common < least) return byEnds;
  return { before: marksOf(a, kept.a), after: marksOf(b, kept.b) };
}

interface Word {
  text: string;
  at: number;
}

function wordsOf(line: string): Word[] {
  return [...line.matchAll(/[\p{L}\p{N}_$]+|\s+|[^\p{L}\p{N}_$\s]/gu)].map((match) => ({
    text: match[0],
    at: match.index,
  }));
}

/** Which words of both stay: the longest row of equal ones. */
function keptWords(a: readonly Word[], b: readonly Word[]): { a: Uint8Array; b: Uint8Array } {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      lengths[i * width + j] =
        a[i]?.text === b[j]?.text
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
  const kept = { a: new Uint8Array(a.length), b: new Uint8Array(b.length) };
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i]?.text === b[j]?.text) {
      kept.a[i++] = 1;
      kept.b[j++] = 1;
    } else if ((lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0)) i += 1;
    else j += 1;
  }
  return kept;
}

/** What is not kept, joined over white space between two such words. */
function marksOf(words: readonly Word[], kept: Uint8Array): Marks {
  const marks: [number, number][] = [];
  words.forEach(({ text, at }, place) => {
    if (kept[place]) return;
    const last = marks.at(-1);
    const between = words[place - 1];
    const joins = last && (last[1] === at || (between?.text.trim() === '' && last[1] === between.at));
    if (joins) last[1] = at + text.length;
    else marks.push([at, at + text.length]);
  });
  return marks;
}
