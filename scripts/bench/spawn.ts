import { execFileSync, spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { script } from '../../main/testing/scripted-model.ts';
import { pinnedClaude } from '../../main/testing/temporary-home.ts';
import { startRoom } from '../room.ts';
import { reportComparison, spread } from './statistics.ts';

/**
 * P18 and P20: from asking for a worker to claude's first request to the model, against the same claude started without
 * us, alone and eight at once. P19: the same with a program of no weight in claude's place, up to its first byte, which
 * shows what is ours. Both sides alternate in one run. `npm run bench -- spawn [--json] [--pairs N]`.
 */

const pairsAt = process.argv.indexOf('--pairs');
const pairs = pairsAt > 0 ? Number(process.argv[pairsAt + 1]) : 40;
const claude = pinnedClaude();
if (!claude) throw new Error('The pinned claude is not installed: npm ci');

await measureStub();
const room = await startRoom({ maxWorkers: 10 });
try {
  const projectId = await room.addProject();
  const prompt = `Say hello. ${script([{ text: 'Hello.' }])}`;
  const model = 'claude-sonnet-4-5';

  /** Milliseconds until the model is asked for the first time, which both sides do as their first sign of work. */
  async function firstRequest(begin: () => Promise<{ sessionId: string; end: () => Promise<void> }>): Promise<number> {
    const at = performance.now();
    const { sessionId, end } = await begin();
    await room.model.waitFor((request) => request.kind === 'turn' && request.sessionId === sessionId);
    const took = performance.now() - at;
    await end();
    return took;
  }

  const bare = () =>
    firstRequest(async () => {
      const sessionId = crypto.randomUUID();
      const child = spawn(
        claude,
        [
          '-p',
          '--output-format',
          'stream-json',
          '--verbose',
          '--permission-mode',
          'default',
          '--model',
          model,
          '--setting-sources',
          'user',
          '--strict-mcp-config',
          '--session-id',
          sessionId,
          prompt,
        ],
        { cwd: room.repository, env: room.home.environment, stdio: ['ignore', 'pipe', 'ignore'] },
      );
      child.stdout.resume();
      const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
      return { sessionId, end: () => gone };
    });

  const through = () =>
    firstRequest(async () => {
      // In the project's own folder: P18 is measured with the worktree ready.
      const worker = await room.spawnWorker({ projectId, prompt, model, worktree: false });
      return {
        sessionId: worker.sessionId,
        end: async () => {
          await room.call('POST', `/api/workers/${worker.id}/stop`, { force: true });
        },
      };
    });

  const single = { ours: [] as number[], shell: [] as number[] };
  await bare();
  await through();
  for (let pair = 0; pair < pairs; pair += 1) {
    single.ours.push(await through());
    single.shell.push(await bare());
  }
  reportComparison({
    name: "P18 request to claude's first request",
    unit: 'ms',
    ours: single.ours,
    reference: single.shell,
    verdict: 'goal: + 15 ms',
  });

  const eight = { ours: [] as number[], shell: [] as number[] };
  for (let pair = 0; pair < pairs / 8; pair += 1) {
    eight.ours.push(Math.max(...(await Promise.all(Array.from({ length: 8 }, through)))));
    eight.shell.push(Math.max(...(await Promise.all(Array.from({ length: 8 }, bare)))));
  }
  reportComparison({
    name: 'P20 eight at once, until the last',
    unit: 'ms',
    ours: eight.ours,
    reference: eight.shell,
    verdict: 'goal: 1.05 times',
  });
} finally {
  await room.close();
}

/** P19: the first byte goes through a named pipe, so that it is seen when it is said. */
async function measureStub(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'control-room-bench-'));
  const pipe = join(folder, 'first-byte');
  const stub = join(folder, 'claude');
  execFileSync('mkfifo', [pipe]);
  await writeFile(
    stub,
    `#!/bin/sh\n[ "$1" = --version ] && { echo '2.1.329 (Claude Code)'; exit; }\nprintf x > '${pipe}'\n`,
  );
  await chmod(stub, 0o755);
  // Held open for writing as well, or the reader would end with the first writer.
  const bytes = createReadStream(pipe);
  const held = createWriteStream(pipe);
  const room = await startRoom({ maxWorkers: 1, claude: stub });
  try {
    const projectId = await room.addProject();
    const said = () => new Promise<number>((resolve) => bytes.once('data', () => resolve(performance.now())));

    async function through(): Promise<number> {
      const first = said();
      const at = performance.now();
      const { id } = await room.spawnWorker({ projectId, prompt: 'Hello.', worktree: false });
      const took = (await first) - at;
      while ((await room.call<{ state: string }>('GET', `/api/workers/${id}`)).state !== 'ended')
        await new Promise((resolve) => setTimeout(resolve, 5));
      return took;
    }
    async function bare(): Promise<number> {
      const first = said();
      const at = performance.now();
      const child = spawn(stub, ['-p'], { cwd: room.repository, stdio: ['ignore', 'pipe', 'ignore'] });
      child.stdout.resume();
      const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
      const took = (await first) - at;
      await gone;
      return took;
    }

    await through();
    await bare();
    const ours: number[] = [];
    const reference: number[] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      ours.push(await through());
      reference.push(await bare());
    }
    const { median, p99 } = spread(ours);
    reportComparison({
      name: 'P19 request to the first byte of a program that exits at once',
      unit: 'ms',
      ours,
      reference,
      verdict: `p50 ${median.toFixed(1)} of 6, p99 ${p99.toFixed(1)} of 25 ms`,
    });
  } finally {
    await room.close();
    held.end();
    bytes.destroy();
    await rm(folder, { recursive: true, force: true });
  }
}
