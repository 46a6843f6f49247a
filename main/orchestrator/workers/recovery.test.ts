import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { WorkerId } from '../../../shared/ids.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { Worker } from '../../../shared/workers.ts';
import { createRecovery, recoveryDelaysMs } from './recovery.ts';
import type { WorkerStore } from './store.ts';
import { ended } from './worker-row.ts';
import type { WorkerRows } from './worker-rows.ts';

const id = 'w_1' as WorkerId;
let row: Worker;
let resumed: number[];
let autoResume: boolean;
let recovery: ReturnType<typeof createRecovery>;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  resumed = [];
  autoResume = true;
  row = {
    id,
    state: 'working',
    stateChangedAt: 0,
    timeline: [],
    troubles: [],
    workedMs: 0,
    recovery: { attempts: 0, nextAt: null, history: [] },
  } as unknown as Worker;
  recovery = createRecovery({
    now: Date.now,
    settings: () => ({ autoResume }) as Settings,
    store: { get: () => row, recovering: () => [row] } as unknown as WorkerStore,
    rows: {
      keep: (next: Worker) => {
        row = next;
        return next;
      },
    } as unknown as WorkerRows,
    resume: () => resumed.push(Date.now()),
    log: { warn: () => expect.fail() },
  });
});

afterEach(() => {
  recovery.close();
  vi.useRealTimers();
});

function die(code: Worker['endCode'] = 'CRASHED'): Worker {
  row = recovery.planned(
    ended(row, { outcome: 'failed', code, reason: 'It died.', evidence: 'process exit 1' }, Date.now()),
  );
  recovery.wait(row);
  return row;
}

test('three times, each after a longer wait, and then a person is called', async () => {
  for (const [index, delayMs] of recoveryDelaysMs.entries()) {
    const dead = die();
    expect(dead.recovery).toMatchObject({ attempts: index, nextAt: Date.now() + delayMs });
    expect(dead.troubles.map(({ kind }) => kind)).toEqual(['retry']);
    await vi.advanceTimersByTimeAsync(delayMs - 1);
    expect(resumed).toHaveLength(index);
    await vi.advanceTimersByTimeAsync(1);
    expect(resumed).toHaveLength(index + 1);
    row = { ...row, state: 'working' };
  }
  const last = die();
  expect(last.recovery).toMatchObject({ attempts: 3, nextAt: null, history: [{}, {}, {}] });
  expect(last.troubles).toMatchObject([{ kind: 'crash', text: 'It died.' }]);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(resumed).toHaveLength(3);
});

test('not where it is switched off, not for what does not pass, and not once it was called off', async () => {
  expect(die('AUTH').recovery.nextAt).toBeNull();
  autoResume = false;
  expect(die().recovery.nextAt).toBeNull();
  autoResume = true;
  expect(die().recovery.nextAt).not.toBeNull();
  recovery.forget(id);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(resumed).toEqual([]);
});

test('what an earlier process had planned is taken up, at once when its time is over', async () => {
  row = { ...row, state: 'ended', recovery: { ...row.recovery, nextAt: Date.now() - 5000 } };
  recovery.recover();
  await vi.advanceTimersByTimeAsync(0);
  expect(resumed).toHaveLength(1);
});
