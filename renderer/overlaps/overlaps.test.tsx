import { act } from 'react';
import { expect, test, vi } from 'vitest';
import type { WorktreeId } from '../../shared/ids.ts';
import type { Overlap, Radar } from '../../shared/overlaps.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { button, render, settled } from '../testing/render.tsx';
import { overlapWords } from './overlap-words.ts';
import { OverlapsView } from './overlaps-view.tsx';
import { newOverlaps } from './use-overlap-notices.ts';

const now = Date.now();
const a = 'wt-rate-limiter' as WorktreeId;
const b = 'wt-webhook-signing' as WorktreeId;

const overlap = (level: Overlap['level']): Overlap => ({
  a,
  b,
  level,
  files: [
    {
      path: 'src/http/errors.ts',
      level,
      ranges: level === 'file' ? [] : [{ from: 40, to: 58 }],
      conflict: level === 'conflict' ? 'content' : null,
    },
  ],
  fileCount: 1,
  since: now,
});

const projectId = fixtureState(now).workers.find(({ worktreeId }) => worktreeId === a)?.projectId as Radar['projectId'];

const radar = (overlaps: Overlap[]): Radar => ({
  projectId,
  at: now,
  base: 'main',
  worktrees: [a, b].map((worktreeId) => ({
    worktreeId,
    workerId: null,
    branch: worktreeId,
    files: 3,
    baseConflicts: [],
    at: now,
  })),
  overlaps,
  order: [
    { worktreeId: b, reason: 'it is the smaller change', state: 'clean', conflicts: [] },
    { worktreeId: a, reason: 'it conflicts with the first', state: 'conflicts', conflicts: ['src/http/errors.ts'] },
  ],
});

test('says what two have in common, and tells when it gets worse', () => {
  expect(overlapWords(overlap('conflict'))).toBe(
    'Both change src/http/errors.ts, lines 40 to 58. A merge would conflict today.',
  );
  const on = (level: Overlap['level'] | null) => ({ p: radar(level ? [overlap(level)] : []) });
  expect(newOverlaps({}, on('conflict'))).toEqual([]);
  expect(newOverlaps(on(null), on('file'))).toEqual([]);
  expect(newOverlaps(on('file'), on('lines'))).toHaveLength(1);
  expect(newOverlaps(on('lines'), on('conflict'))).toHaveLength(1);
  expect(newOverlaps(on('conflict'), on('lines'))).toEqual([]);
});

test('shows the matrix, the files of a pair and the order; another order is tried as a whole', async () => {
  const tried = vi.fn((_input: unknown) => ({
    into: 'main',
    steps: [
      { id: a, branch: 'a', state: 'clean', conflicts: [], files: 1 },
      { id: b, branch: 'b', state: 'clean', conflicts: [], files: 1 },
    ],
  }));
  const state = { ...fixtureState(now), radars: [radar([overlap('conflict')])] };
  const { root, unmount } = await render(<OverlapsView projectId={null} />, state, { 'delivery.dryRunOrder': tried });
  expect(root.querySelector('table')?.textContent).toContain('conflict');
  expect(root.textContent).toContain('lines 40 to 58');
  expect(root.textContent).toContain('1 step of 2 would conflict');
  const down = root.querySelector<HTMLButtonElement>('button[aria-label="Merge webhook-signing later"]');
  await act(async () => down?.click());
  expect(root.textContent).toContain('Your own order');
  await act(async () => button(root, 'Dry run of this order').click());
  await settled();
  expect(tried.mock.calls[0]?.[0]).toEqual({ projectId, ids: [a, b], includeUncommitted: true });
  expect(root.textContent).toContain('All go in without a conflict');
  unmount();
});
