import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

test.runIf(process.platform === 'linux')('closes what the parent left open, and nothing of its own', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'control-room-inherited-'));
  try {
    const left = join(folder, 'left-open');
    await writeFile(left, '');
    const script = join(folder, 'child.mjs');
    await writeFile(
      script,
      `import { existsSync, openSync, writeSync } from 'node:fs';
       import { closeInherited } from ${JSON.stringify(fileURLToPath(new URL('inherited-files.ts', import.meta.url)))};
       const own = openSync(${JSON.stringify(left)}, 'a');
       const before = [7, 12].map((fd) => existsSync('/proc/self/fd/' + fd));
       const closed = closeInherited(process.ppid);
       const after = [7, 12].map((fd) => existsSync('/proc/self/fd/' + fd));
       writeSync(own, 'mine');
       process.stdout.write(JSON.stringify({ before, after, closed }));`,
    );
    // The shell stays as the parent, with a file and a pipe open that it does not mean for the child.
    const { stdout } = await run('bash', [
      '-c',
      `exec 7<"$0" 12> >(cat); "$1" "$2"; exit $?`,
      left,
      process.execPath,
      script,
    ]);
    const outcome = JSON.parse(stdout) as { before: boolean[]; after: boolean[]; closed: number };
    expect(outcome.before).toEqual([true, true]);
    expect(outcome.after).toEqual([false, false]);
    expect(outcome.closed).toBeGreaterThanOrEqual(2);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
