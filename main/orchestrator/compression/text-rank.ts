/** Words of a sentence, as a set and in order. */
export interface RankedText {
  words: readonly string[];
}

const damping = 0.85;
const rounds = 30;

/**
 * How central each sentence is among the others: TextRank (Mihalcea and Tarau, 2004). Sentences recommend those that share
 * words with them, the more of its words and the shorter it is. The sum of all is the number of sentences.
 */
export function textRank(sentences: readonly RankedText[]): number[] {
  const count = sentences.length;
  const holders = new Map<string, number[]>();
  sentences.forEach(({ words }, index) => {
    for (const word of new Set(words)) {
      const list = holders.get(word);
      if (list) list.push(index);
      else holders.set(word, [index]);
    }
  });
  // A word in a quarter of them ties everything to everything and tells nothing.
  const tooMany = Math.max(3, count / 4);
  const links = sentences.map(() => new Map<number, number>());
  for (const list of holders.values()) {
    if (list.length > tooMany) continue;
    for (const a of list) for (const b of list) if (a !== b) links[a]?.set(b, (links[a]?.get(b) ?? 0) + 1);
  }
  const lengths = sentences.map(({ words }) => Math.log(1 + words.length));
  const sums = links.map((to, a) => {
    let sum = 0;
    for (const [b, shared] of to) {
      const likeness = shared / Math.max(1, (lengths[a] ?? 0) + (lengths[b] ?? 0));
      to.set(b, likeness);
      sum += likeness;
    }
    return sum;
  });
  let ranks = new Array<number>(count).fill(1);
  for (let round = 0; round < rounds; round += 1) {
    const next = new Array<number>(count).fill(1 - damping);
    links.forEach((to, a) => {
      for (const [b, likeness] of to)
        next[b] = (next[b] ?? 0) + (damping * (ranks[a] ?? 0) * likeness) / (sums[a] || 1);
    });
    ranks = next;
  }
  return ranks;
}

/** How much two sentences say the same: shared words of the words of the shorter one. */
export function overlap(a: RankedText, b: RankedText): number {
  const words = new Set(a.words);
  const other = new Set(b.words);
  const smaller = Math.min(words.size, other.size);
  if (smaller === 0) return 0;
  let shared = 0;
  for (const word of other) if (words.has(word)) shared += 1;
  return shared / smaller;
}
