import { readFile } from 'node:fs/promises';
import { script } from '../../main/testing/scripted-model.ts';
import type { State } from '../../shared/events.ts';
import { startRoom } from '../room.ts';

/**
 * P31: what the orchestrator and its host cost while ten workers are idle, in percent of a core and in bytes written to
 * disk, beside what one idle claude costs in the same time. Linux only: the figures are the kernel's.
 */

const workers = 10;
/** Until starts and first turns have cooled down, and how long is measured. */
const settleMs = 8000;
const measuredMs = 30_000;
/** The kernel counts processor time in hundredths of a second. */
const tickMs = 10;

async function processorMs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

async function writtenBytes(pid: number): Promise<number> {
  return Number(/^write_bytes: (\d+)/m.exec(await readFile(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

const room = await startRoom({ maxWorkers: workers });
try {
  const projectId = await room.addProject();
  for (let index = 0; index < workers; index += 1) {
    const { id } = await room.spawnWorker({
      projectId,
      name: `idle ${index}`,
      prompt: script([{ text: 'Ready.' }]),
      model: 'claude-sonnet-4-5',
    });
    // One start after the other: ten at once would still be cooling down.
    for (let turns = 0; turns === 0; ) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      turns = (await room.call<{ turns: number }>('GET', `/api/workers/${id}`)).turns;
    }
  }
  const state = await room.call<State>('GET', '/api/state');
  const app = [state.system.pid, state.system.hostPid ?? 0];
  const claude = state.workers.flatMap(({ pid }) => (pid === null ? [] : [pid]));
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const sum = async (pids: number[], measure: (pid: number) => Promise<number>) =>
    (await Promise.all(pids.map(measure))).reduce((total, value) => total + value, 0);
  const before = {
    app: await sum(app, processorMs),
    claude: await sum(claude, processorMs),
    written: await sum(app, writtenBytes),
  };
  const at = performance.now();
  await new Promise((resolve) => setTimeout(resolve, measuredMs));
  const took = performance.now() - at;
  const facts = {
    name: 'P31 idle with ten idle workers',
    appPercentOfCore: (100 * ((await sum(app, processorMs)) - before.app)) / took,
    claudePercentOfCoreEach: (100 * ((await sum(claude, processorMs)) - before.claude)) / took / claude.length,
    writtenBytes: (await sum(app, writtenBytes)) - before.written,
    seconds: took / 1000,
  };
  console.log(
    process.argv.includes('--json')
      ? JSON.stringify(facts)
      : `${facts.name}: app ${facts.appPercentOfCore.toFixed(2)} % of a core (goal 0.5), each claude ${facts.claudePercentOfCoreEach.toFixed(2)} %, ${facts.writtenBytes} bytes written in ${facts.seconds.toFixed(0)} s (goal 0)`,
  );
} finally {
  await room.close();
}
