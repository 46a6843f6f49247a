import { spawn } from 'node:child_process';
import { script } from '../../main/testing/scripted-model.ts';
import { pinnedClaude } from '../../main/testing/temporary-home.ts';
import { startRoom } from '../room.ts';
import { reportComparison } from './statistics.ts';

/**
 * P18 and P20: from asking for a worker to claude's first request to the model, against the same claude started without
 * us, alone and eight at once. Both sides alternate in one run.
 */

const pairs = 20;
const claude = pinnedClaude();
if (!claude) throw new Error('The pinned claude is not installed: npm ci');

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
  for (let pair = 0; pair < 5; pair += 1) {
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
