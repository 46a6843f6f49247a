import type { Delivery } from '../../../shared/delivery.ts';
import { AppError } from '../../../shared/errors.ts';
import type { WorkerId, WorktreeId } from '../../../shared/ids.ts';
import { readablePath } from '../../../shared/repository-path.ts';
import type { Worker } from '../../../shared/workers.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import type { Database } from '../database/database.ts';
import { commitTree, identityFor, mergeInOrder } from '../git/merge-tree.ts';
import { mergedInto } from '../git/merged.ts';
import { diffTrees, type TreeChange } from '../git/tree-diff.ts';
import { findTemplate, type GitHub, type HostedRepository, hostedRepository } from './github.ts';
import { createMerging } from './merging.ts';
import { operationIn } from './operation.ts';
import { createUpdating } from './updating.ts';

/** Longest subject of a commit message that is suggested. */
const subjectLength = 72;

/** From files in a worktree to commits in the base, or to a pull request. */
export function createDelivery(
  deps: Parameters<typeof createUpdating>[0] & {
    database: Database;
    gitHub: GitHub;
    /** The last thing a worker said. */
    lastWords: (id: WorkerId) => string | null;
    worktreeOf: (id: WorkerId) => Worktree | undefined;
    forkPoint: (worktree: Worktree) => Promise<string>;
  },
) {
  const { git, copies } = deps;
  const merging = createMerging(deps);
  const updating = createUpdating(deps);

  /** The remote a branch is pushed to: its own, else `origin`, else the only one. */
  async function remoteOf(path: string, branch: string | null): Promise<{ name: string; url: string } | null> {
    const names = (await git.run(path, 'remote')).split('\n').filter(Boolean);
    const own = branch ? (await git.try(path, 'config', '--get', `branch.${branch}.remote`)).stdout.trim() : '';
    const name = [own, 'origin', names.length === 1 ? (names[0] ?? '') : ''].find((one) => one && names.includes(one));
    if (!name) return null;
    const url = (await git.try(path, 'remote', 'get-url', '--push', name)).stdout.trim();
    return { name, url: url.replace(/^(\w+:\/\/)[^/@]*@/, '$1') };
  }

  async function between(path: string, from: string, to: string): Promise<[number, number]> {
    const { code, stdout } = await git.try(path, 'rev-list', '--left-right', '--count', `${from}...${to}`);
    const [left = 0, right = 0] = code === 0 ? stdout.trim().split('\t').map(Number) : [];
    return [left, right];
  }

  async function get(id: WorktreeId): Promise<Delivery> {
    const worktree = deps.worktree(id);
    const { path, baseBranch } = worktree;
    const folder = deps.repository(worktree);
    const state = await copies.look(path);
    if (!state.head)
      throw new AppError(
        'CONFLICT',
        `The branch that ${path} stood on is gone. "Repair" makes it again from its snapshots.`,
        { id },
      );
    const staged =
      state.indexTree && state.indexTree !== state.headTree
        ? await diffTrees(git, path, state.headTree, state.indexTree, { renames: false })
        : [];
    const localBase = await git.try(folder, 'rev-parse', '--verify', '--quiet', `refs/heads/${baseBranch}`);
    const base = await git.try(
      folder,
      'rev-parse',
      '--verify',
      '--quiet',
      '--end-of-options',
      `${baseBranch}^{commit}`,
    );
    const baseCommit = base.code === 0 ? base.stdout.trim() : null;
    const place = localBase.code === 0 ? await merging.checkedOutAt(folder, baseBranch) : null;
    const [ahead, behind] = baseCommit ? await between(path, state.head, baseCommit) : [0, 0];
    const operation = await operationIn(git, copies, path);
    const remote = await remoteOf(path, state.branch);
    const hosted = remote ? hostedRepository(remote.url) : undefined;
    const tracked = state.branch && remote ? `refs/remotes/${remote.name}/${state.branch}` : null;
    const upstream = tracked ? await git.try(path, 'rev-parse', '--verify', '--quiet', tracked) : null;
    const there = upstream?.code === 0;
    const [toPush, toPull] = there && tracked ? await between(path, state.head, tracked) : [ahead, 0];
    const pushProblem = pushProblemOf(state.branch, remote);
    return {
      id,
      branch: state.branch,
      head: state.head,
      base: {
        branch: baseBranch,
        local: localBase.code === 0,
        problem:
          baseCommit === null
            ? `There is no branch or commit "${baseBranch}" any more.`
            : localBase.code === 0
              ? null
              : `"${baseBranch}" is no local branch: choose one to merge into, or open a pull request.`,
        commit: baseCommit,
        checkedOutAt: place,
        dirty: place ? await dirtyFiles(place) : 0,
      },
      ahead,
      behind,
      uncommitted: new Set([...state.unstaged, ...staged.map((one) => one.path)]).size,
      staged: staged.length,
      operation: operation && { ...operation, ours: updating.ours(id) },
      remote: remote && {
        ...remote,
        repository: hosted ? `${hosted.owner}/${hosted.name}` : null,
        host: hosted?.host ?? null,
        upstream: there ? `${remote.name}/${state.branch}` : null,
        ahead: toPush,
        behind: toPull,
      },
      pushProblem,
      pullRequestProblem: pushProblem ?? (await pullRequestProblemOf(path, remote, hosted)),
      template: await findTemplate(path),
      merged:
        baseCommit && ahead > 0
          ? await mergedInto(git, folder, state.head, baseCommit)
          : worktree.merged
            ? 'commits'
            : 'no',
    };
  }

  async function dirtyFiles(place: string): Promise<number> {
    const state = await copies.look(place);
    return state.unstaged.length + (state.indexTree !== state.headTree ? 1 : 0);
  }

  function pushProblemOf(branch: string | null, remote: { url: string } | null): string | null {
    if (!branch) return 'The worktree is on no branch. Make one in its terminal: git switch -c NAME.';
    if (!remote)
      return 'This repository has no remote. Add one: git remote add origin URL. Committing and merging work without it.';
    return null;
  }

  async function pullRequestProblemOf(
    path: string,
    remote: { url: string } | null,
    hosted: HostedRepository | undefined,
  ): Promise<string | null> {
    if (!hosted)
      return `${remote?.url ?? 'The remote'} is no repository on GitHub, so no pull request can be opened there. Push, and merge it where it lies.`;
    return deps.gitHub.problem(path, hosted);
  }

  async function commit(input: {
    id: WorktreeId;
    message: string;
    all?: boolean | undefined;
    amend: boolean;
    skipHooks: boolean;
  }) {
    const worktree = deps.worktree(input.id);
    const { path } = worktree;
    return deps.turns.inTurn(deps.repository(worktree), async () => {
      const state = await copies.look(path);
      if (state.indexTree === null)
        throw new AppError(
          'CONFLICT',
          'Files are in conflict. Resolve them (or ask the worker to), or abort, then commit.',
          { id: input.id },
        );
      const all = input.all ?? state.indexTree === state.headTree;
      if (all) {
        // What was staged and changed again since stands in the index alone.
        if (state.indexTree !== state.headTree && state.indexTree !== state.tree)
          await deps.checkpoint(worktree, 'before-update');
        // A repository inside would become a link to a commit that nobody else has.
        const without = state.nested.map((name) => `:(exclude,top,literal)${name}`);
        await git.run(path, 'add', '--all', '--', ':/', ...without);
      }
      if (!input.amend && (all ? state.tree : state.indexTree) === state.headTree)
        throw new AppError('CONFLICT', `There is nothing to commit in ${path}: it is as its last commit.`, {
          id: input.id,
        });
      const own = git.with({ GIT_EDITOR: 'true', ...(await identityFor(git, path)) });
      const done = await own.bytes(
        path,
        [
          'commit',
          '--quiet',
          '--file=-',
          '--cleanup=whitespace',
          ...(input.amend ? ['--amend'] : []),
          ...(input.skipHooks ? ['--no-verify'] : []),
        ],
        Buffer.from(input.message),
      );
      if (done.code !== 0) {
        const said = (done.stderr || done.stdout.toString('utf8')).trim().split('\n').slice(-8).join('\n');
        throw new AppError(
          'UNPROCESSABLE',
          `The commit was refused${input.skipHooks ? '' : ', by git or by a hook of the repository'}; your changes are as they were. It said: ${said}`,
          {
            id: input.id,
            hooks: !input.skipHooks,
          },
        );
      }
      const made = (await git.run(path, 'rev-parse', 'HEAD')).trim();
      const changes = await diffTrees(git, path, state.headTree, `${made}^{tree}`);
      return { commit: made, files: changes.length };
    });
  }

  /** A message made of the changes that would be committed and of what the worker was asked to do. */
  async function messageFromChanges(worktree: Worktree): Promise<string | null> {
    const state = await copies.look(worktree.path);
    const to = state.indexTree && state.indexTree !== state.headTree ? state.indexTree : state.tree;
    const changes = await diffTrees(git, worktree.path, state.headTree, to);
    if (changes.length === 0) return null;
    return extractedMessage(changes, deps.worker(worktree));
  }

  async function push(input: { id: WorktreeId; force: boolean }) {
    const worktree = deps.worktree(input.id);
    const { path } = worktree;
    const { branch, head } = await copies.look(path);
    const remote = await remoteOf(path, branch);
    const problem = pushProblemOf(branch, remote);
    if (problem || !branch || !remote || !head)
      throw new AppError('UNPROCESSABLE', problem ?? 'There is nothing to push.', { id: input.id });
    const done = await git.bytes(path, [
      'push',
      '--porcelain',
      '--set-upstream',
      ...(input.force ? ['--force-with-lease'] : []),
      remote.name,
      `HEAD:refs/heads/${branch}`,
    ]);
    if (done.code !== 0) {
      const said = `${done.stdout.toString('utf8')}\n${done.stderr}`.trim();
      if (/\[rejected\]|non-fast-forward|stale info|fetch first/.test(said))
        throw new AppError(
          'CONFLICT',
          `${remote.name} has commits on ${branch} that are not here. Fetch and look at them; pushing with force would only replace what was seen last.`,
          { branch },
        );
      throw new AppError(
        'UNPROCESSABLE',
        `git push to ${remote.url} failed: ${said.split('\n').slice(-4).join('\n')}`,
        { remote: remote.name },
      );
    }
    return { remote: remote.name, branch, commit: head };
  }

  /** What a pull request is opened for; throws what is missing. */
  async function forPullRequest(id: WorktreeId) {
    const worktree = deps.worktree(id);
    const { branch, head } = await copies.look(worktree.path);
    const remote = await remoteOf(worktree.path, branch);
    const hosted = remote ? hostedRepository(remote.url) : undefined;
    const problem = pushProblemOf(branch, remote) ?? (await pullRequestProblemOf(worktree.path, remote, hosted));
    if (problem || !hosted || !branch || !head || !remote)
      throw new AppError('UNPROCESSABLE', problem ?? 'There is nothing to open one for.', { id });
    return { worktree, branch, head, hosted, remote };
  }

  async function openPullRequest(input: {
    id: WorktreeId;
    title?: string | undefined;
    body?: string | undefined;
    draft: boolean;
    base?: string | undefined;
  }) {
    const { worktree, branch, head, hosted, remote } = await forPullRequest(input.id);
    const { path } = worktree;
    const seen = await git.try(path, 'rev-parse', '--verify', '--quiet', `refs/remotes/${remote.name}/${branch}`);
    if (seen.stdout.trim() !== head) await push({ id: input.id, force: false });
    const open = await deps.gitHub.view(path, hosted, branch);
    if (open?.state === 'open' || open?.state === 'draft') return keepPullRequest(worktree.id, open);
    const subjects = (await git.run(path, 'log', '--reverse', '--format=%s', `${worktree.baseBranch}..HEAD`, '--'))
      .split('\n')
      .filter(Boolean);
    if (subjects.length === 0)
      throw new AppError(
        'CONFLICT',
        `${branch} has no commit that ${worktree.baseBranch} lacks. Commit its changes first.`,
        { id: input.id },
      );
    const body = input.body ?? (await findTemplate(path)) ?? subjects.map((subject) => `- ${subject}`).join('\n');
    const base = input.base ?? worktree.baseBranch.replace(new RegExp(`^${remote.name}/`), '');
    const url = await deps.gitHub.create(path, hosted, {
      branch,
      base,
      title: input.title ?? subjects[0] ?? branch,
      body,
      draft: input.draft,
    });
    const made = await deps.gitHub.view(path, hosted, branch);
    if (!made)
      throw new AppError(
        'UNAVAILABLE',
        `The pull request was opened (${url}) but is not shown there yet. Look again in a moment.`,
        { url },
      );
    return keepPullRequest(worktree.id, made);
  }

  function keepPullRequest(id: WorktreeId, found: NonNullable<Worktree['pullRequest']>): Worktree {
    const { number, url, title, state, base, review, checks, at } = found;
    return deps.keep({ ...deps.worktree(id), pullRequest: { number, url, title, state, base, review, checks, at } });
  }

  return {
    get,
    commit,
    push,
    openPullRequest,
    merge: merging.merge,
    undoMerge: (input: { id: WorktreeId; mergeId: Parameters<typeof merging.undo>[1] }) =>
      merging.undo(input.id, input.mergeId),
    update: updating.update,
    abort: updating.abort,
    continue: updating.continue,
    askToResolve: updating.askToResolve,
    expire: merging.expire,

    /** Takes up what a kill cut off. */
    async settle(): Promise<void> {
      await merging.settle();
      await updating.settle();
    },

    async suggestMessage(input: { id: WorktreeId; by: 'changes' | 'worker' }): Promise<{ message: string | null }> {
      const worktree = deps.worktree(input.id);
      if (input.by === 'changes') return { message: await messageFromChanges(worktree) };
      deps.tell(worktree, askForMessage);
      deps.keep({ ...deps.worktree(input.id), suggestion: { state: 'asked', message: null, at: deps.now() } });
      return { message: null };
    },

    /** A worker's turn has ended: if it was asked for a commit message, that is what it said last. */
    noteTurn(workerId: WorkerId): void {
      const worktree = deps.worktreeOf(workerId);
      if (worktree?.suggestion?.state !== 'asked') return;
      const said = deps.lastWords(workerId);
      const message = said === null ? null : fencedText(said);
      deps.keep({ ...worktree, suggestion: { state: message ? 'ready' : 'failed', message, at: deps.now() } });
    },

    async pullRequest(id: WorktreeId) {
      const { worktree, branch, hosted } = await forPullRequest(id);
      const pullRequest = await deps.gitHub.view(worktree.path, hosted, branch);
      if (pullRequest) keepPullRequest(id, pullRequest);
      return { pullRequest };
    },

    async dryRunOrder(input: { projectId: Worktree['projectId']; ids: WorktreeId[]; includeUncommitted: boolean }) {
      const worktrees = input.ids.map(deps.worktree);
      const [first] = worktrees;
      const other = worktrees.find((one) => one.projectId !== input.projectId || one.baseBranch !== first?.baseBranch);
      if (!first || other)
        throw new AppError('BAD_REQUEST', 'ids: all of them must be of this project and have the same base branch.', {
          field: 'ids',
        });
      const folder = deps.repository(first);
      const into = first.baseBranch;
      const base = (await git.run(folder, 'rev-parse', '--verify', '--end-of-options', `${into}^{commit}`)).trim();
      const items = [];
      for (const worktree of worktrees) {
        const state = await copies.look(worktree.path);
        const commit =
          input.includeUncommitted && state.tree !== state.headTree
            ? await commitTree(git, folder, state.tree, state.head ? [state.head] : [], 'tried')
            : (state.head ?? base);
        items.push({ worktree, commit });
      }
      const tree = (await git.run(folder, 'rev-parse', `${base}^{tree}`)).trim();
      const steps = await mergeInOrder(git, folder, { commit: base, tree }, items, new Map());
      return {
        into,
        steps: await Promise.all(
          steps.map(async ({ item, state, conflicts }) => ({
            id: item.worktree.id,
            branch: item.worktree.branch,
            state,
            conflicts,
            files: (await diffTrees(git, folder, await deps.forkPoint(item.worktree), item.commit)).length,
          })),
        ),
      };
    },
  };
}

const askForMessage =
  'Please write a commit message for the changes in your worktree that are in no commit yet: a subject of at most 72 characters in the imperative, an empty line, then why it was done and what a reader has to know. Answer with the message alone, inside one ``` block, and change nothing.';

/** What stands in the last fenced block of a text; the text itself where there is none. */
function fencedText(said: string): string | null {
  const blocks = [...said.matchAll(/```[^\n]*\n([\s\S]*?)```/g)].map((found) => found[1]?.trim() ?? '');
  return (blocks.at(-1) || said.trim()).slice(0, 20_000) || null;
}

/** A commit message without any model: what was asked for as the subject, what changed below it. */
export function extractedMessage(changes: readonly TreeChange[], worker: Pick<Worker, 'prompt'> | undefined): string {
  const verb = { added: 'Add', deleted: 'Remove', renamed: 'Rename', modified: 'Change' };
  const line = ({ path, oldPath, status }: TreeChange) =>
    status === 'renamed'
      ? `Rename ${readablePath(oldPath ?? '')} to ${readablePath(path)}`
      : `${verb[status]} ${readablePath(path)}`;
  const asked =
    worker?.prompt
      .trim()
      .split(/\n|(?<=[.!?])\s/)[0]
      ?.replace(/[.!?]$/, '') ?? '';
  const kinds = new Set(changes.map(({ status }) => status));
  const folder = commonFolder(changes.map(({ path }) => path));
  const [only] = changes;
  const subject =
    asked ||
    (changes.length === 1 && only
      ? line(only)
      : `${kinds.size === 1 && only ? verb[only.status] : 'Change'} ${changes.length} files${folder ? ` in ${readablePath(folder)}` : ''}`);
  const shown = changes.slice(0, 20).map((change) => `- ${line(change)}`);
  const more = changes.length > shown.length ? [`- and ${changes.length - shown.length} more`] : [];
  const short =
    subject.length > subjectLength ? `${subject.slice(0, subjectLength - 1).replace(/\s+\S*$/, '')}…` : subject;
  const body = changes.length === 1 && !asked ? [] : ['', ...shown, ...more];
  return [short, ...body].join('\n');
}

function commonFolder(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => path.split('/').slice(0, -1));
  let length = first.length;
  for (const other of others)
    while (length > 0 && first.slice(0, length).join('/') !== other.slice(0, length).join('/')) length -= 1;
  return first.slice(0, length).join('/');
}
