import { act } from 'react';
import { afterEach, expect, test, vi } from 'vitest';
import type { WorktreeId } from '../../shared/ids.ts';
import type { Comment, ReviewFile, ReviewFileDiff, ReviewList } from '../../shared/review.ts';
import { listenForKeys } from '../app/commands.ts';
import { useUi } from '../app/ui-state.ts';
import { setPreferences } from '../data/preferences.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { layOut } from '../testing/lay-out.ts';
import { button, render, settled, type } from '../testing/render.tsx';
import { ReviewBody } from './review-body.tsx';
import type { ReviewPlace } from './review-place.ts';

const now = Date.now();
const id = 'wt-rate-limiter' as WorktreeId;

layOut();
let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  useUi.setState({ toasts: [] });
  setPreferences({ reviewSplit: true });
});

const fileOf = (path: string, part: Partial<ReviewFile> = {}): ReviewFile => ({
  path,
  oldPath: null,
  status: 'modified',
  additions: 1,
  deletions: 1,
  oldId: 'a'.repeat(40),
  newId: 'b'.repeat(40),
  oldMode: '100644',
  newMode: '100644',
  kind: 'text',
  large: false,
  sizeBytes: 100,
  staged: 'none',
  viewed: false,
  drafts: 0,
  ...part,
});

const listOf = (files: ReviewFile[]): ReviewList => ({
  id,
  comparison: { scope: 'unstaged' },
  oldTree: 'c'.repeat(40),
  newTree: 'd'.repeat(40),
  files,
  truncated: false,
  additions: 2,
  deletions: 2,
  viewed: 0,
});

const diffOf = (file: ReviewFile): ReviewFileDiff => ({
  file,
  hunks: [
    {
      id: 'h1',
      oldStart: 1,
      oldLines: 1,
      newStart: 1,
      newLines: 1,
      heading: '',
      lineCount: 2,
      firstLine: 0,
      lines: [
        { kind: 'removed', old: 1, new: null, text: 'const hits = 1', cut: 0, noNewline: false },
        { kind: 'added', old: null, new: 1, text: `const hits = 2 // ${file.path}`, cut: 0, noNewline: false },
      ],
    },
  ],
  hunkCount: 1,
  nextCursor: null,
  oldLineCount: 1,
  newLineCount: 1,
  comments: [],
});

const comment = (part: Partial<Comment>): Comment => ({
  id: 'c-1' as Comment['id'],
  worktreeId: id,
  path: 'src/a.ts',
  side: 'new',
  line: 1,
  endLine: 1,
  text: 'Why two?',
  quote: '',
  blob: 'b'.repeat(40),
  state: 'draft',
  createdAt: now,
  sentAt: null,
  ...part,
});

/** The review over two changed files; what is called is noted. */
async function review(files = [fileOf('src/a.ts'), fileOf('src/b.ts')], comments: Comment[] = []) {
  const called = vi.fn();
  let place: ReviewPlace = { comparison: { scope: 'unstaged' }, file: null };
  const note =
    <T,>(name: string, answer: T) =>
    (input: unknown): T => {
      called(name, input);
      return answer;
    };
  const body = () => (
    <ReviewBody
      id={id}
      watch={{ tick: 1, problem: null }}
      place={place}
      onPlace={(next) => {
        place = next;
        called('place', next);
      }}
      onDeliver={() => undefined}
      onOpenTerminal={() => undefined}
      end={null}
    />
  );
  stop = listenForKeys();
  const drawn = await render(body(), fixtureState(now), {
    'review.files': () => listOf(files),
    'review.file': ({ path }: { path: string }) => diffOf(files.find((one) => one.path === path) ?? fileOf(path)),
    'review.commits': () => ({ items: [] }),
    'review.comments.list': () => ({ items: comments }),
    'checkpoints.list': () => ({ items: [] }),
    'review.stage': note('stage', { staged: 1 }),
    'review.discard': note('discard', { undo: 'ck-1' }),
    'checkpoints.rewind': note('rewind', { undo: 'ck-2', files: 1, workerId: null }),
    'review.setViewed': note('viewed', { viewed: true }),
    'review.comments.add': note('add', comment({})),
    'review.comments.send': note('send', { sent: 1 }),
  });
  await settled();
  await settled();
  return {
    ...drawn,
    called,
    calls: (name: string) => called.mock.calls.filter(([one]) => one === name).map(([, input]) => input),
  };
}

const press = async (key: string, shiftKey = false): Promise<void> => {
  await act(async () => {
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key, shiftKey, bubbles: true, cancelable: true }));
  });
  await settled();
};

test('shows changed files by folder and the difference of the first', async () => {
  const { root, unmount } = await review();
  expect(root.textContent).toContain('0 of 2 viewed');
  expect(root.textContent).toContain('const hits = 2 // src/a.ts');
  unmount();
});

test('is driven by keys: next change, stage it, discard with a confirmation, undo', async () => {
  const { calls, unmount } = await review();
  await press('n');
  await press('s');
  expect(calls('stage')).toEqual([
    {
      id,
      unstage: false,
      selections: [{ path: 'src/a.ts', hunks: ['h1'], expected: { oldId: 'a'.repeat(40), newId: 'b'.repeat(40) } }],
    },
  ]);
  await press('x');
  expect(calls('discard')).toEqual([]);
  await act(async () => button(document.body, 'Discard').click());
  await settled();
  expect(calls('discard')).toMatchObject([{ scope: 'unstaged', selections: [{ hunks: ['h1'] }] }]);
  await press('u');
  expect(calls('rewind')).toEqual([{ id, checkpointId: 'ck-1' }]);
  unmount();
});

test('stages the lines that were chosen, and no others', async () => {
  setPreferences({ reviewSplit: false });
  const { calls, unmount } = await review();
  await press('ArrowDown');
  await press('ArrowDown');
  await press('s');
  expect(calls('stage')).toMatchObject([{ selections: [{ path: 'src/a.ts', lines: [{ hunk: 'h1', lines: [1] }] }] }]);
  unmount();
});

test('a viewed file is marked at once, and the next one follows', async () => {
  const { root, calls, unmount } = await review();
  await press('v');
  expect(calls('viewed')).toMatchObject([{ path: 'src/a.ts', viewed: true }]);
  expect(root.textContent).toContain('1 of 2 viewed');
  expect(calls('place').at(-1)).toMatchObject({ file: 'src/b.ts' });
  unmount();
});

test('a comment is written on the line under the cursor, and all of them are sent as one message', async () => {
  const { root, calls, unmount } = await review(undefined, [comment({})]);
  expect(root.querySelector('article[aria-label="Comment on line 1"]')?.textContent).toContain('Why two?');
  await press('n');
  await press('c');
  const field = root.querySelector<HTMLTextAreaElement>('textarea[aria-label="Comment"]');
  if (!field) throw new Error('there is no field for the comment');
  await type(field, 'Name it.');
  await act(async () => button(root, 'Add').click());
  await settled();
  expect(calls('add')).toMatchObject([{ path: 'src/a.ts', side: 'new', line: 1, endLine: 1, text: 'Name it.' }]);
  const note = root.querySelector<HTMLInputElement>('input[aria-label="A note before them"]');
  if (!note) throw new Error('there is no field for the note');
  await type(note, 'Please:');
  await act(async () => button(root, 'Send to rate-limiter').click());
  await settled();
  expect(calls('send')).toEqual([{ id, note: 'Please:' }]);
  unmount();
});

test('says what a binary file is instead of its lines', async () => {
  const { root, unmount } = await review([fileOf('data.bin', { kind: 'binary', additions: null, deletions: null })]);
  expect(root.textContent).toContain('A binary file of 100 B');
  unmount();
});
