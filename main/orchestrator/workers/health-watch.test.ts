import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { WorkerId } from '../../../shared/ids.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { Worker } from '../../../shared/workers.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import type { TreeUsage } from '../processes/tree-usage.ts';
import { createHealthWatch } from './health-watch.ts';
import { createWorkerStore } from './store.ts';
import { withState } from './worker-row.ts';
import { createWorkerRows } from './worker-rows.ts';

const id = 'w_1' as WorkerId;
let folder: string;
let database: Database;
let store: ReturnType<typeof createWorkerStore>;
let rows: ReturnType<typeof createWorkerRows>;
let usage: TreeUsage | undefined;
let watch: ReturnType<typeof createHealthWatch>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-health-'));
  database = openDatabase(join(folder, 'test.db'), { durable: false });
  migrate(database);
  database.run('INSERT INTO projects (id, row) VALUES (\'p\', \'{"path":"/p"}\')');
  vi.useFakeTimers({ now: 1_000_000 });
  store = createWorkerStore(database);
  rows = createWorkerRows({ database, publish: () => undefined, store, spend: () => undefined });
  const worker = {
    id,
    projectId: 'p',
    state: 'working',
    stateChangedAt: Date.now(),
    pid: 77,
    health: 'healthy',
    healthReason: null,
    troubles: [],
    timeline: [],
    workedMs: 0,
    retry: null,
    activity: { text: 'Running npm test', tool: 'Bash', at: 0 },
    usage: {},
  } as unknown as Worker;
  store.put(worker);
  usage = undefined;
  watch = createHealthWatch({
    now: Date.now,
    settings: () => ({ stallSeconds: 300 }) as Settings,
    store,
    rows,
    measure: async () => usage,
    log: { warn: (details) => expect.fail(JSON.stringify(details)) },
  });
});

afterEach(async () => {
  watch.close();
  vi.useRealTimers();
  database.close();
  await rm(folder, { recursive: true });
});

const after = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);
const row = () => rows.get(id);

test('silence is told by its age, with the child that is waited for; a sign of life ends it', async () => {
  usage = { cpuPercent: 0.2, memoryBytes: 1, processes: 2, busiest: { name: 'npm test', cpuPercent: 0.2 } };
  watch.sign(id);
  await after(29);
  expect(row().health).toBe('healthy');
  await after(1);
  expect(row()).toMatchObject({ health: 'degraded', healthReason: 'no output for 30 s, child npm test at 0 % CPU' });
  await after(30);
  expect(row()).toMatchObject({ health: 'unhealthy', healthReason: 'no output for 60 s, child npm test at 0 % CPU' });
  await after(239);
  expect(row().troubles).toEqual([]);
  await after(1);
  expect(row().troubles).toMatchObject([
    { kind: 'stall', text: 'It works without a sign of life: no output for 5 min, child npm test at 0 % CPU.' },
  ]);
  await after(240);
  expect(row().healthReason).toBe('no output for 9 min, child npm test at 0 % CPU');
  watch.sign(id);
  expect(row()).toMatchObject({ health: 'healthy', healthReason: null, troubles: [] });
});

test('a child that works is a sign of life', async () => {
  usage = { cpuPercent: 97, memoryBytes: 1, processes: 2, busiest: { name: 'npm test', cpuPercent: 95 } };
  watch.sign(id);
  await after(600);
  expect(row()).toMatchObject({ health: 'healthy', troubles: [] });
  usage = undefined;
  await after(45);
  expect(row()).toMatchObject({ health: 'degraded', healthReason: 'no output for 30 s, in Bash' });
});

test('a worker that waits for a person or has ended is not looked at', async () => {
  watch.sign(id);
  rows.keep(withState(row(), 'waiting', 'asks', Date.now(), 'approval'));
  watch.sign(id);
  expect(vi.getTimerCount()).toBe(0);
  await after(600);
  expect(row().health).toBe('healthy');
});
