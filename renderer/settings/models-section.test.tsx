import { act } from 'react';
import { expect, test } from 'vitest';
import type { ModelsView } from '../../shared/models.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { button, render, type } from '../testing/render.tsx';
import { ModelsSection } from './models-section.tsx';

const now = Date.now();

const view: ModelsView = {
  url: 'http://127.0.0.1:11434',
  state: 'present',
  version: '0.12.3',
  problem: null,
  lookedAt: now,
  breaker: { state: 'closed', failures: 0, openUntil: null },
  models: [
    {
      name: 'llama3.2:3b',
      sizeBytes: 2_000_000_000,
      family: 'llama',
      parameters: '3.2B',
      quantization: 'Q4_K_M',
      modifiedAt: now,
    },
  ],
  pulls: [],
};

const cache = {
  entries: 3,
  sizeBytes: 2048,
  limitBytes: 1_000_000,
  memoryEntries: 1,
  memoryBytes: 600,
  hits: 3,
  misses: 1,
  hitRate: 0.75,
};

async function section(part: Partial<ModelsView>, calls: Record<string, (input: never) => unknown> = {}) {
  const drawn = await render(<ModelsSection />, fixtureState(now), {
    'models.watch': async function* () {
      yield { ...view, ...part };
    },
    'compression.cache': () => cache,
    'meaning.state': () => ({ state: 'off', model: '', known: 0, problem: null }),
    ...calls,
  });
  await act(async () => new Promise((resolve) => setTimeout(resolve, 0)));
  return drawn;
}

test('present: its models, those of the presets that are missing, and what is kept', async () => {
  const pulled: unknown[] = [];
  const { root, unmount } = await section(
    {},
    {
      'models.pull': (input: unknown) => void pulled.push(input),
      'compression.clearCache': () => ({ ...cache, entries: 0 }),
    },
  );
  expect(root.textContent).toContain('Ollama 0.12.3 at http://127.0.0.1:11434');
  expect(root.textContent).toContain('2.0 GB · 3.2B · Q4_K_M · llama');
  expect(root.textContent).toContain('3 of 4 were there already: 75 %');
  await act(async () => button(root, 'llama3.2:8b').click());
  const field = root.querySelector<HTMLInputElement>('[aria-label="Name of a model to fetch"]');
  if (!field) throw new Error('no field');
  await type(field, 'gemma3:4b');
  await act(async () => button(root, 'Fetch').click());
  expect(pulled).toEqual([{ name: 'llama3.2:8b' }, { name: 'gemma3:4b' }]);
  await act(async () => button(root, 'Clear').click());
  expect(root.textContent).toContain('Nothing is kept yet.');
  unmount();
});

test('absent: says what to do; nothing can be fetched', async () => {
  const { root, unmount } = await section({
    state: 'absent',
    version: null,
    models: [],
    problem: 'Nothing answers there.',
  });
  expect(root.textContent).toContain('Nothing answers there.');
  expect(root.textContent).toContain('Not known while Ollama does not answer.');
  expect(button(root, 'Fetch').disabled).toBe(true);
  unmount();
});

test('an open circuit and pulls: how long still, how far, and why one failed', async () => {
  const ended: unknown[] = [];
  const pull = { status: 'pulling aaaa', doneBytes: 250, totalBytes: 1000, startedAt: now };
  const { root, unmount } = await section(
    {
      breaker: { state: 'open', failures: 5, openUntil: now + 20_000 },
      pulls: [
        { ...pull, name: 'qwen2.5:14b', state: 'running', problem: null },
        { ...pull, name: 'nowhere:1b', state: 'failed', problem: 'nobody has it' },
      ],
    },
    { 'models.cancelPull': (input: unknown) => void ended.push(input) },
  );
  expect(root.textContent).toMatch(/failed 5 times in a row.*nothing is sent to it for \d+ s more/);
  expect(root.textContent).toContain('25 %, 250 B of 1.0 kB · pulling aaaa');
  expect(root.querySelector('[role=alert]')?.textContent).toContain('nobody has it');
  await act(async () => button(root, 'Cancel').click());
  expect(ended).toEqual([{ name: 'qwen2.5:14b' }]);
  unmount();
});

test('two models side by side', async () => {
  const { root, unmount } = await section(
    {},
    {
      'models.compare': ({ models }: { models: [string, string] }) => ({
        results: models.map((model, place) => ({
          model,
          output: `answer ${place}`,
          tookMs: 1200,
          firstMs: 300,
          inputTokens: 10,
          outputTokens: 20,
          tokensPerSecond: place ? null : 16.7,
          problem: place ? 'it has gone' : null,
        })),
      }),
    },
  );
  await act(async () => button(root, 'Compare').click());
  const answers = [...root.querySelectorAll('[aria-label^="Answer of"]')].map((one) => one.textContent);
  expect(answers[0]).toContain('1.2 s, first word after 300 ms · 16.7 tokens/s · 10 in, 20 outanswer 0');
  expect(answers[1]).toContain('it has gone');
  unmount();
});
