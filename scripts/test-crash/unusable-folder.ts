import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../test-terminals/checks.ts';
import type { CrashCheck } from './check.ts';
import { type CrashRoom, openCrashRoom, Refused } from './crash-room.ts';
import { mountSmallDisk } from './small-disk.ts';

/** What a start that must not succeed said, and that it did not write. */
export async function refusedStart(room: CrashRoom, words: RegExp): Promise<string[]> {
  const error = await room.start({ withinMs: 20_000 }).then(
    async (run) => {
      run.child.kill('SIGKILL');
      await run.ended;
      return 'it started';
    },
    (problem: Error) => problem.message,
  );
  return words.test(error) && /ended with 1 before/.test(error) && !/\n\s+at /.test(error)
    ? []
    : [`a start that must be refused with ${words}: ${error}`];
}

/** Of all files below a folder, by name. */
export async function hashesOf(folder: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true })).sort();
  const hash = createHash('sha256');
  for (const name of names) {
    const path = join(folder, name);
    if ((await stat(path)).isFile()) hash.update(name).update(await readFile(path));
  }
  return hash.digest('hex');
}

/** C6: a folder that cannot be written, one that is taken away while the program runs, and races for one folder. */
export const unusableFolder: CrashCheck = async ({ rounds, random }) => {
  const wrong: string[] = [];
  const seen: string[] = [];
  const claude = '/bin/true';

  const disk = await mountSmallDisk(16);
  if (disk.mounted) {
    const room = await openCrashRoom({ claude, dataDir: join(disk.folder, 'data') });
    try {
      await mkdir(room.dataDir);
      await disk.readOnly();
      wrong.push(...(await refusedStart(room, /cannot be written.*choose another with --data-dir/)));
      if ((await readdir(room.dataDir)).length > 0) wrong.push('something was written to a folder that is read only');
      seen.push('a read-only folder refused');
    } finally {
      await room.close();
      await disk.close();
    }
  } else seen.push(`read-only folder skipped: ${disk.problem}`);

  const room = await openCrashRoom({ claude });
  try {
    await room.start();
    await room.call('POST', '/api/searches', { name: 'before', query: 'q=1' });
    const away = `${room.dataDir}-away`;
    await rename(room.dataDir, away);
    // It lies under another name and must not be written under that one either.
    const change = () => room.call('POST', '/api/searches', { name: `lost ${random.number(1e9)}`, query: 'q=2' });
    for (let call = 0; call < 5; call += 1) {
      const refusal = await change().then(
        () => 'it was taken',
        (error: unknown) => (error instanceof Refused ? error.message : String(error)),
      );
      if (!/503.*The data folder .* is gone/.test(refusal)) wrong.push(`a change without a folder: ${refusal}`);
    }
    const health = () => room.call<{ checks: Record<string, string> }>('GET', '/api/health');
    if (!(await until(async () => (await health()).checks.disk === 'error', 10_000)))
      wrong.push('the health does not tell that the folder is gone');
    const made = await stat(room.dataDir).catch(() => null);
    if (made) wrong.push('the folder was made anew in place of the one that is gone');
    await rename(away, room.dataDir);
    if (
      !(await until(
        () =>
          change().then(
            () => true,
            () => false,
          ),
        10_000,
      ))
    )
      wrong.push('it does not go on when the folder is back');
    await room.kill();
    await room.start();
    const { items } = await room.call<{ items: { name: string }[] }>('GET', '/api/searches');
    if (!items.some(({ name }) => name === 'before') || items.length !== 2)
      wrong.push(`after the folder came back there is: ${items.map(({ name }) => name).join(', ')}`);
    seen.push('a folder taken away and put back');
  } finally {
    await room.close();
  }

  const races = rounds({ full: 25, short: 3 });
  const racing = await openCrashRoom({ claude });
  let starts = 0;
  try {
    for (let race = 0; race < races; race += 1) {
      const results = await Promise.allSettled(Array.from({ length: 4 }, () => racing.start()));
      starts += results.length;
      const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      for (const result of results)
        if (result.status === 'rejected' && !/is in use by/.test(String(result.reason)))
          wrong.push(`race ${race}: ${String(result.reason).slice(0, 500)}`);
      if (won.length !== 1) wrong.push(`race ${race}: ${won.length} of ${results.length} took the folder`);
      for (const { child, ended } of won) {
        child.kill('SIGKILL');
        await ended;
      }
    }
    seen.push(`${starts} starts in ${races} races, one wins each`);
  } finally {
    await racing.close();
  }
  return { made: 'folders that cannot be used', seen: seen.join(', '), wrong };
};
