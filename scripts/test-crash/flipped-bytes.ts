import { cp, mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IndexState } from '../../shared/sessions.ts';
import type { Terminal } from '../../shared/terminals.ts';
import { tally, wordsOf } from '../test-security/outcome-of.ts';
import type { Random } from '../test-security/random.ts';
import { until } from '../test-terminals/checks.ts';
import type { CrashCheck } from './check.ts';
import { type CrashRoom, openCrashRoom } from './crash-room.ts';

const pageBytes = 4096;
/** Files that are derived from others, or say only who runs: the program must come up whatever they hold. */
const derived = /^(search|cache|meanings|lock)\.db|^(holder|claude)\.json$|^host\/|^reserve$/;

const looks = ['/api/state', '/api/health', '/api/searches', '/api/sessions', '/api/settings', '/api/audit'];

/** Changes one byte, or one page, of a file; says what it did. */
async function damage(path: string, random: Random): Promise<string> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    if (random.number(4) === 0 && size >= pageBytes) {
      const at = random.number(Math.floor(size / pageBytes)) * pageBytes;
      await file.write(random.bytes(pageBytes), 0, pageBytes, at);
      return `page at ${at}`;
    }
    // Headers are small and matter most.
    const at = random.number(random.number(3) === 0 ? Math.min(size, 100) : size);
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    byte[0] = (byte[0] ?? 0) ^ (1 << random.number(8));
    await file.write(byte, 0, 1, at);
    return `bit at ${at}`;
  } finally {
    await file.close();
  }
}

/** A transcript as the CLI writes it, cut to what is read of it. */
function sessionLines(sessionId: string, count: number): string {
  const line = (number: number) => ({
    type: number % 2 === 0 ? 'user' : 'assistant',
    sessionId,
    uuid: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    timestamp: new Date(1_700_000_000_000 + number * 1000).toISOString(),
    cwd: '/tmp',
    message: { role: number % 2 === 0 ? 'user' : 'assistant', content: [{ type: 'text', text: `needle ${number}` }] },
  });
  return Array.from({ length: count }, (_, number) => `${JSON.stringify(line(number))}\n`).join('');
}

/** A data folder with something of everything, as a kill left it: the logs of the databases are still there. */
async function furnish(room: CrashRoom, transcript: string): Promise<void> {
  await mkdir(join(transcript, '..'), { recursive: true });
  await writeFile(transcript, sessionLines('11111111-2222-4333-8444-555555555555', 40));
  await room.start();
  const { id: projectId } = await room.call<{ id: string }>('POST', '/api/projects', { path: room.repository });
  for (let number = 0; number < 30; number += 1) {
    await room.call('POST', '/api/searches', { name: `s${number}`, query: `q=${number}` });
    await room.call('POST', '/api/rules', { effect: 'allow', rule: `Bash(tool-${number} *)`, scope: 'always' });
  }
  const shell = await room.call<Terminal>('POST', '/api/terminals', {});
  await room.call('POST', `/api/terminals/${shell.id}/input`, { data: 'echo something to keep; exit\n' });
  const ended = async () => (await room.call<Terminal>('GET', `/api/terminals/${shell.id}`)).state === 'exited';
  if (!(await until(ended, 30_000))) throw new Error('the shell does not end');
  await room.call('PATCH', `/api/projects/${projectId}`, { name: 'furnished' });
  const index = () => room.call<IndexState>('GET', '/api/sessions/index');
  if (!(await until(async () => (await index()).records > 0, 30_000))) throw new Error('nothing is indexed');
  await room.kill();
}

/** C2: one byte or page of any file is changed while nothing runs. The program starts all the same, or says what is wrong. */
export const flippedBytes: CrashCheck = async ({ rounds, random, short }) => {
  const count = rounds({ full: 1000, short: 6 });
  const withinMs = short ? 60_000 : 10_000;
  const room = await openCrashRoom({ claude: '/bin/true' });
  const template = join(room.home.folder, 'template');
  const claudeFolder = room.home.environment.CLAUDE_CONFIG_DIR ?? '';
  const transcript = join(claudeFolder, 'projects', '-tmp', '11111111-2222-4333-8444-555555555555.jsonl');
  const wrong: string[] = [];
  const outcomes: string[] = [];
  let slowestMs = 0;
  try {
    await furnish(room, transcript);
    // The host that was started for it ends by itself; what it leaves is part of the picture.
    await until(async () => (await room.hostPid()) === null, 10_000);
    await cp(room.dataDir, template, { recursive: true });
    await cp(transcript, join(template, 'transcript'));
    const files: string[] = [];
    for (const name of (await readdir(template, { recursive: true })).sort()) {
      const found = await stat(join(template, name));
      if (found.isFile() && found.size > 0 && name !== 'reserve') files.push(name);
    }
    for (let round = 0; round < count; round += 1) {
      await rm(room.dataDir, { recursive: true, force: true });
      await cp(template, room.dataDir, { recursive: true });
      const name = random.one(files);
      const path = name === 'transcript' ? transcript : join(room.dataDir, name);
      await cp(join(template, 'transcript'), transcript);
      const what = `${name}, ${await damage(path, random)}`;
      const problem = (text: string) => wrong.push(`${what}: ${text}`);
      const startedAt = performance.now();
      const refusal = await room.start({ withinMs }).then(
        () => null,
        (error: Error) => error.message,
      );
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      if (refusal !== null) {
        outcomes.push('refused');
        const says = /ended with 1 before/.test(refusal) && /control-room: /.test(refusal) && !/\n\s+at /.test(refusal);
        if (!says || derived.test(name) || name === 'transcript') problem(refusal);
        continue;
      }
      for (const look of looks) await room.call('GET', look).catch((error: unknown) => problem(String(error)));
      const rest = async () =>
        ['up-to-date', 'failed'].includes((await room.call<IndexState>('GET', '/api/sessions/index')).state);
      if (!(await until(() => rest().catch(() => false), withinMs))) problem('the index does not come to rest');
      const { state, records, problem: why } = await room.call<IndexState>('GET', '/api/sessions/index');
      if (state === 'failed' || records === 0)
        problem(`the index is not made anew: ${state}, ${records} records, ${why}`);
      const search = () => room.call<{ items: unknown[] }>('GET', '/api/sessions/search?q=needle');
      const finds = () =>
        search().then(
          ({ items }) => items.length > 0,
          () => false,
        );
      if (!(await until(finds, withinMs))) problem(`the search: ${await search().then(JSON.stringify, String)}`);
      if (room.run().child.exitCode !== null) problem(`it ended: ${room.run().errors()}`);
      outcomes.push('started');
      await room.kill();
    }
    return {
      made: `${count} bytes and pages of ${files.length} files changed`,
      seen: `${wordsOf(tally(outcomes))}, up in ${slowestMs.toFixed(0)} ms at most`,
      wrong,
    };
  } finally {
    await room.close();
  }
};
