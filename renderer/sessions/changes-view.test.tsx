import { act } from 'react';
import { afterEach, expect, test } from 'vitest';
import type { SessionDelta, SessionSummary } from '../../shared/session-changes.ts';
import { useUi } from '../app/ui-state.ts';
import { useStore } from '../data/store.ts';
import { sessionRow } from '../testing/fixture-sessions.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { button, render, settled } from '../testing/render.tsx';
import { changeWords } from './change-words.ts';
import { ChangesView } from './changes-view.tsx';
import { choose, letAllGo, useChosen } from './chosen.ts';
import { ChosenBar } from './chosen-bar.tsx';
import { partsOf } from './kept-contexts.tsx';

const now = Date.now();

afterEach(() => {
  useUi.setState({ toasts: [], dialog: null });
  letAllGo();
});

const summary: SessionSummary = {
  title: 'Retry policy',
  projectId: null,
  branch: 'feat/retry',
  model: 'claude-sonnet-5',
  turns: 2,
  messages: 4,
  tokens: 1000,
  costUsd: 0.5,
  files: 0,
  tags: [],
  pinned: false,
  archived: false,
  state: 'present',
};
const delta = (part: Partial<SessionDelta>): SessionDelta => ({
  seq: 1,
  kind: 'updated',
  sessionId: 's1' as SessionDelta['sessionId'],
  before: summary,
  after: { ...summary, turns: 5, pinned: true },
  firstAt: now,
  at: now,
  ...part,
});

test('says what changed', () => {
  expect(changeWords(delta({}))).toEqual(['+3 turns', 'pinned']);
  expect(changeWords(delta({ kind: 'created', before: null }))).toContain('feat/retry');
  expect(changeWords(delta({ kind: 'deleted', after: null })).join()).toContain('can be restored');
  expect(changeWords(delta({ kind: 'deleted', after: { ...summary, state: 'kept' } })).join()).toContain('kept here');
});

test('the feed takes in what happens; an entry that grew takes the place of what it was', async () => {
  const { root, unmount } = await render(<ChangesView deleted={false} />, fixtureState(now), {
    'sessionChanges.list': () => ({ items: [delta({ seq: 4 })], nextCursor: 4, firstSeq: 1 }),
  });
  await settled();
  const rows = () => [...root.querySelectorAll('li')].map((row) => row.textContent);
  expect(rows()).toHaveLength(1);
  const tell = (change: SessionDelta) =>
    act(async () => useStore.setState(({ rows: all }) => ({ rows: { ...all, sessionChange: change } })));
  await tell(delta({ seq: 5, after: { ...summary, turns: 9 } }));
  expect(rows()).toHaveLength(1);
  expect(rows()[0]).toContain('+7 turns');
  await tell(delta({ seq: 6, sessionId: 's2' as SessionDelta['sessionId'], kind: 'created', before: null }));
  expect(rows()).toHaveLength(2);
  expect(rows()[0]).toContain('created');
  expect(button(root, 'Earlier changes')).toBeTruthy();
  unmount();
});

test('a deleted session is restored; removing it for good is asked first', async () => {
  const calls: string[] = [];
  const trashed = {
    id: 's1',
    title: 'Retry policy',
    projectId: null,
    deletedAt: now,
    until: now,
    files: 1,
    sizeBytes: 9,
  };
  let items = [trashed];
  const { root, unmount } = await render(<ChangesView deleted />, fixtureState(now), {
    'sessions.trash': () => ({ items }),
    'sessions.restore': ({ id }: { id: string }) => {
      calls.push(`restore ${id}`);
      items = [];
      return sessionRow(now, { title: 'Retry policy', id });
    },
    'sessions.purge': ({ id }: { id: string }) => {
      calls.push(`purge ${id}`);
      return { id };
    },
  });
  await settled();
  await act(async () => root.querySelector<HTMLElement>('[aria-label="Remove “Retry policy” for good"]')?.click());
  expect(calls).toEqual([]);
  await act(async () => button(root, 'Remove for good').click());
  expect(calls).toEqual(['purge s1']);
  unmount();
  const again = await render(<ChangesView deleted />, fixtureState(now), {
    'sessions.trash': () => ({ items }),
    'sessions.restore': () => {
      calls.push('restore');
      items = [];
      return sessionRow(now, { title: 'Retry policy', id: 's1' });
    },
  });
  await settled();
  await act(async () => button(again.root, 'Restore').click());
  await settled();
  expect(calls).toEqual(['purge s1', 'restore']);
  expect(again.root.textContent).toContain('No deleted session');
  again.unmount();
});

test('a choice is kept under a name, by session', async () => {
  const message = (sessionId: string, index: number) =>
    ({ sessionId, title: sessionId, index, role: 'user', toolName: null, text: 'x' }) as const;
  expect(partsOf([message('a', 1), message('a', 4), message('b', 2)])).toEqual([
    { sessionId: 'a', indexes: [1, 4] },
    { sessionId: 'b', indexes: [2] },
  ]);
  let saved: unknown;
  choose([message('a', 1)]);
  const { root, unmount } = await render(<ChosenBar session={undefined} />, fixtureState(now), {
    'contexts.save': (input: { name: string }) => {
      saved = input;
      return { id: 'x_1', createdAt: now, changedAt: now, ...input };
    },
  });
  await act(async () => button(root, 'Keep…').click());
  const field = root.querySelector<HTMLInputElement>('[aria-label="Name of the context"]');
  await act(async () => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field, 'Shore birds');
    field?.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await act(async () => button(root, 'Keep').click());
  expect(saved).toEqual({ name: 'Shore birds', parts: [{ sessionId: 'a', indexes: [1] }], budgetTokens: 20_000 });
  expect(Object.keys(useChosen.getState().byKey)).toHaveLength(1);
  unmount();
});
