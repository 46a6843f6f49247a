import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CompressionsView } from '../../../shared/compression.ts';
import type { SessionId } from '../../../shared/ids.ts';
import type { Session, SessionRecord } from '../../../shared/sessions.ts';
import { type OllamaServer, startOllamaServer } from '../../testing/ollama-server.ts';
import { recordRow } from '../../testing/session-record.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { createModels } from '../models/models.ts';
import { createOllama } from '../models/ollama.ts';
import { createAnswerCache } from './answer-cache.ts';
import { createCompression } from './compression.ts';

const id = 'session-1' as SessionId;
const presets = { fast: 'llama3.2:3b', balanced: 'llama3.2:8b', quality: 'qwen2.5:14b' };

let folder: string;
let database: Database;
let server: OllamaServer;
let texts: string[];
let clock: number;
let compression: ReturnType<typeof create>;

function records(): SessionRecord[] {
  return texts.map((text, at) => recordRow({ index: at + 1, role: at % 2 === 0 ? 'user' : 'assistant', text }));
}

function create() {
  const url = `http://127.0.0.1:${server.port}`;
  const now = () => {
    clock += 1;
    return clock;
  };
  const ollama = createOllama({
    url: () => url,
    timeoutMs: () => 300,
    retries: () => 1,
    now: Date.now,
    retryDelayMs: 1,
  });
  const models = createModels({ ollama, url: () => url, now });
  return createCompression({
    database,
    cache: createAnswerCache({ file: join(folder, 'cache.db'), limitMib: () => 1, now }),
    now,
    sessions: {
      get: async (sessionId) => {
        if (sessionId !== id) throw new Error(`no session ${sessionId}`);
        return { id, messages: texts.length, filesTouched: ['/app/verify.ts'], projectId: null } as unknown as Session;
      },
      messages: async ({ after, limit }) => {
        const items = records().slice(after, after + limit);
        return { items, nextCursor: after + limit < texts.length ? after + limit : null };
      },
    },
    settings: () => ({ compressionPreset: 'balanced', compressionModels: presets }),
    ollama: { ...ollama, lately: async () => models.get() },
    claude: { program: async () => ({ path: null, problem: 'not here' }), environment: {}, folder },
    mayNotSpend: () => 'The limit of the day is reached.',
    spent: () => {
      throw new Error('nothing costs money here');
    },
    digestProgram: new URL('digest-thread.ts', import.meta.url),
  });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compression-test-'));
  database = openDatabase(join(folder, 'state.db'), { durable: false });
  migrate(database);
  server = await startOllamaServer({ models: { 'llama3.2:3b': {}, 'llama3.2:8b': {} } });
  clock = 1_000_000;
  texts = [
    'Please make the webhook signatures safe against timing attacks.',
    'I decided to use timingSafeEqual instead of a comparison of strings.',
    'Should old secrets stay valid?',
    'Old secrets stay valid for 24 hours. A test for the rotation is still missing.',
  ];
  compression = create();
});

afterEach(async () => {
  await compression.close();
  await server.close();
  database.close();
  await rm(folder, { recursive: true });
});

async function viewed(matches: (view: CompressionsView) => boolean): Promise<CompressionsView> {
  for await (const view of compression.watch(id, undefined)) if (matches(view)) return view;
  throw new Error('the view ended');
}

test('Ollama makes it where it is present; the same again is answered from what is kept', async () => {
  const made = await compression.compress({ sessionId: id, fresh: false });
  expect(made).toMatchObject({
    engine: 'ollama',
    model: 'llama3.2:8b',
    preset: 'balanced',
    why: 'Ollama has llama3.2:8b, the model of the preset “balanced”.',
    decisions: [{ text: 'The first way was taken.', index: null }],
    openPoints: [{ text: 'One point is open.', index: null }],
    files: ['/app/verify.ts'],
    parts: 1,
    costUsd: 0,
    cached: false,
    stale: false,
    records: 4,
  });
  expect(made.summary).toContain('rotation is still missing.');
  expect(made.ratio).toBeCloseTo(made.resultChars / made.sourceChars);
  expect(made.quality.score).toBeGreaterThan(0);
  expect(made.tookMs).toBeGreaterThan(0);
  const chat = server.calls.find(({ path }) => path === '/api/chat');
  expect(chat?.body.options).toMatchObject({ num_ctx: 8192, temperature: 0 });
  expect(chat?.body.format).toMatchObject({ required: ['summary', 'topics', 'decisions', 'openPoints'] });
  const calls = server.calls.filter(({ path }) => path === '/api/chat').length;
  const again = await compression.compress({ sessionId: id, fresh: false });
  expect(again).toEqual({ ...made, cached: true });
  // Made anew, the model is not asked again either: its answer to this text is kept.
  const fresh = await compression.compress({ sessionId: id, fresh: true });
  expect(fresh).toMatchObject({ cached: false, summary: made.summary, inputTokens: 0 });
  expect(fresh.id).not.toBe(made.id);
  expect(server.calls.filter(({ path }) => path === '/api/chat')).toHaveLength(calls);
  expect(compression.cache()).toMatchObject({ entries: 1, memoryEntries: 1, hits: 1, misses: 1, hitRate: 0.5 });
  expect((await compression.list({ sessionId: id, limit: 50 })).items).toHaveLength(1);
});

test('a preset whose model is not there takes the nearest one and says so', async () => {
  const made = await compression.compress({ sessionId: id, preset: 'quality', fresh: false });
  expect(made).toMatchObject({ engine: 'ollama', model: 'llama3.2:8b' });
  expect(made.why).toContain('has not fetched qwen2.5:14b');
});

test('absent: without a wish it is done without a model, and says why; never by Claude', async () => {
  await server.close();
  const made = await compression.compress({ sessionId: id, fresh: false });
  expect(made).toMatchObject({
    engine: 'extractive',
    model: null,
    why: 'Ollama is absent, so sentences of the session were chosen without a model.',
    quality: { grounding: 1 },
  });
  expect(made.decisions).toEqual([
    { text: 'I decided to use timingSafeEqual instead of a comparison of strings.', index: 2 },
  ]);
  expect(made.openPoints).toEqual([{ text: 'A test for the rotation is still missing.', index: 4 }]);
  await expect(compression.compress({ sessionId: id, engine: 'ollama', fresh: false })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('Nothing answers at'),
  });
});

test.each(['failing-chat', 'slow', 'cut'] as const)('%s: falls back, and names what was wrong', async (mode) => {
  await compression.compress({ sessionId: id, preset: 'fast', engine: 'extractive', fresh: false });
  const chat = server.waitFor(({ path }) => path === '/api/chat');
  if (mode !== 'slow') server.setMode(mode);
  else void server.waitFor(({ path }) => path === '/api/show').then(() => server.setMode('slow'));
  const made = await compression.compress({ sessionId: id, fresh: false });
  expect(made.engine).toBe('extractive');
  expect(made.why).toMatch(/terminated|sign of life|broke off/);
  expect(made.why).toContain('without a model');
  if (mode !== 'slow') await chat;
  server.setMode('failing-chat');
  await expect(compression.compress({ sessionId: id, engine: 'ollama', fresh: false })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  });
  const { jobs } = await viewed(({ jobs }) => jobs.some(({ step }) => step === 'failed'));
  expect(jobs[0]?.problem).toMatch(/terminated|left alone/);
});

test('an answer in no form is asked for once more, then it is no answer', async () => {
  server.setAnswer(() => 'I would rather not.');
  const made = await compression.compress({ sessionId: id, fresh: false });
  expect(made.engine).toBe('extractive');
  expect(made.why).toContain('did not answer in the form');
  expect(server.calls.filter(({ path }) => path === '/api/chat')).toHaveLength(2);
  expect(compression.cache().entries).toBe(0);
});

test('a long session is read in parts, and only what was added is read when it has grown', async () => {
  texts = Array.from({ length: 60 }, (_, at) => `Part ${at} of the talk: ${`word${at} and more of it `.repeat(30)}`);
  const made = await compression.compress({ sessionId: id, preset: 'fast', fresh: false });
  expect(made.parts).toBeGreaterThan(3);
  const chats = () => server.calls.filter(({ path }) => path === '/api/chat').length;
  const first = chats();
  expect(first).toBeGreaterThan(made.parts);
  texts.push('And one more question at the end, about the herons.');
  const [listed] = (await compression.list({ sessionId: id, limit: 50 })).items;
  expect(listed).toMatchObject({ id: made.id, stale: true });
  const grown = await compression.compress({ sessionId: id, preset: 'fast', fresh: false });
  expect(grown).toMatchObject({ cached: false, records: 61 });
  // The last part and what combines it: the others were known.
  expect(chats() - first).toBeLessThan(made.parts);
  expect((await compression.list({ sessionId: id, limit: 50 })).items).toHaveLength(1);
});

test('two that ask for the same get one; it can be ended in its middle', async () => {
  server.hold(true);
  const both = [1, 2].map(() => compression.compress({ sessionId: id, fresh: false }));
  const ended = Promise.allSettled(both);
  await server.waitFor(({ path }) => path === '/api/chat');
  const { jobs } = await viewed(({ jobs }) => jobs.some(({ step }) => step === 'writing'));
  expect(jobs).toHaveLength(1);
  expect(jobs[0]).toMatchObject({ engine: 'ollama', model: 'llama3.2:8b', done: 0, total: 1 });
  expect(await compression.cancel(jobs[0]?.id ?? '')).toEqual({ cancelled: true });
  for (const result of await ended)
    expect(result).toMatchObject({ reason: { message: 'The compression was cancelled.' } });
  expect((await server.waitFor(({ disconnected }) => disconnected)).path).toBe('/api/chat');
  expect((await compression.list({ sessionId: id, limit: 50 })).items).toEqual([]);
  expect((await viewed(() => true)).jobs).toEqual([]);
});

test('what was made is found by its words, and can be deleted', async () => {
  const made = await compression.compress({ sessionId: id, engine: 'extractive', fresh: false });
  const find = async (q: string) => (await compression.list({ q, limit: 50 })).items.map((item) => item.id);
  expect(await find('TIMING rotation')).toEqual([made.id]);
  expect(await find('quagga')).toEqual([]);
  expect(compression.remove(made.id)).toEqual({ removed: true });
  expect(compression.remove(made.id)).toEqual({ removed: false });
  expect(await find('timing')).toEqual([]);
});

test('answers that are kept outlive a restart, and are cleared on request', async () => {
  await compression.compress({ sessionId: id, fresh: false });
  const calls = server.calls.filter(({ path }) => path === '/api/chat').length;
  await compression.close();
  compression = create();
  await compression.compress({ sessionId: id, fresh: true });
  expect(server.calls.filter(({ path }) => path === '/api/chat')).toHaveLength(calls);
  expect(compression.cache()).toMatchObject({ entries: 1, hits: 1, misses: 0 });
  expect(compression.clearCache()).toMatchObject({
    entries: 0,
    sizeBytes: 0,
    memoryEntries: 0,
    hits: 0,
    hitRate: null,
  });
});

test('Claude is not asked when the day may not cost more, and an empty session is refused', async () => {
  await expect(compression.compress({ sessionId: id, engine: 'claude', fresh: false })).rejects.toMatchObject({
    code: 'CONFLICT',
    message: 'The limit of the day is reached.',
  });
  texts = [];
  await expect(compression.compress({ sessionId: id, fresh: false })).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
});
