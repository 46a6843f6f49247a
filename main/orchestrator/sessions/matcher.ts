import { type Condition, wordsOf } from './query.ts';

/** Around the first match so many characters are shown, and so many before it. */
const snippetLength = 240;
const snippetBefore = 60;

/** Marks around a match. */
const open = '\u0001';
const close = '\u0002';

/** Matches that are counted for a rank. */
const maxCounted = 20;

/** Longest text that is looked through for signs with marks on them, in characters. */
const maxFolded = 200_000;

export type Matcher = ReturnType<typeof createMatcher>;

/** Looks at texts the way the index does, and says where they match. */
export function createMatcher(conditions: readonly Condition[]) {
  const patterns = conditions.map(patternOf);
  const anything = new RegExp(patterns.join('|'), 'gu');
  const each = patterns.map((pattern) => new RegExp(pattern, 'gu'));
  /** What stands in every text that matches. */
  const parts = conditions.flatMap((condition) =>
    condition.kind === 'substring' ? [fold(condition.text).folded] : condition.words.map((word) => fold(word).folded),
  );
  /** What the index has answered for by itself. */
  const certain = conditions.every((condition) => condition.kind === 'words' && condition.words.length === 1);

  return {
    /** Whether the index's word is enough, and no text has to be looked at. */
    certain,
    /** Whether a text that is folded already could match; only whether it does costs more. */
    mayMatch: (folded: string): boolean => parts.every((part) => folded.includes(part)),
    matches(text: string): boolean {
      const { folded } = fold(text);
      return each.every((pattern) => {
        pattern.lastIndex = 0;
        return pattern.test(folded);
      });
    },
    /** The text around the first match, with marks around all matches in it. */
    snippet(text: string): string {
      const { folded, origin } = fold(text);
      anything.lastIndex = 0;
      const first = anything.exec(folded);
      const place = origin(first?.index ?? 0);
      const from = boundaryBefore(text, Math.max(0, place - snippetBefore));
      const to = Math.min(text.length, from + snippetLength);
      let shown = from > 0 ? '…' : '';
      let at = from;
      for (let match = first; match; match = anything.exec(folded)) {
        if (match[0].length === 0) break;
        const start = origin(match.index);
        const end = origin(match.index + match[0].length);
        if (start >= to) break;
        shown += plain(text.slice(at, start)) + open + plain(text.slice(start, end)) + close;
        at = end;
      }
      if (at < to) shown += plain(text.slice(at, to));
      return to < text.length ? `${shown}…` : shown;
    },
    /** How often each condition is met, counted to a limit. */
    counts(text: string): number[] {
      const { folded } = fold(text);
      return each.map((pattern) => {
        pattern.lastIndex = 0;
        let count = 0;
        while (count < maxCounted && pattern.exec(folded)) count += 1;
        return count;
      });
    },
  };
}

function patternOf(condition: Condition): string {
  if (condition.kind === 'substring') return escaped(fold(condition.text).folded);
  const words = condition.words.flatMap((word) => wordsOf(fold(word).folded)).map(escaped);
  const end = condition.prefix ? '[\\p{L}\\p{N}\\p{Co}]*' : '(?![\\p{L}\\p{N}\\p{Co}])';
  return `(?<![\\p{L}\\p{N}\\p{Co}])${words.join('[^\\p{L}\\p{N}\\p{Co}]+')}${end}`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** The text in small letters without marks on them, and for each of its places that of the text it came from. */
export function fold(text: string): { folded: string; origin: (index: number) => number } {
  if (/^[\x00-\x7f]*$/.test(text)) return { folded: text.toLowerCase(), origin: (index) => index };
  const origins: number[] = [];
  let folded = '';
  let at = 0;
  for (const character of text.slice(0, maxFolded)) {
    const plain = character.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
    for (let index = 0; index < plain.length; index += 1) origins.push(at);
    folded += plain;
    at += character.length;
  }
  origins.push(at);
  return { folded, origin: (index) => origins[index] ?? at };
}

/** No snippet begins in the middle of a character or, if it can be helped, of a word. */
function boundaryBefore(text: string, from: number): number {
  if (from === 0) return 0;
  const space = text.slice(from, from + 20).search(/\s/);
  if (space !== -1) return from + space + 1;
  const code = text.charCodeAt(from);
  return code >= 0xdc00 && code <= 0xdfff ? from + 1 : from;
}

function plain(text: string): string {
  return text.replace(/[\u0001\u0002]/g, '');
}
