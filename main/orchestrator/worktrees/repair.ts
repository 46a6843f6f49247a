import { lstat, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import type { ProjectId, WorktreeId } from '../../../shared/ids.ts';
import type { Project } from '../../../shared/projects.ts';
import type { OutsideWorktree, RepairFinding, Worktree } from '../../../shared/worktrees.ts';
import type { Git } from '../git/git.ts';
import type { Turns } from '../git/turns.ts';
import { quietly } from '../git/working-copy.ts';
import { newId } from '../new-id.ts';
import { exists } from './removal.ts';
import type { Worktrees } from './worktrees.ts';

/** A lock that is older and that nobody seems to work under was left by a command that was killed. */
const staleLockMs = 60_000;

/** A worktree as git lists it. */
interface Listed {
  path: string;
  head: string | null;
  branch: string | null;
  bare: boolean;
  locked: string | null;
  prunable: string | null;
}

/** Reads `git worktree list --porcelain -z`. */
export function parseWorktreeList(text: string): Listed[] {
  return text
    .split('\0\0')
    .filter((entry) => entry.trim() !== '')
    .map((entry) => {
      const lines = entry.split('\0');
      const value = (name: string) =>
        lines.find((line) => line === name || line.startsWith(`${name} `))?.slice(name.length + 1) ?? null;
      return {
        path: value('worktree') ?? '',
        head: value('HEAD'),
        branch: value('branch')?.replace(/^refs\/heads\//, '') ?? null,
        bare: lines.includes('bare'),
        locked: value('locked'),
        prunable: value('prunable'),
      };
    });
}

/** Finds where git, the disk and the rows disagree, puts right what can be without losing anything, and takes in worktrees made elsewhere. */
export function createRepair(deps: {
  git: Git;
  turns: Turns;
  worktrees: Worktrees;
  now: () => number;
  projects: () => readonly Project[];
  getProject: (id: ProjectId) => Project;
  /** Whether it waits for a worker: it is nobody's yet. */
  isPrepared: (path: string) => boolean;
  /** Whether somebody has an open command of git or a worker there. */
  isBusy: (worktree: Worktree) => boolean;
  /** The newest snapshot of a worktree's branch, to make it again from. */
  newestHead: (id: WorktreeId) => string | undefined;
}) {
  const { git, worktrees } = deps;

  async function listed(project: Project): Promise<Listed[]> {
    return parseWorktreeList(await git.run(project.path, 'worktree', 'list', '--porcelain', '-z'));
  }

  const real = (path: string) => realpath(path).catch(() => path);

  async function findingsOf(project: Project, apply: boolean): Promise<RepairFinding[]> {
    const findings: RepairFinding[] = [];
    const rows = worktrees.ofProject(project.id);
    const note = (
      worktree: Worktree | null,
      path: string,
      kind: RepairFinding['kind'],
      problem: string,
      outcome: string,
      state: RepairFinding['state'],
    ) =>
      findings.push({ projectId: project.id, worktreeId: worktree?.id ?? null, path, kind, problem, outcome, state });
    if (!(await exists(project.path))) {
      note(
        null,
        project.path,
        'repository-gone',
        `The repository of ${project.name} is gone.`,
        'Put it back, or remove the project; rows and snapshots stay until then.',
        'manual',
      );
      return findings;
    }
    await staleLocks(project, rows, note, apply);
    let entries = await listed(project);
    const done = apply ? ('done' as const) : ('open' as const);
    for (const worktree of rows) {
      const { path, branch } = worktree;
      if (worktree.state === 'creating') {
        // One that is being made right now is in the repository's turn; here nobody is.
        note(
          worktree,
          path,
          'half-made',
          'It was begun and never finished.',
          'It is taken away, with its branch when that has no commit of its own.',
          done,
        );
        if (apply) {
          await worktrees.undoHalfMade(project, worktree);
          worktrees.forget(worktree.id);
        }
        continue;
      }
      const there = await exists(path);
      const entry = entries.find((one) => one.path === path);
      if (!there) {
        const moved = await findMoved(project, worktree, entries);
        if (moved) {
          note(worktree, path, 'moved', `Its folder was moved to ${moved}.`, 'Row and git follow it there.', done);
          if (apply) {
            await git.run(project.path, 'worktree', 'repair', moved);
            worktrees.keep({ ...worktree, path: moved, state: 'ready' });
          }
          continue;
        }
        note(
          worktree,
          path,
          'folder-gone',
          'Its folder is gone.',
          `It is marked as missing; ${branch} and its snapshots are kept. Remove it here and restore it to have its last commit back.`,
          done,
        );
        if (apply && worktree.state !== 'missing') worktrees.keep({ ...worktree, state: 'missing' });
        continue;
      }
      if (worktree.state === 'missing') {
        note(worktree, path, 'folder-gone', 'Its folder is back.', 'It is used again.', done);
        if (apply) worktrees.keep({ ...worktree, state: 'ready' });
      }
      const works = await git.try(path, 'rev-parse', '--is-inside-work-tree');
      const linked = works.stdout.trim() === 'true' && entry !== undefined;
      if (!linked) {
        note(
          worktree,
          path,
          'link-broken',
          "git's link between the folder and the repository is broken.",
          'The link is mended; files and index are not touched.',
          done,
        );
        if (apply) {
          const mended = await mendLink(project, worktree);
          const last = findings.at(-1);
          if (!mended && last) {
            last.state = 'manual';
            last.outcome = `git's own data of this worktree are gone. Its files lie in ${path}, its commits on ${branch}: remove the row by hand after saving what you need.`;
          }
          entries = await listed(project);
        }
        continue;
      }
      if (entry?.locked !== null && entry) {
        note(
          worktree,
          path,
          'locked',
          `It is locked in git${entry.locked ? `: ${entry.locked}` : ''}.`,
          'A lock of a person stays; removing it here takes the lock away too.',
          'manual',
        );
      }
      await branchFindings(project, worktree, note, apply);
    }
    await strayEntries(project, rows, entries, note, apply);
    return findings;
  }

  type Note = (
    worktree: Worktree | null,
    path: string,
    kind: RepairFinding['kind'],
    problem: string,
    outcome: string,
    state: RepairFinding['state'],
  ) => void;

  async function branchFindings(project: Project, worktree: Worktree, note: Note, apply: boolean): Promise<void> {
    const { path, branch } = worktree;
    const on = await git.try(path, 'symbolic-ref', '--short', '--quiet', 'HEAD');
    const name = on.code === 0 ? on.stdout.trim() : null;
    const head = await git.try(path, 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}');
    if (name !== null && head.code !== 0) {
      const logged = await git.try(path, 'reflog', 'show', '--format=%H', '-1', 'HEAD', '--');
      const last = (await lastOfReflog(path)) ?? (logged.stdout.trim() || deps.newestHead(worktree.id));
      if (!last) {
        note(
          worktree,
          path,
          'branch-gone',
          `Its branch ${name} was deleted and nothing tells where it stood.`,
          'Its files are untouched: commit them to make the branch anew.',
          'manual',
        );
        return;
      }
      note(
        worktree,
        path,
        'branch-gone',
        `Its branch ${name} was deleted.`,
        `The branch is made again where it stood (${last.slice(0, 10)}).`,
        apply ? 'done' : 'open',
      );
      if (apply) await git.run(project.path, ...quietly, 'branch', '--no-track', '--', name, last);
      return;
    }
    if (name !== branch) {
      note(
        worktree,
        path,
        'other-branch',
        name === null ? `It stands on a commit, not on ${branch}.` : `It stands on ${name}, not on ${branch}.`,
        name === null
          ? 'Left as it is: somebody is looking at that commit.'
          : `The row follows: it is on ${name} from now on.`,
        name === null ? 'manual' : apply ? 'done' : 'open',
      );
      if (apply && name !== null) worktrees.keep({ ...worktrees.get(worktree.id), branch: name });
    }
  }

  /** Where HEAD stood last, from its log as it lies on disk: git does not read the log of a branch that is gone. */
  async function lastOfReflog(path: string): Promise<string | undefined> {
    const own = await git.try(path, 'rev-parse', '--path-format=absolute', '--git-path', 'logs/HEAD');
    const text = await readFile(own.stdout.trim(), 'utf8').catch(() => '');
    const last = text.trim().split('\n').at(-1)?.split(' ')[1];
    if (!last || !/^[0-9a-f]{40,64}$/.test(last)) return undefined;
    return (await git.try(path, 'cat-file', '-e', `${last}^{commit}`)).code === 0 ? last : undefined;
  }

  /** The place of a folder that was moved: its own `.git` file still names the data that git keeps of it. */
  async function findMoved(
    project: Project,
    worktree: Worktree,
    entries: readonly Listed[],
  ): Promise<string | undefined> {
    const common = (await git.run(project.path, 'rev-parse', '--path-format=absolute', '--git-common-dir')).trim();
    const admin = await adminOf(common, worktree.path);
    if (!admin) return undefined;
    const parents = new Set([join(worktree.path, '..'), join(worktree.path, '..', '..'), join(project.path, '..')]);
    for (const parent of parents) {
      for (const item of await readdir(parent, { withFileTypes: true }).catch(() => [])) {
        if (!item.isDirectory()) continue;
        const place = join(parent, item.name);
        const link = await readFile(join(place, '.git'), 'utf8').catch(() => '');
        const target = /^gitdir: (.*)$/m.exec(link)?.[1];
        if (
          target &&
          (await real(target)) === (await real(admin)) &&
          !entries.some((one) => one.path === place && one.prunable === null)
        )
          return place;
      }
    }
    return undefined;
  }

  /** The folder in which git keeps the data of a worktree at `path`. */
  async function adminOf(common: string, path: string): Promise<string | undefined> {
    const folder = join(common, 'worktrees');
    for (const name of await readdir(folder).catch(() => [])) {
      const gitdir = (await readFile(join(folder, name, 'gitdir'), 'utf8').catch(() => '')).trim();
      if (gitdir === join(path, '.git')) return join(folder, name);
    }
    return undefined;
  }

  async function mendLink(project: Project, worktree: Worktree): Promise<boolean> {
    const { path, branch } = worktree;
    await git.try(project.path, 'worktree', 'repair', path);
    if ((await git.try(path, 'rev-parse', '--is-inside-work-tree')).stdout.trim() === 'true') return true;
    // git's data of it are gone: they are made anew beside the files, which stay as they are.
    const aside = `${path}.link-${worktree.id}`;
    const made = await git.try(project.path, 'worktree', 'add', '--quiet', '--force', '--no-checkout', aside, branch);
    if (made.code !== 0) return false;
    const link = await readFile(join(aside, '.git'), 'utf8');
    await rm(aside, { recursive: true, force: true });
    await writeFile(join(path, '.git'), link);
    await git.try(project.path, 'worktree', 'repair', path);
    await git.try(path, ...quietly, 'reset', '--quiet', '--mixed');
    return (await git.try(path, 'rev-parse', '--is-inside-work-tree')).stdout.trim() === 'true';
  }

  async function staleLocks(project: Project, rows: readonly Worktree[], note: Note, apply: boolean): Promise<void> {
    const common = (await git.run(project.path, 'rev-parse', '--path-format=absolute', '--git-common-dir')).trim();
    const places: { file: string; worktree: Worktree | null }[] = [
      'index.lock',
      'HEAD.lock',
      'config.lock',
      'packed-refs.lock',
      'shallow.lock',
    ].map((name) => ({ file: join(common, name), worktree: null }));
    for (const worktree of rows) {
      const admin = await adminOf(common, worktree.path);
      if (admin) for (const name of ['index.lock', 'HEAD.lock']) places.push({ file: join(admin, name), worktree });
    }
    for (const { file, worktree } of places) {
      const entry = await lstat(file).catch(() => undefined);
      if (!entry) continue;
      const ageMs = deps.now() - entry.mtimeMs;
      const stale = ageMs > staleLockMs && !(worktree && deps.isBusy(worktree));
      const problem = `git's lock ${file} is ${Math.round(ageMs / 1000)} s old.`;
      if (!stale) {
        note(worktree, file, 'stale-lock', problem, 'A command may still be at work: it is left alone.', 'manual');
        continue;
      }
      note(
        worktree,
        file,
        'stale-lock',
        problem,
        'No command is that long at work: the lock is removed.',
        apply ? 'done' : 'open',
      );
      if (apply) await rm(file, { force: true });
    }
  }

  async function strayEntries(
    project: Project,
    rows: readonly Worktree[],
    entries: readonly Listed[],
    note: Note,
    apply: boolean,
  ): Promise<void> {
    const known = new Set(rows.map(({ path }) => path));
    const stale = entries.filter((entry) => entry.prunable !== null && !known.has(entry.path));
    for (const { path, locked } of stale)
      note(
        null,
        path,
        'stale-entry',
        'git lists a worktree whose folder is gone, and it is none of ours.',
        locked === null
          ? 'git forgets it (git worktree prune); its branch stays.'
          : 'It is locked by somebody: it may lie on a disk that is not there now.',
        locked === null ? (apply ? 'done' : 'open') : 'manual',
      );
    // What git forgets of a worktree are its index and its log; rows of ours still lead to theirs.
    const oursGone = rows.some(({ path }) => entries.some((entry) => entry.path === path && entry.prunable !== null));
    if (apply && stale.length > 0 && !oursGone) await git.try(project.path, 'worktree', 'prune');
  }

  function problemOf(entry: Listed, project: Project): string | null {
    if (entry.prunable !== null) return `Its folder is gone. "Repair" has git forget it.`;
    if (entry.branch === null) return 'It is on no branch. Make one there first: git switch -c NAME.';
    if (deps.isPrepared(entry.path)) return 'It waits for a worker to be started.';
    if (entry.path === project.path) return "It is the project's own folder.";
    return null;
  }

  async function outsideOf(project: Project): Promise<OutsideWorktree[]> {
    if (!(await exists(project.path))) return [];
    const ours = new Set(worktrees.ofProject(project.id).map(({ path }) => path));
    return (await listed(project))
      .filter(({ bare, path }) => !bare && !ours.has(path) && path !== project.path && !deps.isPrepared(path))
      .map((entry) => ({
        projectId: project.id,
        path: entry.path,
        branch: entry.branch,
        head: entry.head,
        locked: entry.locked,
        problem: problemOf(entry, project),
      }));
  }

  return {
    async repair(input: { projectId?: ProjectId | undefined; apply: boolean }): Promise<{ findings: RepairFinding[] }> {
      const projects = input.projectId ? [deps.getProject(input.projectId)] : deps.projects();
      const findings: RepairFinding[] = [];
      for (const project of projects)
        findings.push(...(await deps.turns.inTurn(project.path, () => findingsOf(project, input.apply))));
      return { findings };
    },

    async outside(projectId?: ProjectId): Promise<{ items: OutsideWorktree[] }> {
      const projects = projectId ? [deps.getProject(projectId)] : deps.projects();
      return { items: (await Promise.all(projects.map(outsideOf))).flat() };
    },

    async adopt(input: { projectId: ProjectId; path: string; baseBranch?: string | undefined }): Promise<Worktree> {
      const project = deps.getProject(input.projectId);
      const known = worktrees.byPath(input.path);
      if (known) throw new AppError('CONFLICT', `${input.path} is here already.`, { id: known.id });
      const entry = (await listed(project)).find(({ path }) => path === input.path);
      if (!entry || entry.bare)
        throw new AppError(
          'NOT_FOUND',
          `${input.path} is no worktree of ${project.name}. GET /api/worktrees/outside lists those that can be taken in.`,
          { field: 'path' },
        );
      const problem = problemOf(entry, project);
      if (problem || entry.branch === null)
        throw new AppError('UNPROCESSABLE', `${input.path} cannot be taken in. ${problem}`, { field: 'path' });
      const baseBranch = input.baseBranch ?? project.defaultBranch;
      const fork = await git.try(input.path, 'merge-base', 'HEAD', baseBranch);
      return worktrees.keep({
        id: newId<WorktreeId>('t'),
        projectId: project.id,
        workerId: null,
        path: input.path,
        branch: entry.branch,
        baseBranch,
        baseCommit: fork.code === 0 ? fork.stdout.trim() : (entry.head ?? ''),
        state: 'ready',
        createdAt: deps.now(),
        origin: 'adopted',
        portBase: worktrees.freePorts(),
        notes: [],
        scripts: [],
        pullRequest: null,
        merged: null,
        suggestion: null,
      });
    },
  };
}
