import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DoctorCheck, HealthState } from '../../../shared/health.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { type Components, createComponents } from './components.ts';

const never = 3_600_000;
let folder: string;
let database: Database;
let components: Components;
let clock: number;
let told: HealthState[];
let looks: number;
let found: Record<'database' | 'git' | 'gh', DoctorCheck['state'] | 'silent' | 'throws'>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-components-'));
  database = openDatabase(join(folder, 'test.db'), { durable: false });
  migrate(database);
  clock = 1000;
  told = [];
  looks = 0;
  found = { database: 'ok', git: 'ok', gh: 'not-installed' };
  components = begin();
});
afterEach(async () => {
  components.close();
  database.close();
  await rm(folder, { recursive: true, force: true });
});

function begin(): Components {
  return createComponents({
    database,
    now: () => clock,
    publish: (event) => void (event.type === 'health.changed' && told.push(event.health)),
    log: { warn: () => undefined },
    probes: (['database', 'git', 'gh'] as const).map((id) => ({
      id,
      title: id,
      everyMs: () => never,
      withinMs: 30,
      look: () => {
        looks += 1;
        const state = found[id];
        if (state === 'throws') throw new Error('it broke');
        if (state === 'silent') return new Promise<DoctorCheck>(() => undefined);
        return { id, title: id, state, detail: `${id} is ${state}`, fix: null };
      },
    })),
  });
}

const of = (id: string) => components.state().components.find((component) => component.id === id);

test('only a change is told, with since when it is so, and the times outlive a restart', async () => {
  await components.start();
  expect(told).toMatchObject([{ status: 'healthy', since: 1000 }]);
  clock = 2000;
  await components.lookAt('git');
  expect(told).toHaveLength(1);
  found.git = 'not-installed';
  await components.lookAt('git');
  expect(told).toHaveLength(2);
  expect(components.state()).toMatchObject({ status: 'degraded', since: 2000 });
  expect(of('git')?.since).toBe(2000);
  expect(of('database')?.since).toBe(1000);
  components.close();

  clock = 9000;
  components = begin();
  await components.start();
  expect(told).toHaveLength(2);
  expect(components.state()).toMatchObject({ status: 'degraded', since: 2000 });
  found.git = 'ok';
  await components.lookAt('git');
  expect(told.at(-1)).toMatchObject({ status: 'healthy', since: 9000 });
});

test('what does not answer, or fails to be looked at, is in error with a fix', async () => {
  found.git = 'silent';
  found.database = 'throws';
  await components.start();
  expect(of('git')).toMatchObject({ state: 'error', detail: 'It did not answer within 0.03 s.' });
  expect(of('git')?.fix).toBeTruthy();
  expect(of('database')).toMatchObject({ state: 'error', detail: 'it broke' });
  expect(components.state().status).toBe('unhealthy');
});

test('two who want the same look share it, and the doctor’s look counts too', async () => {
  await components.start();
  const before = looks;
  await Promise.all([components.lookAt('git'), components.lookAt('git')]);
  expect(looks - before).toBe(1);
  components.take([{ id: 'gh', title: 'gh', state: 'ok', detail: 'installed', fix: null }]);
  expect(of('gh')?.state).toBe('ok');
});
