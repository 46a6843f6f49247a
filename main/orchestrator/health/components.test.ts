import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
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
/** Settles the looks that are under way, where they are held back. */
let held: Promise<void>;
let refusesNews: boolean;
let refused: number;
let onRefused: () => void;
let found: Record<'database' | 'git' | 'gh', DoctorCheck['state'] | 'silent' | 'throws'>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-components-'));
  database = openDatabase(join(folder, 'test.db'), { durable: false });
  migrate(database);
  clock = 1000;
  told = [];
  looks = 0;
  held = Promise.resolve();
  refusesNews = false;
  refused = 0;
  onRefused = () => undefined;
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
    publish: (event) => {
      if (refusesNews) {
        refused += 1;
        onRefused();
        throw new Error('the disk is full');
      }
      if (event.type === 'health.changed') told.push(event.health);
    },
    retryMs: 20,
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
        const seen = { id, title: id, state, detail: `${id} is ${state}`, fix: null };
        return held.then(() => seen);
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

test('what happens while a look is under way is seen by another one right after it', async () => {
  await components.start();
  let goOn = (): void => undefined;
  held = new Promise((resolve) => {
    goOn = resolve;
  });
  const first = components.lookAt('git');
  await Promise.resolve();
  found.git = 'error';
  const second = components.lookAt('git');
  goOn();
  await Promise.all([first, second]);
  expect(of('git')?.state).toBe('error');
});

test('a change that cannot be kept, as on a full disk, is known at once and told a little later, with no storm', async () => {
  await components.start();
  refusesNews = true;
  refused = 0;
  // As the house does it: a write that fails is a reason to look at the database.
  onRefused = () => void components.lookAt('database');
  found.database = 'error';
  await components.lookAt('database');
  expect(components.state().status).toBe('unhealthy');
  expect(told).toHaveLength(1);
  expect(refused).toBeLessThan(20);
  await vi.waitFor(() => expect(refused).toBeGreaterThan(2));
  refusesNews = false;
  await vi.waitFor(() => expect(told.at(-1)?.status).toBe('unhealthy'));
  expect(told).toHaveLength(2);
});
