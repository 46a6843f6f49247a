import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyTranscript } from './copy-transcript.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'control-room-copy-'));
});

afterEach(() => rm(home, { recursive: true, force: true }));

const prompt = (uuid: string, parentUuid: string | null, content: string) => ({
  type: 'user',
  uuid,
  parentUuid,
  sessionId: 'old',
  message: { role: 'user', content },
});
const answer = (uuid: string, parentUuid: string, text: string) => ({
  type: 'assistant',
  uuid,
  parentUuid,
  sessionId: 'old',
  message: { id: uuid, role: 'assistant', model: 'm', content: [{ type: 'text', text }] },
});

async function copied(records: unknown[], end: { prompt: number; answered: boolean } | null): Promise<string[]> {
  const from = join(home, 'from.jsonl');
  const to = join(home, 'new', 'to.jsonl');
  await writeFile(
    from,
    records
      .map((record) => (typeof record === 'string' ? record : JSON.stringify(record)))
      .join('\n')
      .concat('\n'),
  );
  await copyTranscript({ from, to, sessionId: 'new', end });
  const lines = (await readFile(to, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const line of lines) if ('sessionId' in line) expect(line.sessionId).toBe('new');
  return lines.map(({ uuid, type }) => uuid ?? type);
}

const conversation = [
  { type: 'mode', mode: 'normal', sessionId: 'old' },
  prompt('p1', null, 'one'),
  answer('a1', 'p1', 'first'),
  { type: 'queue-operation', operation: 'enqueue', sessionId: 'old' },
  { type: 'attachment', uuid: 't2', parentUuid: 'a1', sessionId: 'old', attachment: {} },
  '{"type":"user","cut in tw',
  prompt('p2', 'a1', 'two'),
  answer('a2', 'p2', 'second'),
  prompt('p3', 'a2', 'three'),
  answer('a3', 'p3', 'third'),
  { type: 'cost-state', sessionId: 'old' },
];

test('ends before a prompt or after its answer, without what belongs to the cut', async () => {
  expect(await copied(conversation, { prompt: 2, answered: false })).toEqual(['mode', 'p1', 'a1']);
  expect(await copied(conversation, { prompt: 2, answered: true })).toEqual(['mode', 'p1', 'a1', 't2', 'p2', 'a2']);
  expect((await copied(conversation, { prompt: 3, answered: true })).at(-1)).toBe('a3');
  expect(await copied(conversation, null)).toHaveLength(9);
});

test('where a person went back, the history is what the prompt follows', async () => {
  const rewound = [
    prompt('p1', null, 'one'),
    answer('a1', 'p1', 'first'),
    prompt('p2', 'a1', 'two'),
    answer('a2', 'p2', 'second'),
    prompt('p3', 'a1', 'two, put differently'),
    answer('a3', 'p3', 'third'),
  ];
  expect(await copied(rewound, { prompt: 3, answered: false })).toEqual(['p1', 'a1']);
});

test('tool results and the summary of a compaction are no prompts', async () => {
  const worked = [
    prompt('p1', null, 'one'),
    answer('a1', 'p1', 'first'),
    {
      type: 'user',
      uuid: 'r1',
      parentUuid: 'a1',
      message: { content: [{ type: 'tool_result', tool_use_id: 't', content: 'x' }] },
    },
    { type: 'system', subtype: 'compact_boundary', uuid: 'c', parentUuid: null, logicalParentUuid: 'r1' },
    { ...prompt('s', 'c', 'What was said before'), isCompactSummary: true },
    prompt('p2', 's', 'two'),
    answer('a2', 'p2', 'second'),
  ];
  expect(await copied(worked, { prompt: 2, answered: false })).toEqual(['p1', 'a1', 'r1', 'c', 's']);
});

test('nothing before the first prompt, or a prompt that is not there, is refused and leaves no file', async () => {
  await expect(copied(conversation, { prompt: 1, answered: false })).rejects.toThrow(/Nothing was said before/);
  await expect(copied(conversation, { prompt: 9, answered: false })).rejects.toThrow(/not in the transcript any more/);
  await expect(readFile(join(home, 'new', 'to.jsonl'))).rejects.toThrow();
});
