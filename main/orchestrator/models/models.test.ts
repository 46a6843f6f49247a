import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ModelsView } from '../../../shared/models.ts';
import { type OllamaServer, startOllamaServer } from '../../testing/ollama-server.ts';
import { createModels } from './models.ts';
import { createOllama } from './ollama.ts';
import { OllamaError } from './ollama-wire.ts';

let server: OllamaServer;
let url: string;
let clock = 0;

beforeEach(async () => {
  server = await startOllamaServer({
    models: { 'llama3.2:3b': {}, 'nomic-embed-text:latest': { sizeBytes: 300_000_000 } },
  });
  url = `http://127.0.0.1:${server.port}`;
  clock = Date.now();
});

afterEach(() => server.close());

function create(options: { timeoutMs?: number; retries?: number; halfOpenAfterMs?: number } = {}) {
  const ollama = createOllama({
    url: () => url,
    timeoutMs: () => options.timeoutMs ?? 5000,
    retries: () => options.retries ?? 3,
    now: () => clock,
    onChange: () => models.changed(),
    retryDelayMs: 1,
    halfOpenAfterMs: options.halfOpenAfterMs ?? 30_000,
  });
  const models = createModels({ ollama, url: () => url, now: () => clock });
  return { ollama, models };
}

/** Settles with the first view of which `matches` is true. */
async function viewed(models: ReturnType<typeof create>['models'], matches: (view: ModelsView) => boolean) {
  for await (const view of models.watch(undefined)) if (matches(view)) return view;
  throw new Error('the view ended');
}

async function troubleOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OllamaError)) throw new Error(`not Ollama's: ${String(error)}`);
  return error.trouble;
}

test('present: its version and models, an answer with its counts, vectors', async () => {
  const { ollama, models } = create();
  const view = await models.get();
  expect(view).toMatchObject({ state: 'present', version: '0.12.3', problem: null, breaker: { state: 'closed' } });
  expect(view.models[0]).toMatchObject({ name: 'llama3.2:3b', parameters: '3.2B', quantization: 'Q4_K_M' });
  const pieces: string[] = [];
  const answer = await ollama.chat({
    model: 'llama3.2:3b',
    text: 'herons and otters',
    onPiece: (piece) => pieces.push(piece),
  });
  expect(answer.text).toBe('In short: herons and otters');
  expect(pieces.join('')).toBe(answer.text);
  expect(answer).toMatchObject({ inputTokens: 5, outputTokens: 12, tokensPerSecond: 6 });
  expect(await ollama.show('llama3.2:3b')).toEqual({ contextTokens: 8192, embeds: false });
  const [a, b, c] = await ollama.embed('nomic-embed-text:latest', ['one heron', 'one heron', 'quagga']);
  expect(a).toEqual(b);
  expect(a).not.toEqual(c);
  expect(await models.check()).toMatchObject({ state: 'ok' });
});

test('absent: said as such, without a long wait, and no fault for the doctor', async () => {
  await server.close();
  const { ollama, models } = create();
  expect(await models.get()).toMatchObject({ state: 'absent', models: [] });
  expect(await models.check()).toMatchObject({ state: 'not-installed' });
  expect(await troubleOf(ollama.chat({ model: 'x', text: 'y' }))).toBe('absent');
});

test('slow: given up after its time without a sign of life, tried again as often as was said', async () => {
  server.setMode('slow');
  const { ollama } = create({ timeoutMs: 60, retries: 2 });
  expect(await troubleOf(ollama.chat({ model: 'llama3.2:3b', text: 'x' }))).toBe('slow');
  expect(server.calls).toHaveLength(3);
});

test('an answer that goes on is not given up, however long it takes', async () => {
  await server.close();
  server = await startOllamaServer({ pieceMs: 60 });
  url = `http://127.0.0.1:${server.port}`;
  const { ollama } = create({ timeoutMs: 250, retries: 0 });
  const text = 'a word and another word and one more '.repeat(5);
  const answer = await ollama.chat({ model: 'llama3.2:3b', text });
  expect(answer.text).toContain('one more a word');
});

test('failing: its own words are told, and the circuit opens, lets one try and closes', async () => {
  server.setMode('failing-chat');
  const { ollama, models } = create();
  const chat = () => ollama.chat({ model: 'llama3.2:3b', text: 'x' });
  await expect(chat()).rejects.toThrow('llama runner process has terminated');
  expect(server.calls).toHaveLength(4);
  expect(ollama.breaker()).toMatchObject({ state: 'closed', failures: 4 });
  await expect(chat()).rejects.toThrow('left alone for another 30 s');
  expect(server.calls).toHaveLength(5);
  await expect(chat()).rejects.toThrow('5 times in a row');
  expect(server.calls).toHaveLength(5);
  expect(ollama.breaker().state).toBe('open');
  // A look goes past the circuit, and does not close it: what is there is not what fails.
  expect((await models.get()).breaker.state).toBe('open');
  expect(await models.check()).toMatchObject({ state: 'warning', detail: expect.stringContaining('circuit is open') });
});

test('the circuit lets one call try after its time: failing opens it again, answering closes it', async () => {
  server.setMode('failing-chat');
  const { ollama } = create({ retries: 4, halfOpenAfterMs: 1 });
  const chat = () => ollama.chat({ model: 'llama3.2:3b', text: 'x' });
  await expect(chat()).rejects.toThrow();
  clock += 10;
  expect(ollama.breaker().state).toBe('half-open');
  server.setMode('present');
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect((await chat()).text).toBe('In short: x');
  expect(ollama.breaker()).toMatchObject({ state: 'closed', failures: 0 });
});

test('a circuit that opened because nothing was there closes when something is', async () => {
  const { port } = server;
  await server.close();
  const { ollama, models } = create({ retries: 5 });
  expect(await troubleOf(ollama.chat({ model: 'x', text: 'y' }))).toBe('absent');
  expect(ollama.breaker().state).toBe('open');
  server = await startOllamaServer({ port });
  expect((await models.get()).breaker.state).toBe('closed');
});

test('what it refuses is not tried again and does not open the circuit', async () => {
  const { ollama } = create();
  expect(await troubleOf(ollama.chat({ model: 'nobody', text: 'x' }))).toBe('refused');
  expect(server.calls).toHaveLength(1);
  expect(ollama.breaker().failures).toBe(0);
});

test('an answer that breaks off is no answer', async () => {
  server.setMode('cut');
  const { ollama } = create({ retries: 0 });
  expect(await troubleOf(ollama.chat({ model: 'llama3.2:3b', text: 'some words to break off in' }))).toBe('failing');
});

test('a pull shows its progress, brings the model and can be ended in its middle', async () => {
  const { models } = create();
  server.hold(true);
  models.pull('qwen2.5:7b');
  const running = await viewed(models, ({ pulls }) => (pulls[0]?.totalBytes ?? 0) > 0);
  expect(running.pulls[0]).toMatchObject({ name: 'qwen2.5:7b', state: 'running', totalBytes: 4000, doneBytes: 0 });
  expect(models.pull('qwen2.5:7b').startedAt).toBe(running.pulls[0]?.startedAt);
  expect(await models.cancelPull('qwen2.5:7b')).toEqual({ cancelled: true });
  const call = await server.waitFor(({ path, disconnected }) => path === '/api/pull' && disconnected);
  expect(call.body.model).toBe('qwen2.5:7b');
  server.hold(false);
  models.pull('qwen2.5:7b');
  const done = await viewed(models, ({ pulls, models: all }) => pulls.length === 0 && all.length === 3);
  expect(done.models.map(({ name }) => name)).toContain('qwen2.5:7b');
  expect(await models.remove('qwen2.5:7b')).toEqual({ removed: true });
  expect((await models.get()).models).toHaveLength(2);
  await expect(models.remove('qwen2.5:7b')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a pull of what nobody has says so, and is taken off', async () => {
  const { models } = create();
  models.pull('nowhere:1b');
  const failed = await viewed(models, ({ pulls }) => pulls[0]?.state === 'failed');
  expect(failed.pulls[0]?.problem).toContain('no model nowhere:1b');
  await models.cancelPull('nowhere:1b');
  expect((await models.get()).pulls).toEqual([]);
});

test('two models on one text: time, speed and words of each; the fault of one leaves the other', async () => {
  const { models } = create();
  const { results } = await models.compare(['llama3.2:3b', 'nobody:1b'], 'Which bird stands in the water?', undefined);
  expect(results[0]).toMatchObject({
    output: 'In short: Which bird stands in the water?',
    tokensPerSecond: 6,
    problem: null,
  });
  expect(results[1]).toMatchObject({ output: '', problem: expect.stringContaining("model 'nobody:1b' not found") });
});
