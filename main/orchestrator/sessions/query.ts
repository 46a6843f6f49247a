import { AppError } from '../../../shared/errors.ts';

/** One thing that has to stand in a record, all of them together make a query. */
export type Condition =
  /** Words one after the other; the last one may go on when `prefix` is set. */
  | { kind: 'words'; words: string[]; prefix: boolean }
  /** Characters anywhere. */
  | { kind: 'substring'; text: string };

/** Shortest substring and prefix that an index can find, in characters. */
const shortestSubstring = 3;
const shortestPrefix = 2;

/** Longest prefix that the index of words has lists of its own for, in characters. */
export const longestPrefix = 4;

/** Most conditions and words of one query. */
const maxWords = 32;

/** Scripts that are written without spaces: what stands between two of them is no word, so it is looked for anywhere. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/**
 * Understands what a person typed: words, "phrases", prefix*, or with `substring` all of it as it stands. Throws
 * BAD_REQUEST with what is wrong about a query that nothing could answer.
 */
export function parseQuery(query: string, mode: 'words' | 'substring'): Condition[] {
  const clean = query.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
  if (mode === 'substring') return [substring(clean)];
  const conditions: Condition[] = [];
  let count = 0;
  for (const [, phrase, single] of clean.matchAll(/"([^"]*)(?:"|$)|([^\s"]+)/gu)) {
    const text = phrase ?? single ?? '';
    const prefix = phrase === undefined && text.endsWith('*');
    if (unspaced.test(text)) {
      conditions.push(substring(text.replace(/\*$/, '')));
      continue;
    }
    const words = wordsOf(text);
    if (words.length === 0) continue;
    count += words.length;
    if (prefix && [...(words.at(-1) ?? '')].length < shortestPrefix)
      throw refused(`"${text}" is too short: a prefix needs ${shortestPrefix} letters or more before the *.`);
    conditions.push({ kind: 'words', words, prefix });
  }
  if (count > maxWords) throw refused(`It has ${count} words; at most ${maxWords} can be looked for at once.`);
  if (conditions.length === 0)
    throw refused('It holds no word. Type letters or digits, or search for a substring to find signs.');
  return conditions;
}

function substring(text: string): Condition {
  if ([...text].length < shortestSubstring)
    throw refused(`A substring needs ${shortestSubstring} characters or more; this one has ${[...text].length}.`);
  return { kind: 'substring', text };
}

function refused(reason: string): AppError {
  return new AppError('BAD_REQUEST', `This cannot be searched for. ${reason}`, { field: 'q' });
}

/** The words of a text as the index cuts it: runs of letters and digits, with the marks on them. */
export function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}\p{Co}][\p{L}\p{N}\p{M}\p{Co}]*/gu) ?? [];
}

/** Trigrams of a long substring that the index is asked for; the text itself decides. */
const maxTrigrams = 12;

/**
 * The index to ask and the expression for it. Everything of the user's stands in quotes, with quotes doubled: nothing of
 * it is syntax. Candidates still have to be looked at: the index knows no order of words and of trigrams.
 */
export function expressionOf(conditions: readonly Condition[]): { table: 'words' | 'trigrams'; match: string } {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const words = conditions.flatMap((condition) =>
    condition.kind === 'words'
      ? condition.words.map((word, index) =>
          condition.prefix && index === condition.words.length - 1 ? `${quoted(word)}*` : quoted(word),
        )
      : [],
  );
  if (words.length > 0) return { table: 'words', match: [...new Set(words)].join(' AND ') };
  const trigrams = conditions.flatMap((condition) =>
    condition.kind === 'substring' ? trigramsOf(condition.text) : [],
  );
  return { table: 'trigrams', match: [...new Set(trigrams.map(quoted))].join(' AND ') };
}

/**
 * A pattern of LIKE that every text with only plain signs in it meets when it meets the condition, in the form in which
 * the index keeps texts (a tool's input as JSON). Undefined where there is none, or where the index's word is enough.
 */
export function likeOf(condition: Condition): string | undefined {
  if (condition.kind === 'words') {
    if (condition.words.length === 1 && !condition.prefix) return undefined;
    return condition.words.every((word) => /^[a-z0-9]+$/i.test(word)) ? `%${condition.words.join('%')}%` : undefined;
  }
  // Quotes and backslashes are written in another way in JSON.
  if (!/^[\x20-\x7e]+$/.test(condition.text) || /["\\]/.test(condition.text)) return undefined;
  return `%${condition.text.replace(/[%_]/g, '\\$&')}%`;
}

/** A pattern of LIKE that every name of plain signs meets when it meets the conditions. */
export function namePattern(conditions: readonly Condition[]): string {
  const parts = conditions.flatMap((condition) => (condition.kind === 'words' ? condition.words : [condition.text]));
  const plain = parts.filter((part) => /^[\x20-\x7e]+$/.test(part)).sort((a, b) => b.length - a.length);
  return `%${(plain[0] ?? '').replace(/[%_\\]/g, '\\$&')}%`;
}

/** The same with prefixes as short as the index has lists for, which finds more; undefined when none is longer. */
export function shortened(conditions: readonly Condition[]): Condition[] | undefined {
  let cut = false;
  const shorter = conditions.map((condition): Condition => {
    const last = condition.kind === 'words' && condition.prefix ? [...(condition.words.at(-1) ?? '')] : [];
    if (condition.kind !== 'words' || last.length <= longestPrefix) return condition;
    cut = true;
    return { ...condition, words: [...condition.words.slice(0, -1), last.slice(0, longestPrefix).join('')] };
  });
  return cut ? shorter : undefined;
}

function trigramsOf(text: string): string[] {
  const letters = [...text];
  const last = letters.length - 3;
  const count = Math.min(maxTrigrams, last + 1);
  return Array.from({ length: count }, (_, index) => {
    const at = count === 1 ? 0 : Math.round((index * last) / (count - 1));
    return letters.slice(at, at + 3).join('');
  });
}
