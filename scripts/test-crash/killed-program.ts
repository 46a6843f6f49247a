import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from '../../shared/workers.ts';
import { until } from '../test-terminals/checks.ts';
import { type CrashCheck, pause } from './check.ts';
import { allHeard, startClients } from './clients.ts';
import { openCrashRoom } from './crash-room.ts';
import { readKept } from './kept.ts';
import { openLedger } from './ledger.ts';
import { makeStubClaude, turnCostUsd } from './stub-claude.ts';

const workerCount = 8;

/**
 * A1: the program is killed at a random moment while eight workers write and four clients change things; what was
 * acknowledged is held against the database each time.
 */
export const killedProgram: CrashCheck = async ({ random, rounds }) => {
  const count = rounds({ full: 200, short: 2 });
  const folder = await mkdtemp(join(tmpdir(), 'control-room-ledger-'));
  const stub = await makeStubClaude(folder, { pauseMs: 100 });
  const room = await openCrashRoom({ claude: stub.path });
  const ledger = openLedger(folder);
  const wrong: string[] = [];
  let number = 0;
  let intact = 0;
  let lines = 0;
  try {
    await room.start();
    const { id: projectId } = await room.call<{ id: string }>('POST', '/api/projects', { path: room.repository });
    const workerIds: string[] = [];
    for (let worker = 0; worker < workerCount; worker += 1) {
      const spawned = await room.call<Worker>('POST', '/api/workers', {
        projectId,
        name: `k${worker}`,
        worktree: false,
      });
      workerIds.push(spawned.id);
    }
    const live = async () => {
      const workers = await Promise.all(workerIds.map((id) => room.call<Worker>('GET', `/api/workers/${id}`)));
      return workers.every(({ pid }) => pid !== null);
    };
    if (!(await until(live, 60_000))) throw new Error('the workers do not start');
    for (let round = 1; round <= count; round += 1) {
      const clients = startClients({
        room,
        ledger,
        random,
        workerIds,
        count: 4,
        nextNumber: () => {
          number += 1;
          return number;
        },
      });
      // A moment by chance, whatever a machine does in what time.
      const wanted = ledger.acknowledgements() + random.number(30);
      if (!(await until(() => ledger.acknowledgements() >= wanted, 60_000)))
        wrong.push(`round ${round}: nothing more was acknowledged within a minute`);
      await pause(random.number(30));
      await room.kill();
      await clients.end();
      wrong.push(...clients.refused.map((text) => `round ${round}: refused: ${text}`));
      const kept = readKept(room.dataDir);
      if (kept.broken.length === 0) intact += 1;
      const found = [...ledger.compare(kept.values), ...kept.wrongLines, ...kept.broken];
      wrong.push(...found.map((text) => `round ${round}: ${text}`));
      await room.start();
    }
    // At rest: every line the workers said is there once, they were told everything once, and it cost what they say.
    await stub.stop();
    const read = async (id: string) => {
      const worker = await room.call<Worker>('GET', `/api/workers/${id}`);
      return { worker, said: await stub.said(id), heard: await stub.heard(id) };
    };
    const settled = async () => {
      const all = await Promise.all(workerIds.map(read));
      return all.every(({ worker, said }) => worker.turns * 10 === said && worker.state === 'idle');
    };
    if (!(await until(settled, 60_000))) wrong.push('the workers did not come to rest');
    // What was not heard by then is found below.
    await until(() => allHeard(ledger, stub, workerIds), 30_000);
    const final = await Promise.all(workerIds.map(read));
    const audit = await room.call<{ whole: boolean }>('GET', '/api/audit/check');
    await room.kill();
    const kept = readKept(room.dataDir);
    wrong.push(...ledger.compare(kept.values), ...kept.wrongLines, ...kept.broken);
    for (const { worker, said, heard } of final) {
      lines += said;
      if (kept.lines.get(worker.id) !== said)
        wrong.push(`${worker.id} said ${said} lines, ${kept.lines.get(worker.id)} are kept`);
      const cost = (said / 10) * turnCostUsd;
      if (Math.abs((worker.usage.costUsd ?? 0) - cost) > 1e-6)
        wrong.push(`${worker.id} cost ${cost}, ${worker.usage.costUsd} is shown`);
      const told = [...kept.values.keys()].filter((name) => name.startsWith('prompt') && name.endsWith(worker.id));
      for (const name of told) {
        const times = heard.filter((text) => text === name.split(' to ')[0]).length;
        if (times !== 1) wrong.push(`${name} was heard ${times} times`);
      }
    }
    if (!audit.whole) wrong.push(`the audit is not whole: ${JSON.stringify(audit)}`);
    return {
      made: `${count} kills beside ${workerCount} writing workers`,
      seen: `${ledger.acknowledgements()} acknowledgements and ${lines} lines, ${intact} of ${count} databases intact`,
      wrong,
    };
  } finally {
    ledger.close();
    await room.close();
    await rm(folder, { recursive: true, force: true });
  }
};
