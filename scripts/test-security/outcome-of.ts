/** What a check did and found. */
export interface CheckOutcome {
  /** `100000 guesses from one address`. */
  made: string;
  /** What was seen, in words and numbers. */
  seen: string;
  /** What must not be; empty: it holds. */
  wrong: string[];
}

/** How often each thing was seen: `401 x 10, 429 x 90`. */
export function tally(values: Iterable<number | string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  return counts;
}

export function wordsOf(counts: Map<string, number>): string {
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, count]) => `${value} x ${count}`)
    .join(', ');
}
