import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import type { ProjectId } from '../../../shared/ids.ts';
import type { Limits } from '../../../shared/limits.ts';
import type { Project } from '../../../shared/projects.ts';
import { isInside, resolveAllowed } from '../allowed-roots.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import type { Git } from '../git/git.ts';
import { newId } from '../new-id.ts';
import { createProjectStore } from './store.ts';

/** Folders shown at most when browsing one level. */
const maxFolders = 2000;

export type Projects = ReturnType<typeof createProjects>;

/** The registered repositories. `liveWorkers` tells the names of a project's workers that have not ended. */
export function createProjects(deps: {
  database: Database;
  publish: Publish;
  git: Git;
  now: () => number;
  allowedRoots: readonly string[];
  liveWorkers: (id: ProjectId) => string[];
  /** Files of a repository that would run something by themselves if it were trusted. */
  findOwnPrograms: (folder: string) => Promise<string[]>;
  /** Counts a project's budget from now on, in the transaction around it. */
  restartBudget: (id: ProjectId) => void;
  /** Forgets what else belongs to a project, in the transaction that forgets it. */
  forgetContents: (id: ProjectId) => void;
}) {
  const { database, publish, git, now, allowedRoots } = deps;
  const store = createProjectStore(database);

  function get(id: ProjectId): Project {
    const project = store.get(id);
    if (!project) throw new AppError('NOT_FOUND', `There is no project ${id}. GET /api/projects lists them.`, { id });
    return project;
  }

  function keep(project: Project): Project {
    database.transaction(() => {
      store.put(project);
      publish({ type: 'project.changed', project });
    });
    return project;
  }

  /** The repository's top folder; says why when the folder is not one that workers can use. */
  async function inspect(folder: string): Promise<{ top: string; defaultBranch: string; remoteUrl: string | null }> {
    if (!(await stat(folder)).isDirectory()) {
      throw new AppError('BAD_REQUEST', `${folder} is a file. Choose the repository's folder.`, {
        field: 'path',
        path: folder,
      });
    }
    const inside = await git.try(folder, 'rev-parse', '--is-bare-repository', '--show-toplevel');
    const bare = inside.stdout.startsWith('true');
    if (inside.code !== 0 && !bare) {
      if (/dubious ownership/.test(inside.stderr)) {
        throw new AppError(
          'BAD_REQUEST',
          `git refuses ${folder} because another user owns it. Run: git config --global --add safe.directory ${folder}`,
          { field: 'path', path: folder },
        );
      }
      throw new AppError(
        'BAD_REQUEST',
        `${folder} is not a git repository. Run "git init" in it and commit once, or choose another folder.`,
        { field: 'path', path: folder },
      );
    }
    // A bare repository has no files of its own; worktrees beside it work as beside any other.
    const found = bare
      ? (await git.run(folder, 'rev-parse', '--absolute-git-dir')).trim()
      : inside.stdout.split('\n')[1];
    const top = await resolveAllowed(found ?? folder, allowedRoots);
    const head = await git.try(top, 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}');
    if (head.code !== 0) {
      throw new AppError(
        'BAD_REQUEST',
        `${top} has no commit yet, so there is nothing to branch from. Commit once: git commit --allow-empty -m "First commit"`,
        { field: 'path', path: top },
      );
    }
    const branch = await git.try(top, 'symbolic-ref', '--short', '--quiet', 'HEAD');
    const remote = await git.try(top, 'remote', 'get-url', 'origin');
    return {
      top,
      defaultBranch: branch.code === 0 ? branch.stdout.trim() : head.stdout.trim(),
      remoteUrl: remote.code === 0 ? withoutPassword(remote.stdout.trim()) : null,
    };
  }

  return {
    list: store.list,
    get,
    /** Registers a repository; adding one twice gives CONFLICT naming the project it is already. */
    async add(input: { path: string; name?: string | undefined; trusted: boolean }): Promise<Project> {
      const folder = await resolveAllowed(expandHome(input.path), allowedRoots);
      const { top, defaultBranch, remoteUrl } = await inspect(folder);
      const known = store.byPath(top);
      if (known) {
        throw new AppError('CONFLICT', `${top} is the project "${known.name}" already. Use that one.`, {
          field: 'path',
          id: known.id,
        });
      }
      const at = now();
      const files = input.trusted ? [] : await deps.findOwnPrograms(top);
      return keep({
        id: newId<ProjectId>('p'),
        name: input.name ?? basename(top),
        path: top,
        defaultBranch,
        remoteUrl,
        trusted: input.trusted,
        trustQuestion: files.length > 0 ? { files, since: at, snoozedUntil: null } : null,
        limits: {},
        limitsSince: at,
        createdAt: at,
      });
    },
    update(input: {
      id: ProjectId;
      name?: string | undefined;
      trusted?: boolean | undefined;
      limits?: Limits | undefined;
      resetSpent: boolean;
    }): Project {
      const project = get(input.id);
      return database.transaction(() => {
        if (input.resetSpent) deps.restartBudget(project.id);
        return keep({
          ...project,
          name: input.name ?? project.name,
          trusted: input.trusted ?? project.trusted,
          trustQuestion: input.trusted ? null : project.trustQuestion,
          limits: input.limits ?? project.limits,
          limitsSince: input.resetSpent ? now() : project.limitsSince,
        });
      });
    },
    snoozeTrust(id: ProjectId, until: number | null): void {
      const project = get(id);
      if (project.trustQuestion) keep({ ...project, trustQuestion: { ...project.trustQuestion, snoozedUntil: until } });
    },
    dismissTrust(id: ProjectId): void {
      keep({ ...get(id), trustQuestion: null });
    },
    remove(id: ProjectId): { id: ProjectId } {
      const project = get(id);
      const live = deps.liveWorkers(id);
      if (live.length > 0) {
        throw new AppError(
          'CONFLICT',
          `${project.name} has workers that have not ended: ${live.join(', ')}. Stop them first.`,
          { id, live },
        );
      }
      database.transaction(() => {
        deps.forgetContents(id);
        store.remove(id);
        publish({ type: 'project.removed', id });
      });
      return { id };
    },
    async branches(id: ProjectId): Promise<{ current: string | null; branches: string[] }> {
      const { path } = get(id);
      const current = await git.try(path, 'symbolic-ref', '--short', '--quiet', 'HEAD');
      const listed = await git.run(
        path,
        'for-each-ref',
        '--sort=-committerdate',
        '--count=1000',
        '--format=%(refname:short)',
        'refs/heads',
      );
      const name = current.code === 0 ? current.stdout.trim() : null;
      const branches = listed.split('\n').filter(Boolean);
      if (name && branches.includes(name)) {
        branches.splice(branches.indexOf(name), 1);
        branches.unshift(name);
      }
      return { current: name, branches };
    },
    async browse(path: string | undefined) {
      const folder = await resolveAllowed(expandHome(path ?? allowedRoots[0] ?? homedir()), allowedRoots);
      const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
        throw new AppError(
          'BAD_REQUEST',
          `${folder} cannot be opened (${error.code}). Choose another folder.`,
          { field: 'path' },
          { cause: error },
        );
      });
      const folders = await Promise.all(
        entries
          .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
          .sort((a, b) => a.name.localeCompare(b.name))
          .slice(0, maxFolders)
          .map(async ({ name }) => {
            const inner = join(folder, name);
            return {
              name,
              path: inner,
              isRepository: await stat(join(inner, '.git')).then(
                () => true,
                () => false,
              ),
            };
          }),
      );
      const above = dirname(folder);
      const reachable =
        above !== folder && (allowedRoots.length === 0 || allowedRoots.some((root) => isInside(above, root)));
      return { path: folder, parent: reachable ? above : null, folders };
    },
  };
}

function expandHome(path: string): string {
  const trimmed = path.trim();
  return trimmed === '~' || trimmed.startsWith('~/') ? join(homedir(), trimmed.slice(1)) : trimmed;
}

/** A remote's address as it may be shown: a password in it is left out. */
function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/\/[^/:@]+):[^/@]*@/, '$1@');
}
