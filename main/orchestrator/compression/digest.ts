import type { CompressionPoint, CompressionPreset } from '../../../shared/compression.ts';
import type { SessionRecord } from '../../../shared/sessions.ts';
import { overlap, textRank } from './text-rank.ts';
import { characteristicWords, sentencesOf, type WordCounts, weightOf, wordsOf } from './words.ts';

export type Digest = ReturnType<typeof createDigest>;

/** What a model, or the extraction, makes of a session. */
export interface Notes {
  summary: string;
  topics: string[];
  decisions: CompressionPoint[];
  openPoints: CompressionPoint[];
}

interface Sentence {
  text: string;
  words: string[];
  role: 'user' | 'assistant';
  index: number;
}

/** Of a tool's output so much is given to a model: its beginning tells what it was. */
const outputChars = 300;
/** Of an output so much is looked through for words. */
const wordsOfOutputChars = 20_000;
/** Words that the quality is measured by. */
const measuredWords = 60;
/** More sentences than this are first thinned out by their words' weights: ranking compares each with each. */
const mostRanked = 800;

const sentencesOfPreset: Record<CompressionPreset, number> = { fast: 4, balanced: 8, quality: 14 };
const pointsOfPreset: Record<CompressionPreset, number> = { fast: 4, balanced: 8, quality: 14 };

const decides =
  /\b(decided?|decision|chose|chosen|choose|going with|go with|settled? on|agreed?|instead of|rather than|we('ll| will) (use|keep|go|take)|let's (use|keep|go|take|stick)|i('ll| will) (use|keep|go with)|switch(ed|ing)? to|opted|prefer(red)?|entschieden|stattdessen|décidé|decidido)\b/i;
const isOpen =
  /\b(todo|to do|fixme|not yet|still (needs?|to|missing|fails?|open)|remain(s|ing)?|left to do|next steps?|follow[- ]?ups?|open (question|point|issue)s?|unresolved|pending|needs? to be|unclear|later|blocked|would be (good|worth)|noch offen|fehlt noch|reste à|pendiente)\b/i;

/**
 * A session taken in record by record, in order: what of it is told to a model, which of its sentences stand for it, and how
 * well a text covers it. Everything is told by words alone, so the same session always gives the same.
 */
export function createDigest() {
  const pieces: string[] = [];
  const sentences: Sentence[] = [];
  const counts: WordCounts = { sentences: 0, total: new Map(), spread: new Map() };
  const said = new Set<string>();
  let todos: CompressionPoint[] = [];
  let sourceChars = 0;
  let firstPrompt: number | null = null;
  let lastAnswer: number | null = null;

  const count = (map: Map<string, number>, word: string): void => void map.set(word, (map.get(word) ?? 0) + 1);

  function takeProse({ text, index }: SessionRecord, role: Sentence['role']): void {
    if (role === 'user') firstPrompt ??= index;
    else lastAnswer = index;
    for (const sentence of sentencesOf(text)) {
      const words = wordsOf(sentence);
      if (words.length === 0) continue;
      counts.sentences += 1;
      for (const word of words) count(counts.total, word);
      for (const word of new Set(words)) count(counts.spread, word);
      sentences.push({ text: sentence, words, role, index });
    }
  }

  function takeTodos({ toolName, input, index }: SessionRecord): void {
    const items = toolName === 'TodoWrite' && input ? input.todos : undefined;
    if (!Array.isArray(items)) return;
    todos = items.flatMap((item: unknown) => {
      const todo = item as { content?: unknown; status?: unknown } | null;
      return typeof todo?.content === 'string' && todo.status !== 'completed' ? [{ text: todo.content, index }] : [];
    });
  }

  function take(record: SessionRecord): void {
    const input = record.input ? JSON.stringify(record.input) : '';
    sourceChars += record.text.length + input.length;
    for (const word of wordsOf(`${record.text.slice(0, wordsOfOutputChars)} ${input.slice(0, wordsOfOutputChars)}`))
      said.add(word);
    // What a sub-agent found stands in the answer it gave.
    if (record.parentToolUseId !== null) return;
    const text = record.text.trim();
    switch (record.role) {
      case 'user':
      case 'assistant':
        if (!text) return;
        takeProse(record, record.role);
        pieces.push(`${record.role === 'user' ? 'User' : 'Claude'}: ${text}`);
        return;
      case 'tool':
        takeTodos(record);
        pieces.push(`Tool ${record.toolName ?? ''}: ${shortened(input, outputChars)}`);
        return;
      case 'result':
        if (text) pieces.push(`${record.failed ? 'It failed' : 'It gave'}: ${shortened(text, outputChars)}`);
    }
  }

  /** Sentences with a cue, the newest first: what was decided or left open last still holds. */
  function withCue(cue: RegExp, most: number): CompressionPoint[] {
    const found: Sentence[] = [];
    for (const sentence of sentences.toReversed()) {
      if (found.length === most) break;
      if (cue.test(sentence.text) && !found.some((other) => overlap(other, sentence) > 0.6)) found.push(sentence);
    }
    return found.map(({ text, index }) => ({ text, index }));
  }

  function topicsOf(most: number): string[] {
    const pairs: WordCounts = { sentences: counts.sentences, total: new Map(), spread: new Map() };
    for (const { words } of sentences) {
      const here = words.slice(1).map((word, at) => `${words[at]} ${word}`);
      for (const pair of here) count(pairs.total, pair);
      for (const pair of new Set(here)) count(pairs.spread, pair);
    }
    // Two words that are said together more than once name a thing better than one of them.
    const together = characteristicWords(pairs, 60).filter(([pair]) => (pairs.spread.get(pair) ?? 0) > 1);
    const named = [...together, ...characteristicWords(counts, 40)].sort(([, a], [, b]) => b - a);
    const topics: string[] = [];
    for (const [topic] of named) {
      if (topics.length === most) break;
      const parts = topic.split(' ');
      if (!topics.some((other) => parts.some((part) => other.split(' ').includes(part)))) topics.push(topic);
    }
    return topics;
  }

  function extract(preset: CompressionPreset): Notes {
    const byWeight = (sentence: Sentence): number =>
      sentence.words.reduce((sum, word) => sum + weightOf(word, counts), 0) / (4 + sentence.words.length);
    let candidates = sentences;
    if (sentences.length > mostRanked) {
      const least = sentences.map(byWeight).sort((a, b) => b - a)[mostRanked - 1] ?? 0;
      candidates = sentences.filter((sentence) => byWeight(sentence) >= least).slice(0, mostRanked);
    }
    const ranks = textRank(candidates);
    const ranked = candidates
      .map((sentence, at) => ({ sentence, at, score: (ranks[at] ?? 0) * placeOf(sentence) }))
      .sort((a, b) => b.score - a.score || a.at - b.at);
    const chosen: typeof ranked = [];
    for (const one of ranked) {
      if (chosen.length === sentencesOfPreset[preset]) break;
      if (!chosen.some(({ sentence }) => overlap(sentence, one.sentence) > 0.6)) chosen.push(one);
    }
    chosen.sort((a, b) => a.at - b.at);
    const points = pointsOfPreset[preset];
    return {
      summary: chosen
        .map(({ sentence }) => `- ${sentence.role === 'user' ? 'Asked: ' : ''}${sentence.text}`)
        .join('\n'),
      topics: topicsOf(preset === 'fast' ? 5 : 8),
      decisions: withCue(decides, points),
      openPoints: [...todos, ...withCue(isOpen, points)].slice(0, points),
    };
  }

  /** What was asked first and what was said last tell most of a session. */
  function placeOf({ index }: Sentence): number {
    return index === firstPrompt ? 1.6 : index === lastAnswer ? 1.4 : 1;
  }

  return {
    add(records: readonly SessionRecord[]): void {
      for (const record of records) take(record);
    },
    facts: () => ({ sourceChars, sentences: sentences.length, pieces: pieces.length }),
    /** The most telling sentences in their order, and those with words of deciding or of what is left to do. */
    extract,
    /**
     * The session as texts of at most `partBytes` each. When they would be more than `mostParts`, the longest pieces lose their
     * middles, all to the same length; `leftOut` is the part of the text that was, from 0 to 1.
     */
    parts(partBytes: number, mostParts: number): { parts: string[]; leftOut: number } {
      const all = sizeOf(pieces);
      // A part is not filled to the brim where the next piece does not fit.
      const budget = partBytes * mostParts * 0.9;
      const fitting = all > budget ? shortenedTo(budget, thinned(pieces, budget)) : pieces;
      const parts = packed(fitting, partBytes);
      return { parts, leftOut: all > 0 ? Math.max(0, 1 - sizeOf(fitting) / all) : 0 };
    },
    /** See `qualitySchema`. */
    quality(text: string): { score: number; coverage: number; grounding: number } {
      // What the extraction puts before a sentence is not said by it.
      const has = new Set(wordsOf(text.replace(/^- (Asked: )?/gm, '')));
      const measured = characteristicWords(counts, measuredWords);
      const whole = measured.reduce((sum, [, weight]) => sum + weight, 0);
      const held = measured.reduce((sum, [word, weight]) => sum + (has.has(word) ? weight : 0), 0);
      const coverage = whole > 0 ? held / whole : 0;
      let known = 0;
      for (const word of has) if (said.has(word)) known += 1;
      const grounding = has.size > 0 ? known / has.size : 0;
      const score = coverage + grounding > 0 ? (2 * coverage * grounding) / (coverage + grounding) : 0;
      return { score, coverage, grounding };
    },
  };
}

function sizeOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 2, 0);
}

/** No piece is cut shorter than this many characters. */
const shortestPiece = 40;

/** Where not even beginnings and ends fit: what was said without the tools, and of that as many as fit, evenly. */
function thinned(pieces: readonly string[], bytes: number): readonly string[] {
  const least = (texts: readonly string[]): number => sizeOf(texts.map((text) => shortened(text, shortestPiece)));
  if (least(pieces) <= bytes) return pieces;
  const spoken = pieces.filter((piece) => /^(User|Claude): /.test(piece));
  const kept = spoken.length > 0 ? spoken : pieces;
  const each = Math.max(1, Math.ceil(least(kept) / bytes));
  return kept.filter((_, at) => at % each === 0);
}

/** The longest pieces lose their middles, all to the same length, until all of them fit. */
function shortenedTo(bytes: number, pieces: readonly string[]): string[] {
  if (sizeOf(pieces) <= bytes) return [...pieces];
  let low = shortestPiece;
  let high = pieces.reduce((longest, { length }) => Math.max(longest, length), low);
  while (high - low > 8) {
    const middle = Math.floor((low + high) / 2);
    if (sizeOf(pieces.map((piece) => shortened(piece, middle))) <= bytes) low = middle;
    else high = middle;
  }
  return pieces.map((piece) => shortened(piece, low));
}

function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const half = Math.max(1, Math.floor((length - 3) / 2));
  return `${text.slice(0, length - half - 3)} … ${text.slice(-half)}`;
}

/** Pieces joined to texts of at most so many bytes, from the beginning on: what is added later changes only the last one. */
function packed(pieces: readonly string[], bytes: number): string[] {
  const parts: string[] = [];
  let part: string[] = [];
  let size = 0;
  const close = (): void => {
    if (part.length > 0) parts.push(part.join('\n\n'));
    part = [];
    size = 0;
  };
  for (const piece of pieces.flatMap((one) => cutTo(one, bytes))) {
    const own = Buffer.byteLength(piece) + 2;
    if (size + own > bytes) close();
    part.push(piece);
    size += own;
  }
  close();
  return parts;
}

/** A piece longer than a part, in pieces. A letter takes four bytes at most. */
function cutTo(piece: string, bytes: number): string[] {
  if (Buffer.byteLength(piece) + 2 <= bytes) return [piece];
  const length = Math.max(1, Math.floor((bytes - 2) / 4));
  const cut: string[] = [];
  for (let at = 0; at < piece.length; at += length) cut.push(piece.slice(at, at + length));
  return cut;
}
