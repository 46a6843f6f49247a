/** Numbers by chance that a seed gives again. */
export function createRandom(seed: number) {
  let state = seed >>> 0;
  /** At least 0, below `below`. */
  function number(below: number): number {
    // Mulberry32.
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  }
  return {
    number,
    one: <T>(all: readonly T[]): T => all[number(all.length)] as T,
    bytes: (length: number) => Buffer.from(Array.from({ length }, () => number(256))),
    text: (length: number) =>
      Buffer.from(Array.from({ length }, () => number(256)))
        .toString('base64url')
        .slice(0, length),
  };
}

export type Random = ReturnType<typeof createRandom>;
