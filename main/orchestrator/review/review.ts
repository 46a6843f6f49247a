import { LRUCache } from 'lru-cache';
import { AppError } from '../../../shared/errors.ts';
import type { CheckpointId, WorktreeId } from '../../../shared/ids.ts';
import type { Comparison, ReviewCommit, ReviewFile, ReviewFileDiff, ReviewList } from '../../../shared/review.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import type { Git } from '../git/git.ts';
import { pathFromBytes, splitNul } from '../git/path-bytes.ts';
import { countChanges, diffTrees, type TreeChange } from '../git/tree-diff.ts';
import { emptyTree, quietly, type WorkingState } from '../git/working-copy.ts';
import { linesOf, parseHunks, type RawHunk, shownHunk, shownLine, wholeAsHunk } from './hunks.ts';
import type { createReviewStore } from './store.ts';

/** Most files of a list. */
const mostFiles = 5000;
/** A file with a larger side is only opened when asked for. */
const largeBytes = 2 * 1024 * 1024;
/** Most lines that are given at once of one side of a file. */
const mostLines = 5000;
const mostCommits = 500;
/** A larger side of a file is not given as a whole. */
const mostContentBytes = 8 * 1024 * 1024;

const noContent = (blob: string) => new AppError('NOT_FOUND', `There is no file content ${blob} here.`, { blob });

export interface ReviewDeps {
  git: Git;
  /** A worktree that is there; throws for one that is not. */
  worktree: (id: WorktreeId) => Worktree;
  /** What it holds now. */
  look: (worktree: Worktree) => Promise<WorkingState>;
  /** The commit where its branch left its base. */
  forkPoint: (worktree: Worktree) => Promise<string>;
  checkpointTree: (id: WorktreeId, checkpoint: CheckpointId) => string;
}

export type Reviewer = ReturnType<typeof createReviewer>;

/** Compares what a worker made with what was there before. Changes nothing. */
export function createReviewer(deps: ReviewDeps & { store: ReturnType<typeof createReviewStore> }) {
  const { git, store } = deps;
  const changesOf = new LRUCache<string, TreeChange[]>({ max: 32 });
  const hunksOf = new LRUCache<string, RawHunk[]>({ maxSize: 64 * 1024 * 1024, sizeCalculation: sizeOfHunks });

  /** The two trees of a comparison; `state` where one of them is what is there now. */
  async function treesOf(worktree: Worktree, { scope, commit, from, to }: Comparison) {
    const { path } = worktree;
    if (scope === 'commit') {
      if (!commit)
        throw new AppError('BAD_REQUEST', 'commit: scope "commit" needs the id of one.', { field: 'commit' });
      const [newTree, oldTree] = await commitTrees(path, commit);
      return { oldTree, newTree, state: null };
    }
    if (scope === 'checkpoint' && to) {
      return { oldTree: await fromTree(worktree, from), newTree: deps.checkpointTree(worktree.id, to), state: null };
    }
    const state = await deps.look(worktree);
    const indexTree = state.indexTree ?? state.headTree;
    switch (scope) {
      case 'checkpoint':
        return { oldTree: await fromTree(worktree, from), newTree: state.tree, state };
      case 'uncommitted':
        return { oldTree: state.headTree, newTree: state.tree, state };
      case 'staged':
        return { oldTree: state.headTree, newTree: indexTree, state };
      case 'unstaged':
        return { oldTree: indexTree, newTree: state.tree, state };
      case 'base':
        return { oldTree: await treeOf(path, await deps.forkPoint(worktree)), newTree: state.tree, state };
    }
  }

  async function fromTree(worktree: Worktree, from: Comparison['from']): Promise<string> {
    if (!from)
      throw new AppError('BAD_REQUEST', 'from: scope "checkpoint" needs a checkpoint or "base".', { field: 'from' });
    if (from === 'base') return treeOf(worktree.path, await deps.forkPoint(worktree));
    return deps.checkpointTree(worktree.id, from as CheckpointId);
  }

  const treeOf = async (path: string, commit: string) => (await git.run(path, 'rev-parse', `${commit}^{tree}`)).trim();

  /** The trees of a commit and of the one before it. */
  async function commitTrees(path: string, commit: string): Promise<[string, string]> {
    const own = await git.try(path, 'rev-parse', '--verify', '--quiet', `${commit}^{tree}`);
    if (own.code !== 0)
      throw new AppError('NOT_FOUND', `There is no commit ${commit} in ${path}. GET …/commits lists them.`, { commit });
    const before = await git.try(path, 'rev-parse', '--verify', '--quiet', `${commit}^1^{tree}`);
    const empty = emptyTree(own.stdout.trim());
    return [own.stdout.trim(), before.code === 0 ? before.stdout.trim() : empty];
  }

  async function changes(path: string, oldTree: string, newTree: string): Promise<TreeChange[]> {
    const key = `${oldTree} ${newTree}`;
    const known = changesOf.get(key);
    if (known) return known;
    const found = oldTree === newTree ? [] : await diffTrees(git, path, oldTree, newTree);
    changesOf.set(key, found);
    return found;
  }

  /** What a change is called by, for the page. */
  async function describe(
    worktree: Worktree,
    comparison: Comparison,
    found: readonly TreeChange[],
    state: WorkingState | null,
  ) {
    const { path } = worktree;
    const now = state !== null && comparison.scope !== 'staged';
    const indexTree = state?.indexTree ?? state?.headTree;
    const [sizes, staged, unstaged, unmerged] = await Promise.all([
      sizesOf(path, found),
      now && indexTree ? changes(path, state.headTree, indexTree) : [],
      now && indexTree ? changes(path, indexTree, state.tree) : [],
      state && state.indexTree === null ? unmergedPaths(path) : new Set<string>(),
    ]);
    const inIndex = new Set(staged.map((change) => change.path));
    const notInIndex = new Set(unstaged.map((change) => change.path));
    const viewed = store.viewed(worktree.id);
    const drafts = new Map<string, number>();
    for (const comment of store.comments(worktree.id))
      if (comment.state === 'draft') drafts.set(comment.path, (drafts.get(comment.path) ?? 0) + 1);
    return found.map((change): ReviewFile => {
      const sides = [change.oldId, change.newId].map((id) => (id && sizes.get(id)) || 0);
      return {
        ...change,
        status: unmerged.has(change.path)
          ? 'conflicted'
          : now && change.status === 'added' && state.untracked.has(change.path)
            ? 'untracked'
            : change.status,
        kind: kindOf(change),
        large: Math.max(...sides) > largeBytes,
        sizeBytes: sides[change.newId ? 1 : 0] ?? 0,
        staged: !inIndex.has(change.path) ? 'none' : notInIndex.has(change.path) ? 'part' : 'all',
        viewed: viewed.has(`${contentKey(change)}\0${change.path}`),
        drafts: drafts.get(change.path) ?? 0,
      };
    });
  }

  async function sizesOf(path: string, found: readonly TreeChange[]): Promise<Map<string, number>> {
    const ids = found.flatMap(({ oldId, newId, oldMode, newMode }) => [
      ...(oldId && oldMode !== '160000' ? [oldId] : []),
      ...(newId && newMode !== '160000' ? [newId] : []),
    ]);
    if (ids.length === 0) return new Map();
    const said = await git.need(
      path,
      ['cat-file', '--batch-check=%(objectname) %(objectsize)'],
      Buffer.from(`${ids.join('\n')}\n`),
    );
    return new Map(
      said
        .toString('utf8')
        .split('\n')
        .map((line) => line.split(' '))
        .map(([id = '', size]) => [id, Number(size) || 0]),
    );
  }

  async function unmergedPaths(path: string): Promise<Set<string>> {
    const listed = await git.need(path, [...quietly, 'ls-files', '-z', '--unmerged']);
    return new Set(splitNul(listed).map((entry) => pathFromBytes(entry.subarray(entry.indexOf(9) + 1))));
  }

  async function files(id: WorktreeId, comparison: Comparison): Promise<ReviewList> {
    const worktree = deps.worktree(id);
    const { oldTree, newTree, state } = await treesOf(worktree, comparison);
    const found = await changes(worktree.path, oldTree, newTree);
    const shown = await describe(worktree, comparison, found.slice(0, mostFiles), state);
    const { additions, deletions } = countChanges(found);
    return {
      id,
      comparison,
      oldTree,
      newTree,
      files: shown,
      truncated: found.length > mostFiles,
      additions,
      deletions,
      viewed: shown.filter((file) => file.viewed).length,
    };
  }

  const blob = (path: string, id: string) => git.need(path, ['cat-file', 'blob', id]);

  /** The hunks of a change, from its blobs: names and what the repository says of its files do not matter. */
  async function hunks(
    path: string,
    change: Pick<TreeChange, 'oldId' | 'newId' | 'oldMode' | 'newMode'>,
    options: { context?: number; ignoreSpaces?: boolean } = {},
  ): Promise<RawHunk[]> {
    const { oldId, newId } = change;
    const { context = 3, ignoreSpaces = false } = options;
    const key = `${oldId} ${newId} ${context} ${ignoreSpaces}`;
    const known = hunksOf.get(key);
    if (known) return known;
    const isLink = [change.oldMode, change.newMode].includes('160000');
    let found: RawHunk[];
    if (isLink) {
      const text = (one: string | null) => (one ? `Subproject commit ${one}\n` : '');
      found = [...wholeAsHunk(Buffer.from(text(oldId)), 'removed'), ...wholeAsHunk(Buffer.from(text(newId)), 'added')];
    } else if (oldId === newId) found = [];
    else if (oldId === null) found = wholeAsHunk(await blob(path, newId ?? ''), 'added');
    else if (newId === null) found = wholeAsHunk(await blob(path, oldId), 'removed');
    else
      found = parseHunks(
        await git.need(path, [
          'diff',
          '--no-ext-diff',
          '--no-textconv',
          '--no-color',
          '--text',
          `-U${context}`,
          ...(ignoreSpaces ? ['-w'] : []),
          oldId,
          newId,
        ]),
      );
    hunksOf.set(key, found);
    return found;
  }

  async function file(
    input: {
      id: WorktreeId;
      path: string;
      cursor: number;
      limit: number;
      context: number;
      large: boolean;
      ignoreSpaces: boolean;
    } & Comparison,
  ): Promise<ReviewFileDiff> {
    const worktree = deps.worktree(input.id);
    const { oldTree, newTree, state } = await treesOf(worktree, input);
    const change = (await changes(worktree.path, oldTree, newTree)).find(({ path }) => path === input.path);
    if (!change)
      throw new AppError('NOT_FOUND', `${input.path} does not differ in this comparison any more.`, {
        path: input.path,
      });
    const [described] = await describe(worktree, input, [change], state);
    if (!described) throw new Error('unreachable');
    const readable = described.kind !== 'binary' && (!described.large || input.large);
    const all = readable ? await hunks(worktree.path, change, input) : [];
    const sides =
      readable && described.kind !== 'submodule' ? await sidesOf(worktree.path, change) : { old: [], new: [] };
    const shown: ReviewFileDiff['hunks'] = [];
    let at = 0;
    let room = input.limit;
    for (const hunk of all) {
      const from = Math.max(0, input.cursor - at);
      at += hunk.lines.length;
      if (from >= hunk.lines.length || room === 0) continue;
      const part = shownHunk(hunk, from, room);
      room -= part.lines.length;
      shown.push(part);
    }
    const end = input.cursor + input.limit - room;
    return {
      file: described,
      hunks: shown,
      hunkCount: all.length,
      nextCursor: end < at ? end : null,
      oldLineCount: sides.old.length,
      newLineCount: sides.new.length,
      comments: store
        .comments(worktree.id)
        .filter(({ path }) => path === input.path)
        .map((comment) => ({
          id: comment.id,
          line: placeOf(comment, comment.side === 'old' ? change.oldId : change.newId, sides[comment.side]),
        })),
    };
  }

  async function sidesOf(path: string, change: TreeChange) {
    const read = async (id: string | null) => (id ? linesOf(await blob(path, id)) : []);
    const [old, fresh] = await Promise.all([read(change.oldId), read(change.newId)]);
    return { old, new: fresh };
  }

  return {
    files,
    file,
    treesOf,
    changes,
    hunks,
    blob,

    async content(input: { id: WorktreeId; blob: string }) {
      const { path } = deps.worktree(input.id);
      const size = await git.try(path, 'cat-file', '-s', input.blob);
      if (size.code !== 0) throw noContent(input.blob);
      const sizeBytes = Number(size.stdout);
      if (sizeBytes > mostContentBytes)
        throw new AppError(
          'UNPROCESSABLE',
          `With ${Math.ceil(sizeBytes / 1024 / 1024)} MB it is too large to be shown here. Open it from the worktree’s folder.`,
          { sizeBytes },
        );
      const { code, stdout } = await git.bytes(path, ['cat-file', 'blob', input.blob]);
      if (code !== 0) throw noContent(input.blob);
      return { content: stdout.toString('base64'), sizeBytes };
    },

    async lines(input: { id: WorktreeId; blob: string; from: number; to: number }) {
      const { path } = deps.worktree(input.id);
      const { code, stdout } = await git.bytes(path, ['cat-file', 'blob', input.blob]);
      if (code !== 0) throw noContent(input.blob);
      const all = linesOf(stdout);
      const last = Math.min(input.to, input.from + mostLines - 1);
      return {
        from: input.from,
        lines: all.slice(input.from - 1, last).map(({ bytes }) => shownLine(bytes)),
        lineCount: all.length,
      };
    },

    async commits(id: WorktreeId): Promise<{ items: ReviewCommit[] }> {
      const worktree = deps.worktree(id);
      const { path } = worktree;
      const base = await deps.forkPoint(worktree);
      const upstream = await git.try(path, 'rev-parse', '--verify', '--quiet', '@{upstream}');
      const unpushed =
        upstream.code === 0
          ? new Set((await git.run(path, 'rev-list', `${upstream.stdout.trim()}..HEAD`)).split('\n'))
          : null;
      const log = await git.try(
        path,
        'log',
        '--no-ext-diff',
        '--shortstat',
        `--max-count=${mostCommits}`,
        '--format=%x00%H%x1f%s%x1f%an%x1f%at%x1e',
        `${base}..HEAD`,
        '--',
      );
      const items = log.stdout
        .split('\0')
        .filter((part) => part.includes('\x1f'))
        .map((part): ReviewCommit => {
          const [facts = '', stat = ''] = part.split('\x1e');
          const [commit = '', subject = '', author = '', at = '0'] = facts.split('\x1f');
          const count = (word: RegExp) => Number(word.exec(stat)?.[1] ?? 0);
          return {
            id: commit.trim(),
            subject,
            author,
            at: Number(at) * 1000,
            files: count(/(\d+) files? changed/),
            additions: count(/(\d+) insertion/),
            deletions: count(/(\d+) deletion/),
            pushed: unpushed !== null && !unpushed.has(commit.trim()),
          };
        });
      return { items };
    },
  };
}

/** Both sides of a change: a viewed mark holds for exactly these. */
export function contentKey({ oldId, newId }: Pick<TreeChange, 'oldId' | 'newId'>): string {
  return `${oldId ?? '-'}..${newId ?? '-'}`;
}

function kindOf(change: TreeChange): ReviewFile['kind'] {
  const mode = change.newId ? change.newMode : change.oldMode;
  if (mode === '160000') return 'submodule';
  if (mode === '120000') return 'symlink';
  return change.additions === null ? 'binary' : 'text';
}

/** The line a comment is about, where it stands in another content now: nearest to where it was. */
function placeOf(
  comment: { line: number; quote: string; blob: string | null },
  blob: string | null,
  lines: readonly { bytes: Buffer }[],
): number | null {
  if (comment.line === 0 || comment.blob === blob) return comment.line;
  const quoted = comment.quote.split('\n');
  const isAt = (place: number) =>
    quoted.every((text, at) => lines[place + at]?.bytes.toString('utf8').slice(0, 2000) === text);
  for (let distance = 0; distance <= lines.length; distance += 1) {
    for (const place of [comment.line - 1 - distance, comment.line - 1 + distance])
      if (place >= 0 && place < lines.length && isAt(place)) return place + 1;
  }
  return null;
}

function sizeOfHunks(hunks: readonly RawHunk[]): number {
  return 1 + hunks.reduce((sum, { lines }) => sum + lines.reduce((all, { bytes }) => all + bytes.length + 64, 0), 0);
}
