import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PullRequestDetails } from '../../../shared/delivery.ts';
import { AppError } from '../../../shared/errors.ts';
import type { PullRequest } from '../../../shared/worktrees.ts';

/** The program is given up after so long: a network can hang. */
const timeoutMs = 60_000;
const maxOutputBytes = 32 * 1024 * 1024;

/** Where a template of pull requests is looked for, GitHub's own order. */
const templates = ['.github', '', 'docs'].flatMap((folder) =>
  ['pull_request_template.md', 'PULL_REQUEST_TEMPLATE.md'].map((name) => join(folder, name)),
);

/** A repository on a host of GitHub's kind. */
export interface HostedRepository {
  host: string;
  owner: string;
  name: string;
}

/** Reads "owner/name" and host of a remote's address; undefined for a path, or an address of another shape. */
export function hostedRepository(url: string): HostedRepository | undefined {
  const found =
    /^(?:https?|ssh|git):\/\/(?:[^@/]+@)?([^/:]+)(?::\d+)?\/([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(url) ??
    /^(?:[^@/]+@)([^/:]+):([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(url);
  const [, host, owner, name] = found ?? [];
  return host && owner && name ? { host, owner, name } : undefined;
}

/** The repository's template for the text of a pull request. */
export async function findTemplate(folder: string): Promise<string | null> {
  for (const name of templates) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => null);
    if (text !== null) return text;
  }
  return null;
}

export type GitHub = ReturnType<typeof createGitHub>;

/** The only place that starts `gh`. `environment` is what it sees: PATH, HOME, its own credentials. */
export function createGitHub(deps: { environment: NodeJS.ProcessEnv; now: () => number }) {
  const env = {
    ...deps.environment,
    GH_PROMPT_DISABLED: '1',
    GH_NO_UPDATE_NOTIFIER: '1',
    NO_COLOR: '1',
    CLICOLOR: '0',
  };

  function run(
    folder: string,
    args: readonly string[],
    input?: string,
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    return new Promise((resolve, reject) => {
      const child = execFile(
        'gh',
        [...args],
        { cwd: folder, env, timeout: timeoutMs, maxBuffer: maxOutputBytes, windowsHide: true },
        (error, stdout, stderr) => {
          if (!error) return resolve({ code: 0, stdout, stderr });
          if (error.killed)
            return reject(
              new AppError(
                'UNAVAILABLE',
                `gh did not answer within ${timeoutMs / 1000} s. Check the connection and do it again.`,
              ),
            );
          if (typeof error.code === 'number') return resolve({ code: error.code, stdout, stderr });
          if (error.code === 'ENOENT') return reject(new AppError('UNPROCESSABLE', notInstalled));
          reject(error);
        },
      );
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input ?? '');
    });
  }

  async function need(folder: string, args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await run(folder, args, input);
    if (code === 0) return stdout;
    const words = (stderr.trim() || stdout.trim()).split('\n').slice(-4).join('\n');
    if (code === 4 || /gh auth login|authentication|HTTP 401/i.test(words))
      throw new AppError('UNPROCESSABLE', `gh is not logged in there: run "gh auth login" once. It said: ${words}`, {
        code,
      });
    throw new AppError('UNPROCESSABLE', `gh could not do it: ${words}`, { code });
  }

  const repo = ({ host, owner, name }: HostedRepository) => `${host}/${owner}/${name}`;

  /** The newest pull request of a branch, an open one first; null: there is none. */
  async function view(
    folder: string,
    repository: HostedRepository,
    branch: string,
  ): Promise<PullRequestDetails | null> {
    const fields = 'number,url,title,state,isDraft,baseRefName,reviewDecision,statusCheckRollup,body,mergeable';
    const { code, stdout, stderr } = await run(folder, [
      'pr',
      'view',
      branch,
      '--repo',
      repo(repository),
      '--json',
      fields,
    ]);
    if (code !== 0) {
      if (/no pull requests? found/i.test(stderr)) return null;
      return need(folder, ['pr', 'view', branch, '--repo', repo(repository), '--json', fields]).then(() => null);
    }
    const said = JSON.parse(stdout) as Said;
    const checkList = said.statusCheckRollup?.map(checkOf) ?? [];
    const count = (state: string) => checkList.filter((check) => check.state === state).length;
    return {
      number: said.number,
      url: said.url,
      title: said.title,
      state: said.state === 'MERGED' ? 'merged' : said.state === 'CLOSED' ? 'closed' : said.isDraft ? 'draft' : 'open',
      base: said.baseRefName,
      review:
        said.reviewDecision === 'APPROVED' ||
        said.reviewDecision === 'CHANGES_REQUESTED' ||
        said.reviewDecision === 'REVIEW_REQUIRED'
          ? (said.reviewDecision.toLowerCase() as PullRequest['review'])
          : null,
      checks: { passed: count('passed'), failed: count('failed'), pending: count('pending') },
      at: deps.now(),
      body: said.body ?? '',
      mergeable: said.mergeable === 'MERGEABLE' ? 'yes' : said.mergeable === 'CONFLICTING' ? 'conflicts' : 'unknown',
      checkList,
      threads: await threads(folder, repository, said.number),
    };
  }

  async function threads(
    folder: string,
    repository: HostedRepository,
    number: number,
  ): Promise<PullRequestDetails['threads']> {
    const { code, stdout } = await run(folder, [
      'api',
      'graphql',
      '--hostname',
      repository.host,
      '-f',
      `query=${threadsQuery}`,
      '-f',
      `owner=${repository.owner}`,
      '-f',
      `name=${repository.name}`,
      '-F',
      `number=${number}`,
    ]);
    // Threads are an extra: without the right to read them the rest still counts.
    if (code !== 0) return [];
    const said = JSON.parse(stdout) as {
      data?: { repository?: { pullRequest?: { reviewThreads?: { nodes?: SaidThread[] } } } };
    };
    return (said.data?.repository?.pullRequest?.reviewThreads?.nodes ?? []).map((thread) => ({
      id: thread.id,
      path: thread.path ?? null,
      line: thread.line ?? null,
      resolved: thread.isResolved,
      comments: thread.comments.nodes.map((comment) => ({
        author: comment.author?.login ?? 'ghost',
        body: comment.body,
        at: Date.parse(comment.createdAt) || null,
        url: comment.url ?? null,
      })),
    }));
  }

  return {
    view,

    /** What is missing to use it on a host, in words with the fix; null: nothing. */
    async problem(folder: string, repository: HostedRepository): Promise<string | null> {
      try {
        const { code, stderr } = await run(folder, ['auth', 'token', '--hostname', repository.host]);
        if (code === 0) return null;
        // Before 2.18 there is no such command.
        if (/unknown command/.test(stderr)) return null;
        return `gh is not logged in to ${repository.host}: run "gh auth login --hostname ${repository.host}" once, or set GH_TOKEN.`;
      } catch (error) {
        if (error instanceof AppError) return error.message;
        throw error;
      }
    },

    /** Opens a pull request for a branch that is pushed; gives its address. */
    async create(
      folder: string,
      repository: HostedRepository,
      input: { branch: string; base: string; title: string; body: string; draft: boolean },
    ): Promise<string> {
      const said = await need(
        folder,
        [
          'pr',
          'create',
          '--repo',
          repo(repository),
          '--head',
          input.branch,
          '--base',
          input.base,
          '--title',
          input.title,
          '--body-file',
          '-',
          ...(input.draft ? ['--draft'] : []),
        ],
        input.body,
      );
      return said.trim().split('\n').at(-1) ?? '';
    },
  };
}

const notInstalled =
  'gh, the program of GitHub that opens pull requests, is not installed. Install it (https://cli.github.com) and run "gh auth login"; everything local works without it.';

const threadsQuery = `query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { reviewThreads(first: 100) { nodes {
    id isResolved path line comments(first: 50) { nodes { author { login } body createdAt url } } } } } } }`;

interface Said {
  number: number;
  url: string;
  title: string;
  state: string;
  isDraft: boolean;
  baseRefName: string;
  reviewDecision: string | null;
  body: string | null;
  mergeable: string;
  statusCheckRollup: SaidCheck[] | null;
}
/** A run of GitHub's own, or a status that another service set. */
interface SaidCheck {
  __typename?: string;
  name?: string;
  context?: string;
  status?: string;
  conclusion?: string;
  state?: string;
  detailsUrl?: string;
  targetUrl?: string;
  startedAt?: string;
  completedAt?: string;
}
interface SaidThread {
  id: string;
  isResolved: boolean;
  path?: string;
  line?: number | null;
  comments: { nodes: { author: { login: string } | null; body: string; createdAt: string; url?: string }[] };
}

function checkOf(check: SaidCheck): PullRequestDetails['checkList'][number] {
  const word = (check.conclusion || check.state || check.status || '').toUpperCase();
  const state =
    word === 'SUCCESS'
      ? 'passed'
      : word === 'SKIPPED' || word === 'NEUTRAL'
        ? 'skipped'
        : ['FAILURE', 'ERROR', 'CANCELLED', 'TIMED_OUT', 'ACTION_REQUIRED', 'STARTUP_FAILURE', 'STALE'].includes(word)
          ? 'failed'
          : 'pending';
  const duration = Date.parse(check.completedAt ?? '') - Date.parse(check.startedAt ?? '');
  return {
    name: check.name ?? check.context ?? 'check',
    state,
    url: check.detailsUrl ?? check.targetUrl ?? null,
    durationMs: Number.isFinite(duration) && duration >= 0 ? duration : null,
  };
}
