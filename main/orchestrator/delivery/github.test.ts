import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGitHubStandIn } from '../../testing/github-server.ts';
import { createGitHub } from './github.ts';

const path = process.env.PATH ?? '';
/** Whether the machine has the real program. */
const installed = (() => {
  try {
    return execFileSync('gh', ['--version'], { env: { PATH: path, HOME: tmpdir() } }).length > 0;
  } catch {
    // Not there: the tests of its absence are in delivery.test.ts.
    return false;
  }
})();

let folder: string;
let standIn: Awaited<ReturnType<typeof startGitHubStandIn>>;
let gitHub: ReturnType<typeof createGitHub>;
const repository = { host: 'github.com', owner: 'octo', name: 'shop' };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cr-gh-'));
  standIn = await startGitHubStandIn(folder);
  gitHub = createGitHub({ environment: { PATH: path, ...standIn.environment }, now: () => 5 });
});
afterAll(async () => {
  await standIn.close();
  await rm(folder, { recursive: true, force: true });
});

test.skipIf(!installed)(
  'the real gh opens a pull request, shows checks and threads, and its refusal is told in words',
  async () => {
    expect(await gitHub.problem(folder, repository)).toBeNull();
    expect(await gitHub.view(folder, repository, 'worker/one')).toBeNull();
    execFileSync('git', ['init', '-q', folder]);
    const url = await gitHub.create(folder, repository, {
      branch: 'worker/one',
      base: 'main',
      title: 'One "quoted"',
      body: 'Why\n\n- x',
      draft: true,
    });
    expect(url).toBe('https://github.com/octo/shop/pull/1');
    expect(standIn.pulls).toEqual([
      { number: 1, title: 'One "quoted"', body: 'Why\n\n- x', base: 'main', head: 'worker/one', draft: true },
    ]);
    expect(await gitHub.view(folder, repository, 'worker/one')).toMatchObject({
      number: 1,
      state: 'draft',
      base: 'main',
      review: 'changes_requested',
      mergeable: 'yes',
      checks: { passed: 1, failed: 1, pending: 1 },
      checkList: [
        { name: 'test', state: 'passed', durationMs: 30_000 },
        { name: 'lint' },
        { name: 'deploy', state: 'pending', durationMs: null },
      ],
      threads: [{ path: 'a.txt', line: 1, resolved: false, comments: [{ author: 'reviewer', body: 'Why?' }] }],
      at: 5,
    });
    standIn.refuse();
    await expect(gitHub.view(folder, repository, 'worker/one')).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: expect.stringContaining('gh auth login'),
    });
  },
);
