import { act } from 'react';
import { afterEach, expect, test } from 'vitest';
import type { Compression, CompressionJob, CompressionsView } from '../../shared/compression.ts';
import { useUi } from '../app/ui-state.ts';
import { letAllGo, useChosen } from '../sessions/chosen.ts';
import { putSessions } from '../sessions/session-store.ts';
import { sessionRow } from '../testing/fixture-sessions.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { button, render, settled } from '../testing/render.tsx';
import { CompressionPane } from './compression-pane.tsx';
import { shorterWords, stepOf } from './compression-words.ts';
import { FoundCompressions } from './found-compressions.tsx';

const now = Date.now();
const session = sessionRow(now, { title: 'Retry policy', messages: 12 });

const made: Compression = {
  id: 'c_1',
  sessionId: session.id,
  preset: 'balanced',
  engine: 'ollama',
  model: 'llama3.2:3b',
  why: 'Ollama has it.',
  summary: 'Keys are kept for 24 hours.',
  topics: ['idempotency'],
  decisions: [{ text: 'A day is enough.', index: 7 }],
  openPoints: [{ text: 'Document it.', index: null }],
  files: ['/home/user/code/tideline-api/src/keys.ts'],
  sourceChars: 4100,
  resultChars: 100,
  ratio: 100 / 4100,
  tookMs: 4200,
  quality: { score: 0.5, coverage: 0.4, grounding: 0.66 },
  parts: 1,
  inputTokens: 900,
  outputTokens: 60,
  costUsd: 0,
  records: 12,
  createdAt: now,
  stale: false,
};

const job: CompressionJob = {
  id: 'j_1',
  sessionId: session.id,
  preset: 'fast',
  engine: 'ollama',
  model: 'llama3.2:3b',
  why: '',
  step: 'writing',
  done: 2,
  total: 8,
  startedAt: now,
  problem: null,
};

afterEach(() => {
  letAllGo();
  useUi.setState({ toasts: [] });
});

async function pane(view: CompressionsView, calls: Record<string, (input: never) => unknown> = {}) {
  const drawn = await render(<CompressionPane session={session} />, fixtureState(now), {
    'compression.watch': async function* () {
      yield view;
    },
    ...calls,
  });
  await settled();
  return drawn;
}

function labelled(root: HTMLElement, label: string): HTMLButtonElement {
  const found = root.querySelector<HTMLButtonElement>(`button[aria-label="${label}"]`);
  if (!found) throw new Error(`there is no button “${label}”`);
  return found;
}

test('nothing yet: says what it would be, and begins as the settings say, without cost', async () => {
  const asked: unknown[] = [];
  const { root, unmount } = await pane(
    { items: [], jobs: [] },
    {
      'compression.compress': (input: unknown) => {
        asked.push(input);
        return made;
      },
    },
  );
  expect(root.textContent).toContain('Made by Ollama where it answers');
  await act(async () => button(root, 'Compress').click());
  expect(asked).toEqual([{ sessionId: session.id, fresh: true, preset: 'balanced' }]);
  unmount();
});

test('a result: who made it, its points with their places, ratio, quality and time', async () => {
  const { root, unmount } = await pane({ items: [made], jobs: [] });
  for (const words of ['Ollama, llama3.2:3b', 'Keys are kept', 'idempotency', '41 times shorter', '50 %', '4.2 s'])
    expect(root.textContent).toContain(words);
  expect(root.querySelector(`a[href="#/sessions/${session.id}?at=7"]`)?.textContent).toBe('A day is enough.');
  expect(root.textContent).toContain('src/keys.ts');
  expect(root.textContent).not.toContain('came after it');
  act(() => labelled(root, 'Use for a new worker').click());
  const [chosen] = Object.values(useChosen.getState().byKey);
  expect(chosen?.text).toContain('## Decisions\n\n- A day is enough.');
  unmount();
});

test('one that is older than the session says so; deleting asks the orchestrator', async () => {
  const removed: unknown[] = [];
  const { root, unmount } = await pane(
    { items: [{ ...made, records: 9, stale: true }], jobs: [] },
    { 'compression.remove': (input: unknown) => void removed.push(input) },
  );
  expect(root.textContent).toContain('3 messages came after it');
  await act(async () => labelled(root, 'Delete this result').click());
  expect(removed).toEqual([{ id: 'c_1' }]);
  unmount();
});

test('one that runs shows how far it is and can be cancelled; one that failed says why', async () => {
  const cancelled: unknown[] = [];
  const { root, unmount } = await pane(
    { items: [], jobs: [job, { ...job, id: 'j_2', step: 'failed', problem: 'Ollama broke off.' }] },
    { 'compression.cancel': (input: unknown) => void cancelled.push(input) },
  );
  expect(root.textContent).toContain('Part 3 of 8');
  expect(root.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')).toBe('25');
  expect(root.querySelector('[role=alert]')?.textContent).toContain('Ollama broke off.');
  await act(async () => button(root, 'Cancel').click());
  expect(cancelled).toEqual([{ id: 'j_1' }]);
  unmount();
});

test('words', () => {
  expect(shorterWords({ ratio: 0.5 })).toBe('2.0 times shorter');
  expect(shorterWords({ ratio: 1.2 })).toBe('not shorter');
  expect(stepOf({ ...job, step: 'reading', done: 3, total: 12 })).toEqual({
    words: 'Reading the session',
    share: 0.25,
  });
});

test('a search finds what was made, and leads to its session', async () => {
  const asked: unknown[] = [];
  putSessions([session]);
  const { root, unmount } = await render(<FoundCompressions q={'"kept for" 24*'} />, fixtureState(now), {
    'compression.list': (input: unknown) => {
      asked.push(input);
      return { items: [made, { ...made, id: 'c_2', summary: 'Older.' }] };
    },
  });
  await settled();
  expect(asked).toEqual([{ q: 'kept for  24', limit: 20 }]);
  expect([...root.querySelectorAll('a')].map((link) => link.textContent)).toEqual([
    'Retry policyKeys are kept for 24 hours.',
  ]);
  unmount();
});
