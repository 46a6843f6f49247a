import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { endProcessTree, findProcessTree, isProcessAlive, PROCESS_MARK, readProcessStartTime } from './process-tree.ts';

/** A shell with a child in its own session whose parent is gone, and one that is an ordinary child. Prints both pids. */
async function startFamily(
  mark: string,
): Promise<{ pid: number; childPid: number; orphanPid: number; ended: Promise<unknown> }> {
  const script = "sleep 300 & echo $!; (setsid sh -c 'echo $$; exec sleep 300' &) ; wait";
  const child = spawn('sh', ['-c', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
    env: { PATH: process.env.PATH, [PROCESS_MARK]: mark },
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const childPid = Number((await lines.next()).value);
  const orphanPid = Number((await lines.next()).value);
  return { pid: child.pid as number, childPid, orphanPid, ended: once(child, 'exit') };
}

test.skipIf(process.platform === 'win32')('finds children by parenthood', async () => {
  const family = await startFamily('tree-test/parenthood');
  const root = { pid: family.pid, processStartTime: await readProcessStartTime(family.pid) };
  expect(await findProcessTree(root)).toEqual(expect.arrayContaining([family.pid, family.childPid]));
  await endProcessTree({ ...root, mark: 'tree-test/parenthood' }, 2000);
  await family.ended;
});

test.skipIf(process.platform !== 'linux')(
  'finds and ends what moved to a session of its own, also after the root died',
  async () => {
    const family = await startFamily('tree-test/orphan');
    process.kill(family.pid, 'SIGKILL');
    await family.ended;
    const root = { pid: family.pid, processStartTime: 'gone', mark: 'tree-test/orphan' };
    expect((await findProcessTree(root)).sort()).toEqual([family.childPid, family.orphanPid].sort());
    await endProcessTree(root, 2000);
    expect(await isProcessAlive(family.orphanPid, null)).toBe(false);
    expect(await isProcessAlive(family.childPid, null)).toBe(false);
  },
);

test('a pid that has gone to another process is not ours', async () => {
  const own = await readProcessStartTime(process.pid);
  expect(await isProcessAlive(process.pid, own)).toBe(true);
  if (own !== null) {
    expect(await isProcessAlive(process.pid, `${own}0`)).toBe(false);
    expect(await findProcessTree({ pid: process.pid, processStartTime: `${own}0` })).toEqual([]);
  }
});
