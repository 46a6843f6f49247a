import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SessionRecord } from '../../../shared/sessions.ts';
import { recordRow } from '../../testing/session-record.ts';
import { createDigest } from './digest.ts';
import { sentencesOf, wordsOf } from './words.ts';

function record(
  index: number,
  role: SessionRecord['role'],
  text: string,
  part: Partial<SessionRecord> = {},
): SessionRecord {
  return recordRow({ index, role, text, ...part });
}

const talk: SessionRecord[] = [
  record(1, 'user', 'Please make the webhook signatures safe against timing attacks.'),
  record(2, 'assistant', 'I look at how webhook signatures are verified now.'),
  record(3, 'tool', '', { toolName: 'Read', input: { file_path: '/app/src/verify.ts' } }),
  record(4, 'result', 'export function verify(signature) { return signature === expected }'),
  record(
    5,
    'assistant',
    'The signature is compared with `===`. We will use timingSafeEqual instead of the comparison of strings.',
  ),
  record(6, 'user', 'Good. Should old secrets stay valid?'),
  record(
    7,
    'assistant',
    'I decided to keep the old secret for 24 hours. The webhook signatures are verified against both.',
  ),
  record(8, 'tool', '', {
    toolName: 'TodoWrite',
    input: {
      todos: [
        { content: 'Verify signatures', status: 'completed' },
        { content: 'Document the rotation of secrets', status: 'pending' },
      ],
    },
  }),
  record(9, 'assistant', 'Webhook signatures are safe now. A test for the rotation is still missing.'),
];

test('words: no fillers, no plain numbers, unspaced scripts in pairs', () => {
  expect(wordsOf('The 42 retries of the queue’s worker aren’t verify_token-safe')).toEqual([
    'retries',
    'queue',
    'worker',
    'verify_token-safe',
  ]);
  expect(wordsOf('安全签名')).toEqual(['安全', '全签', '签名']);
});

test('sentences: whole ones, without code and the marks of Markdown', () => {
  expect(
    sentencesOf(
      '# Plan of the day\n- First read `src/a.ts` and tell. Then write it.\n```ts\nconst a = 1;\n```\n| a | b |',
    ),
  ).toEqual(['Plan of the day', 'First read `src/a.ts` and tell.', 'Then write it.']);
});

test('chooses sentences, topics, decisions and open points, each with its place', () => {
  const digest = createDigest();
  digest.add(talk);
  const notes = digest.extract('balanced');
  expect(notes.summary).toContain('Asked: Please make the webhook signatures safe');
  expect(notes.topics).toContain('webhook signatures');
  expect(notes.decisions.map(({ index }) => index)).toEqual([7, 5]);
  expect(notes.openPoints).toEqual([
    { text: 'Document the rotation of secrets', index: 8 },
    { text: 'A test for the rotation is still missing.', index: 9 },
  ]);
  const again = createDigest();
  for (const one of talk) again.add([one]);
  expect(again.extract('balanced')).toEqual(notes);
});

test('a longer preset says more', () => {
  const digest = createDigest();
  digest.add(
    Array.from({ length: 60 }, (_, index) =>
      record(
        index + 1,
        'assistant',
        `The module number${index} of parser${index % 7} reads grammar${index % 11} and writes tree${index}.`,
      ),
    ),
  );
  const lines = (preset: 'fast' | 'balanced' | 'quality') => digest.extract(preset).summary.split('\n').length;
  expect([lines('fast'), lines('balanced'), lines('quality')]).toEqual([4, 8, 14]);
});

test('quality: the whole covers all, nothing covers nothing, invented words are seen', () => {
  const digest = createDigest();
  digest.add(talk);
  expect(digest.quality(talk.map(({ text }) => text).join('\n'))).toEqual({ score: 1, coverage: 1, grounding: 1 });
  expect(digest.quality('')).toEqual({ score: 0, coverage: 0, grounding: 0 });
  const invented = digest.quality('Webhook signatures quagga zebra');
  expect(invented.grounding).toBe(0.5);
  expect(invented.coverage).toBeGreaterThan(0);
  expect(invented.coverage).toBeLessThan(0.5);
});

test('what a sub-agent said is not told twice; a long output is cut', () => {
  const digest = createDigest();
  digest.add([
    ...talk,
    record(10, 'assistant', 'Sub-agents whisper.', { parentToolUseId: 't' }),
    record(11, 'result', `begin ${'x'.repeat(5000)} end`),
  ]);
  const { parts } = digest.parts(100_000, 10);
  expect(parts).toHaveLength(1);
  expect(parts[0]).not.toContain('whisper');
  expect(parts[0]).toMatch(/It gave: begin x+ … x+ end/);
});

test('parts: none is larger than it may be, and none of the text is lost while it fits', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 64, max: 3000 }),
      (texts, bytes) => {
        const digest = createDigest();
        digest.add(texts.map((text, index) => record(index + 1, 'user', text)));
        const { parts, leftOut } = digest.parts(bytes, 100_000);
        for (const part of parts) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(bytes);
        expect(leftOut).toBe(0);
        const letters = (text: string) => text.replace(/\s/g, '').replaceAll('User:', '');
        expect(letters(parts.join(''))).toBe(letters(texts.filter((text) => text.trim()).join('')));
      },
    ),
    { numRuns: 20 },
  );
});

test('a session that is too long loses the middles of its longest texts, and says how much', () => {
  const digest = createDigest();
  digest.add(
    Array.from({ length: 40 }, (_, index) => record(index + 1, 'assistant', `${index} ${'word '.repeat(400)}`)),
  );
  const { parts, leftOut } = digest.parts(4000, 4);
  expect(parts.length).toBeLessThanOrEqual(4);
  expect(leftOut).toBeGreaterThan(0.7);
});

test('a session of 150,000 records is taken in and cut', () => {
  const digest = createDigest();
  digest.add(Array.from({ length: 150_000 }, (_, index) => record(index + 1, 'result', `output ${index} of it`)));
  digest.add([record(150_001, 'user', 'What came out of all these runs of the parser?')]);
  const { parts, leftOut } = digest.parts(4000, 4);
  expect(parts).toEqual(['User: What came out of all these runs of the parser?']);
  expect(leftOut).toBeGreaterThan(0.99);
  expect(digest.extract('fast').summary).toBe('- Asked: What came out of all these runs of the parser?');
});

test('more prompts than fit are thinned out evenly, from the first to the last', () => {
  const digest = createDigest();
  digest.add(
    Array.from({ length: 5000 }, (_, index) => record(index + 1, 'user', `Question ${index} about the parser?`)),
  );
  const { parts } = digest.parts(4000, 4);
  const numbers = [...parts.join('\n').matchAll(/Question (\d+)/g)].map(([, number]) => Number(number));
  expect(parts.length).toBeLessThanOrEqual(4);
  expect(numbers.length).toBeGreaterThan(200);
  expect(numbers[0]).toBe(0);
  expect(numbers.at(-1)).toBeGreaterThan(4900);
});

test('any text is taken', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 200 }), { maxLength: 20 }), (texts) => {
      const digest = createDigest();
      digest.add(texts.map((text, index) => record(index + 1, index % 2 ? 'assistant' : 'user', text)));
      const { summary } = digest.extract('quality');
      const { score } = digest.quality(summary);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
    }),
    { numRuns: 50 },
  );
});
