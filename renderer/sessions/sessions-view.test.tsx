import { act } from 'react';
import { afterEach, expect, test } from 'vitest';
import { recordRow } from '../../main/testing/session-record.ts';
import type { SavedSearchId } from '../../shared/ids.ts';
import type { SearchHit, Session, TitleHit } from '../../shared/sessions.ts';
import { hrefOf } from '../app/router.ts';
import { useUi } from '../app/ui-state.ts';
import { setPreferences, usePreferences } from '../data/preferences.ts';
import { hitRow, indexRow, sessionRow, titleRow } from '../testing/fixture-sessions.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { layOut } from '../testing/lay-out.ts';
import { button, render, settled, type } from '../testing/render.tsx';
import { choose, letAllGo } from './chosen.ts';
import { ChosenBar } from './chosen-bar.tsx';
import { RecordEntry } from './record-view.tsx';
import { createSessionActions } from './session-actions.ts';
import { putSessions, useSessions } from './session-store.ts';
import { SessionsView } from './sessions-view.tsx';

const now = Date.now();

layOut();

afterEach(() => {
  useSessions.setState({ byId: {}, errors: {} });
  useUi.setState({ toasts: [], dialog: null });
  letAllGo();
  location.hash = '';
});

async function* indexOnce() {
  yield indexRow;
}

test('lists sessions under their days; what is not known of the index is not said', async () => {
  const { root, unmount } = await render(<SessionsView query="" />, fixtureState(now), {
    'sessions.watchIndex': indexOnce,
    'sessions.list': () => ({
      items: [
        sessionRow(now, { title: 'Retry policy', lastAt: now }),
        sessionRow(now, { title: 'Kept one', pinned: true, tags: ['payments'], state: 'kept' }),
      ],
      nextCursor: null,
    }),
  });
  await settled();
  const headings = [...root.querySelectorAll('section h2')].map((heading) => heading.textContent);
  expect(headings.slice(0, 2)).toEqual(['Pinned', 'Today']);
  expect(root.textContent).toContain('payments');
  expect(root.textContent).toContain('12 sessions, 5 200 messages');
  expect(root.querySelector('a[href="#/sessions/retry-policy"]')).not.toBeNull();
  unmount();
});

test('asks with everything the link says, and leads to the place that matches', async () => {
  let asked: unknown;
  location.hash = '#/sessions?q=idempotency+key&role=tool&order=best&mode=substring&project=tideline-api';
  const { root, unmount } = await render(
    <SessionsView query={location.hash.split('?')[1] ?? ''} />,
    fixtureState(now),
    {
      'sessions.watchIndex': indexOnce,
      'sessions.get': ({ id }: { id: string }) => sessionRow(now, { title: 'Webhooks', id }),
      'sessions.search': (
        input: unknown,
      ): { items: SearchHit[]; titles: TitleHit[]; nextCursor: null; tookMs: number } => {
        asked = input;
        return {
          items: [hitRow({ sessionId: 's1', index: 318 }), hitRow({ sessionId: 's1', index: 12 })],
          titles: [],
          nextCursor: null,
          tookMs: 11.4,
        };
      },
    },
  );
  await settled();
  expect(asked).toMatchObject({
    q: 'idempotency key',
    mode: 'substring',
    order: 'best',
    role: 'tool',
    project: 'tideline-api',
    archived: false,
  });
  expect(root.textContent).toContain('2 places in 1 session, 11 ms');
  expect([...root.querySelectorAll('mark')].map((mark) => mark.textContent)).toContain('idempotency');
  const hit = root.querySelector(
    `a[href="${hrefOf({ view: 'session', id: 's1', at: 318, find: 'idempotency key' })}"]`,
  );
  expect(hit).not.toBeNull();
  unmount();
});

test('a session that its title alone finds is shown as such, over what was said', async () => {
  const { root, unmount } = await render(<SessionsView query="q=shore" />, fixtureState(now), {
    'sessions.watchIndex': indexOnce,
    'sessions.get': ({ id }: { id: string }) => sessionRow(now, { title: 'Count the shore birds', id }),
    'sessions.search': () => ({
      items: [hitRow({ sessionId: 's1', index: 318 })],
      titles: [
        titleRow({ sessionId: 's2', title: 'Count the shore birds', snippet: 'Count the \u0001shore\u0002 birds' }),
        titleRow({ sessionId: 's3', title: 'Count the shore birds', snippet: 'walk along the \u0001shore\u0002' }),
      ],
      nextCursor: null,
      tookMs: 2,
    }),
  });
  await settled();
  expect(root.textContent).toContain('1 place in 1 session and 2 titles, 2 ms');
  expect(root.querySelector('section h2')?.textContent).toBe('In titles');
  const rows = ['s2', 's3'].map((id) => root.querySelector(`a[href="#/sessions/${id}?find=shore"]`));
  expect(rows[0]?.querySelector('b mark')?.textContent).toBe('shore');
  expect(rows[0]?.textContent).toContain('title of the session');
  expect(rows[1]?.textContent).toContain('also called walk along the shore');
  unmount();
});

test('searches kept in this browser are handed over once; the open one is renamed and forgotten', async () => {
  setPreferences({
    savedSearches: [
      { name: 'Mine', query: 'q=a' },
      { name: 'Theirs', query: 'q=b' },
    ],
  });
  const state = fixtureState(now);
  const theirs = { id: 'q_1' as SavedSearchId, name: 'Theirs', query: 'q=old', createdAt: 1, changedAt: 1 };
  state.savedSearches = [theirs];
  const sent: unknown[] = [];
  const { root, unmount } = await render(<SessionsView query="q=old" />, state, {
    'sessions.watchIndex': indexOnce,
    'sessions.search': () => ({ items: [], titles: [], nextCursor: null, tookMs: 1 }),
    'savedSearches.save': (input: { name: string; query: string }) => {
      sent.push(input);
      return { ...theirs, id: `q_${input.name}`, ...input };
    },
    'savedSearches.rename': (input: unknown) => {
      sent.push(input);
      return theirs;
    },
    'savedSearches.remove': (input: unknown) => {
      sent.push(input);
      return input;
    },
  });
  await settled();
  expect(sent).toEqual([
    { name: 'Mine', query: 'q=a' },
    { name: 'Theirs 2', query: 'q=b' },
  ]);
  expect(usePreferences.getState().savedSearches).toEqual([]);
  act(() => root.querySelector<HTMLButtonElement>('[aria-label="Rename the search Theirs"]')?.click());
  const field = root.querySelector<HTMLInputElement>('[aria-label="New name of the search Theirs"]');
  if (!field) throw new Error('there is no field');
  await type(field, 'Ours');
  act(() => void field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true })));
  expect(sent.at(-1)).toEqual({ id: 'q_1', name: 'Ours' });
  act(() => root.querySelector<HTMLButtonElement>('[aria-label="Forget the search Theirs"]')?.click());
  await settled();
  expect(sent.at(-1)).toEqual({ id: 'q_1' });
  unmount();
});

test('an impossible search says what is wrong with it', async () => {
  const { root, unmount } = await render(<SessionsView query="q=ab&mode=substring" />, fixtureState(now), {
    'sessions.watchIndex': indexOnce,
    'sessions.search': () => {
      throw new Error('“ab” is too short to look for inside of words: three characters or more.');
    },
  });
  await settled();
  expect(root.querySelector('[role=alert]')?.textContent).toContain('three characters or more');
  unmount();
});

test('a change is seen at once and taken back when it is refused', async () => {
  const session = sessionRow(now, { title: 'Retry policy' });
  putSessions([session]);
  let refuse: (error: Error) => void = () => undefined;
  const actions = createSessionActions({
    sessions: { update: () => new Promise((_resolve, reject) => (refuse = reject)) },
  } as never);
  const done = actions.pin(session);
  expect(useSessions.getState().byId[session.id]?.pinned).toBe(true);
  refuse(new Error('no'));
  expect(await done).toBe(false);
  expect(useSessions.getState().byId[session.id]?.pinned).toBe(false);
  expect(useUi.getState().toasts.at(-1)).toMatchObject({ tone: 'error', text: 'no' });
});

test('what is archived can be had back', async () => {
  const session = sessionRow(now, { title: 'Retry policy' });
  const sent: unknown[] = [];
  const actions = createSessionActions({
    sessions: {
      update: async (input: Partial<Session>) => {
        sent.push(input);
        return { ...session, ...input };
      },
    },
  } as never);
  await actions.archive(session);
  expect(useSessions.getState().byId[session.id]?.archived).toBe(true);
  useUi.getState().toasts.at(-1)?.action?.run();
  await settled();
  expect(useSessions.getState().byId[session.id]?.archived).toBe(false);
  expect(sent).toEqual([
    { id: session.id, archived: true },
    { id: session.id, archived: false },
  ]);
});

test('chosen messages become the prompt of a new worker', async () => {
  const session = sessionRow(now, { title: 'Retry policy' });
  choose([
    { sessionId: session.id, title: session.title, index: 2, role: 'assistant', toolName: null, text: 'For 24 hours.' },
    { sessionId: session.id, title: session.title, index: 1, role: 'user', toolName: null, text: 'How long?' },
  ]);
  const { root, unmount } = await render(<ChosenBar session={session} />, fixtureState(now));
  expect(root.textContent).toContain('2 messages');
  act(() => button(root, 'Start a worker').click());
  const { dialog } = useUi.getState();
  expect(dialog).toMatchObject({ kind: 'new-worker', projectId: 'tideline-api' });
  expect(dialog?.kind === 'new-worker' && dialog.prompt).toContain('How long?\n\n### Claude\n\nFor 24 hours.');
  unmount();
});

test('a call is one card with what it answered, and its turn says what it cost', async () => {
  const { root, unmount } = await render(
    <RecordEntry
      session={sessionRow(now, { title: 's', cwd: '/work' })}
      record={recordRow({
        index: 3,
        role: 'tool',
        toolName: 'Bash',
        toolUseId: 't',
        input: { command: 'npm test' },
        at: now,
        turn: { inputTokens: 31_000, outputTokens: 17_000, costUsd: 0.81 },
      })}
      result={recordRow({ index: 4, role: 'result', toolUseId: 't', text: '12 passed', at: now + 1900 })}
      runCount={0}
      runCall={undefined}
      open={false}
      position="only"
      marked={false}
      onToggleRun={() => undefined}
    />,
    fixtureState(now),
  );
  expect(root.textContent).toContain('1.9 s');
  expect(root.textContent).not.toContain('12 passed');
  act(() => button(root, 'Bash').click());
  expect(root.textContent).toContain('12 passed');
  expect(root.textContent).toContain('31.0 k in, 17.0 k out · $0.81');
  unmount();
});

test('typing searches after a moment and stays in the address', async () => {
  location.hash = '#/sessions';
  const { root, unmount } = await render(<SessionsView query="" />, fixtureState(now), {
    'sessions.watchIndex': indexOnce,
    'sessions.list': () => ({ items: [], nextCursor: null }),
  });
  const box = root.querySelector<HTMLInputElement>('[aria-label="Search all sessions"]');
  if (!box) throw new Error('no box');
  const went = new Promise((resolve) => window.addEventListener('hashchange', resolve, { once: true }));
  await type(box, '"a b" c*');
  await act(async () => void (await went));
  expect(location.hash).toBe('#/sessions?q=%22a+b%22+c*');
  unmount();
});
