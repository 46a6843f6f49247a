import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../../main/testing/git-fixture.ts';
import type { State } from '../../shared/events.ts';
import type { Worker } from '../../shared/workers.ts';
import { until } from '../test-terminals/checks.ts';
import type { CrashCheck } from './check.ts';
import { openCrashRoom } from './crash-room.ts';
import { makeStubClaude } from './stub-claude.ts';

const fileCount = 20_000;

/** A repository of so many files, in folders of 500. */
async function fillRepository(repository: string, count: number): Promise<void> {
  for (let folder = 0; folder * 500 < count; folder += 1) {
    const path = join(repository, `folder-${folder}`);
    await mkdir(path);
    await Promise.all(
      Array.from({ length: 500 }, (_, file) => writeFile(join(path, `file-${file}`), `${folder} ${file}\n`)),
    );
  }
  await git(repository, 'add', '--all');
  await git(repository, 'commit', '--quiet', '--message', 'Many files');
}

/** What git fsck finds fault with; empty when nothing is. */
function faultsOf(repository: string): Promise<string> {
  return git(repository, 'fsck', '--no-progress', '--no-dangling').catch(
    ({ stdout = '', stderr = '' }: { stdout?: string; stderr?: string }) => `${stdout}${stderr}`.trim() || 'it failed',
  );
}

/**
 * A7: the program is killed together with git while a worktree of 20,000 files is made, anywhere from its first file to its
 * last. At the next start it is made again or gone; another worktree, with work in no commit, is as it was.
 */
export const halfMadeWorktree: CrashCheck = async ({ rounds, random, short }) => {
  const count = rounds({ full: 50, short: 1 });
  const files = short ? fileCount / 10 : fileCount;
  const stubs = await openCrashRoom({ claude: '/bin/true' });
  const wrong: string[] = [];
  let halfMade = 0;
  try {
    const stub = await makeStubClaude(join(stubs.home.folder, 'stub'), { pauseMs: 200 });
    const room = await openCrashRoom({ claude: stub.path });
    try {
      await fillRepository(room.repository, files);
      await room.start();
      const { id: projectId } = await room.call<{ id: string }>('POST', '/api/projects', { path: room.repository });
      const spawn = (name: string) => room.call<Worker>('POST', '/api/workers', { projectId, name });
      const state = () => room.call<State>('GET', '/api/state');
      const row = async (id: string) => (await state()).workers.find((worker) => worker.id === id);
      const runs = (id: string) => until(async () => ((await row(id))?.pid ?? null) !== null, 120_000);
      const first = await spawn('other');
      if (!(await runs(first.id))) throw new Error('the first worker does not start');
      const other = (await row(first.id))?.worktreePath ?? '';
      await writeFile(join(other, 'folder-0', 'file-0'), 'changed and in no commit\n');
      await writeFile(join(other, 'untracked'), 'new and in no commit\n');
      const before = await git(other, 'status', '--porcelain');
      for (let round = 1; round <= count; round += 1) {
        const problem = (text: string) => wrong.push(`round ${round}: ${text}`);
        const part = random.number(100);
        const { id } = await spawn(`half${round}`);
        const folder = join(room.worktreesDir, 'sample', `half${round}`);
        const made = async () => (await readdir(folder).catch(() => [])).length;
        const folders = files / 500;
        await until(async () => (await made()) * 100 >= folders * part || (await row(id))?.pid !== null, 60_000);
        // git is in the program's group: a power cut takes both, a crash leaves it at work.
        process.kill((random.number(2) === 0 ? -1 : 1) * (room.run().child.pid ?? 0), 'SIGKILL');
        await room.run().ended;
        if ((await made()) < folders + 1) halfMade += 1;
        await room.start();
        if (!(await runs(id))) problem('its worker does not start at the next start');
        const { worktrees, workers } = await state();
        const listed = (await git(room.repository, 'worktree', 'list', '--porcelain'))
          .split('\n\n')
          .filter((entry) => entry.trim() !== '');
        const known = new Set(worktrees.map(({ path }) => path));
        for (const entry of listed) {
          const path = /^worktree (.*)$/m.exec(entry)?.[1] ?? '';
          if (/^(locked|prunable)/m.test(entry)) problem(`git says: ${entry}`);
          if (path !== room.repository && !known.has(path)) problem(`${path} is nobody's`);
        }
        if (listed.length !== worktrees.length + 1) problem(`git knows ${listed.length - 1} of ${worktrees.length}`);
        const present = await readdir(join(room.worktreesDir, 'sample'));
        if (present.length !== worktrees.length) problem(`${present.length} folders of ${worktrees.length} worktrees`);
        const mine = workers.find((worker) => worker.id === id);
        const status = mine?.worktreePath ? await git(mine.worktreePath, 'status', '--porcelain') : 'no worktree';
        if (status !== '') problem(`its worktree is not whole: ${status.slice(0, 200)}`);
        if ((await git(other, 'status', '--porcelain')) !== before) problem('the other worktree was touched');
        // It lists objects before refs: a commit that the program makes meanwhile would seem to be missing.
        process.kill(-(room.run().child.pid ?? 0), 'SIGKILL');
        await room.run().ended;
        const fsck = await faultsOf(room.repository);
        if (fsck !== '') problem(`git fsck: ${fsck.slice(0, 300)}`);
        await room.start();
        await room.call('POST', `/api/workers/${id}/stop`, { force: true });
        if (!(await until(async () => (await row(id))?.state === 'ended', 30_000))) problem('it does not stop');
        const own = worktrees.find(({ workerId }) => workerId === id);
        if (own) await room.call('DELETE', `/api/worktrees/${own.id}`);
        await room.call('DELETE', `/api/workers/${id}`);
      }
    } finally {
      await room.close();
    }
  } finally {
    await stubs.close();
  }
  return {
    made: `killed ${count} times while a worktree of ${files} files was made`,
    seen: `${halfMade} were half made; each is whole at the next start, no other was touched, fsck and list are clean`,
    wrong,
  };
};
