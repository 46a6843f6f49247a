import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Session } from '../../../shared/sessions.ts';
import { type OllamaServer, startOllamaServer } from '../../testing/ollama-server.ts';
import { createPlainSearchIndex } from '../../testing/search-index-fixture.ts';
import { writeTranscript } from '../../testing/transcripts.ts';
import { createOllama } from '../models/ollama.ts';
import { createMeaning } from './meaning.ts';
import type { SearchIndex } from './search-index.ts';

const birds = '0b3c1d9e-6f7a-4b1e-9a51-2f1a7b8c9d0e';
const money = '1c4d2e0f-7a8b-4c2f-8b62-3a2b8c9d0e1f';

let folder: string;
let server: OllamaServer;
let index: SearchIndex;
let model: string;
let passing: string[];
let meaning: ReturnType<typeof create>;

function create() {
  const ollama = createOllama({
    url: () => `http://127.0.0.1:${server.port}`,
    timeoutMs: () => 5000,
    retries: () => 0,
    now: Date.now,
  });
  return createMeaning({
    files: { index: join(folder, 'search.db'), meanings: join(folder, 'meanings.db') },
    program: new URL('meaning-thread.ts', import.meta.url),
    index,
    model: () => model,
    embed: ollama.embed,
    getSession: async (id) => ({ id, title: 'A session', projectId: null, workerId: null }) as unknown as Session,
    passing: async ({ archived }) => (archived ? [] : passing),
    now: Date.now,
    log: { warn: () => undefined },
    gatherMs: 20,
  });
}

const line = (sessionId: string, role: 'user' | 'assistant', text: string): string =>
  JSON.stringify({
    type: role,
    uuid: `${sessionId}-${text.length}`,
    sessionId,
    timestamp: '2026-11-20T10:00:00Z',
    cwd: '/work',
    version: '2.1.329',
    message: { role, content: role === 'user' ? text : [{ type: 'text', text }] },
  });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meaning-test-'));
  server = await startOllamaServer({ models: { 'nomic-embed-text': {}, 'mxbai-embed-large': {} } });
  model = 'nomic-embed-text';
  passing = [birds, money];
  await writeTranscript(folder, 'work', birds, [
    line(birds, 'user', 'herons stand in shallow water'),
    line(birds, 'assistant', 'yes'),
    line(birds, 'assistant', 'herons hunt fish in shallow water'),
  ]);
  await writeTranscript(folder, 'work', money, [line(money, 'user', 'invoices are paid within thirty days')]);
  index = createPlainSearchIndex({
    file: join(folder, 'search.db'),
    folder,
    keepFolder: join(folder, 'kept'),
    onError: () => undefined,
  });
  index.start();
});

afterEach(async () => {
  await meaning.close();
  await index.close();
  await server.close();
  await rm(folder, { recursive: true });
});

/** Settles when all that is longer than a few letters has a vector. */
const known = (count: number) =>
  expect.poll(() => meaning.state(), { timeout: 15_000 }).toMatchObject({ state: 'up-to-date', known: count });

test('finds what is near in meaning, not what is far, and takes in what is added', async () => {
  meaning = create();
  await known(3);
  const found = await meaning.search({ q: 'herons in water', limit: 10, archived: false });
  expect(found.model).toBe('nomic-embed-text');
  expect(found.items.slice(0, 2).map(({ sessionId }) => sessionId)).toEqual([birds, birds]);
  expect(found.items[0]).toMatchObject({ title: 'A session', snippet: expect.stringContaining('herons') });
  const likeness = found.items.map((hit) => hit.likeness);
  expect(likeness).toEqual([...likeness].sort((a, b) => b - a));
  const embeds = () => server.calls.filter(({ path, body }) => path === '/api/embed' && (body.input?.length ?? 0) > 0);
  const before = embeds().length;
  await appendFile(
    join(folder, 'projects', 'work', `${money}.jsonl`),
    `${line(money, 'user', 'otters slide down the river bank')}\n`,
  );
  await known(4);
  // Only what was new was given to the model.
  expect(
    embeds()
      .slice(before)
      .flatMap(({ body }) => body.input),
  ).toEqual(['otters slide down the river bank']);
  const [first] = (await meaning.search({ q: 'otters slide down the river bank', limit: 1, archived: false })).items;
  expect(first).toMatchObject({ sessionId: money, index: 2, role: 'user' });
  expect(first?.likeness).toBeGreaterThan(0.98);
});

test('it is off without a model, waits where Ollama does not answer, and begins anew with another model', async () => {
  model = '';
  meaning = create();
  await expect(meaning.search({ q: 'herons', limit: 5, archived: false })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  });
  expect(meaning.state().state).toBe('off');
  server.setMode('failing');
  model = 'nomic-embed-text';
  meaning.settingsChanged();
  await expect
    .poll(() => meaning.state(), { timeout: 15_000 })
    .toMatchObject({ state: 'waiting', problem: expect.stringContaining('terminated') });
  await expect(meaning.search({ q: 'herons', limit: 5, archived: false })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  });
  server.setMode('present');
  model = 'mxbai-embed-large';
  meaning.settingsChanged();
  await known(3);
  expect(server.calls.at(-1)?.body.model).toBe('mxbai-embed-large');
});

test('vectors outlive a restart', async () => {
  meaning = create();
  await known(3);
  await meaning.close();
  const before = server.calls.length;
  meaning = create();
  await known(3);
  expect(server.calls).toHaveLength(before);
  expect((await meaning.search({ q: 'paid invoices', limit: 1, archived: false })).items[0]?.sessionId).toBe(money);
});

test('only what its filters let through is near', async () => {
  meaning = create();
  await known(3);
  const near = async (more: object = {}) =>
    (await meaning.search({ q: 'herons in shallow water', limit: 10, archived: false, ...more })).items.map(
      ({ sessionId, index: place }) => `${sessionId} ${place}`,
    );
  expect((await near()).sort()).toEqual([`${birds} 1`, `${birds} 3`, `${money} 1`]);
  expect(await near({ role: 'assistant' })).toEqual([`${birds} 3`]);
  expect(await near({ from: Date.parse('2026-11-20T10:00:00Z') })).toHaveLength(3);
  expect(await near({ from: Date.parse('2026-11-20T10:00:01Z') })).toEqual([]);
  expect(await near({ tool: 'Edit' })).toEqual([]);
  expect(await near({ path: 'birds.ts' })).toEqual([]);
  expect(await near({ archived: true })).toEqual([]);
  passing = [money];
  expect(await near()).toEqual([`${money} 1`]);
});
