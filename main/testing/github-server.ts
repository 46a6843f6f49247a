import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';

interface StandInPullRequest {
  number: number;
  title: string;
  body: string;
  base: string;
  head: string;
  draft: boolean;
}

/**
 * A stand-in of GitHub's API for the real `gh`: it answers what `gh pr create`, `gh pr view` and the question for review
 * threads ask. `environment` leads gh to it, through a socket file and with a token that works nowhere else.
 */
export async function startGitHubStandIn(
  folder: string,
  thread: { path: string; line: number; body: string } = { path: 'a.txt', line: 1, body: 'Why?' },
) {
  const socket = join(folder, 'github.sock');
  const config = join(folder, 'gh');
  const pulls: StandInPullRequest[] = [];
  const state = { failing: false };
  await mkdir(config, { recursive: true });
  await writeFile(join(config, 'config.yml'), `http_unix_socket: ${socket}\n`);

  function shown(pull: StandInPullRequest) {
    const check = (name: string, conclusion: string) => ({
      __typename: 'CheckRun',
      name,
      status: 'COMPLETED',
      conclusion,
      startedAt: '2026-11-21T10:00:00Z',
      completedAt: '2026-11-21T10:00:30Z',
      detailsUrl: `https://github.com/octo/shop/runs/${name}`,
      checkSuite: { workflowRun: { workflow: { name: 'CI' } } },
    });
    const contexts = {
      nodes: [
        check('test', 'SUCCESS'),
        check('lint', 'FAILURE'),
        { __typename: 'StatusContext', context: 'deploy', state: 'PENDING', targetUrl: '' },
      ],
      pageInfo: { hasNextPage: false, endCursor: '' },
    };
    return {
      id: `PR_${pull.number}`,
      number: pull.number,
      url: `https://github.com/octo/shop/pull/${pull.number}`,
      title: pull.title,
      body: pull.body,
      state: 'OPEN',
      isDraft: pull.draft,
      baseRefName: pull.base,
      headRefName: pull.head,
      isCrossRepository: false,
      headRepositoryOwner: { id: 'U_1', login: 'octo', name: 'Octo' },
      reviewDecision: 'CHANGES_REQUESTED',
      mergeable: 'MERGEABLE',
      statusCheckRollup: { nodes: [{ commit: { statusCheckRollup: { contexts } } }] },
    };
  }

  function answer(query: string, variables: Record<string, unknown>): unknown {
    if (query.includes('PullRequestForBranch')) {
      const nodes = pulls.filter(({ head }) => head === variables.headRefName).map(shown);
      return { repository: { pullRequests: { nodes }, defaultBranchRef: { name: 'main' } } };
    }
    if (query.includes('RepositoryInfo')) {
      const own = {
        id: 'R_1',
        name: 'shop',
        owner: { login: 'octo' },
        viewerPermission: 'ADMIN',
        defaultBranchRef: { name: 'main' },
      };
      return { repository: { ...own, parent: null, hasIssuesEnabled: true, hasWikiEnabled: false, description: '' } };
    }
    if (query.includes('createPullRequest')) {
      const input = variables.input as {
        title: string;
        body: string;
        baseRefName: string;
        headRefName: string;
        draft: boolean;
      };
      const pull = {
        number: pulls.length + 1,
        title: input.title,
        body: input.body,
        base: input.baseRefName,
        head: input.headRefName,
        draft: input.draft,
      };
      pulls.push(pull);
      return { createPullRequest: { pullRequest: { id: `PR_${pull.number}`, url: shown(pull).url } } };
    }
    if (query.includes('reviewThreads')) {
      const comment = {
        author: { login: 'reviewer' },
        body: thread.body,
        createdAt: '2026-11-21T10:01:00Z',
        url: 'https://github.com/octo/shop/pull/1#c',
      };
      const node = {
        id: 'T_1',
        isResolved: false,
        path: thread.path,
        line: thread.line,
        comments: { nodes: [comment] },
      };
      return { repository: { pullRequest: { reviewThreads: { nodes: [node] } } } };
    }
    return {};
  }

  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      if (state.failing) {
        response.statusCode = 401;
        response.end('{"message":"Bad credentials"}');
        return;
      }
      const text = Buffer.concat(parts).toString('utf8');
      const { query = '', variables = {} } = text
        ? (JSON.parse(text) as { query?: string; variables?: Record<string, unknown> })
        : {};
      response.end(JSON.stringify({ data: answer(query, variables) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    pulls,
    /** From now on every credential is refused, or (`false`) taken again. */
    refuse(on = true): void {
      state.failing = on;
    },
    environment: { GH_CONFIG_DIR: config, GH_TOKEN: 'stand-in', HOME: folder },
    async close(): Promise<void> {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await rm(socket, { force: true });
    },
  };
}
