import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Alert, type OwnAlert, ownAlertSchema } from '../../../shared/alerts.ts';
import type { Figure } from '../../../shared/figures.ts';
import { isLoud } from '../../../shared/loud-alerts.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { createEvents, type Events } from '../events.ts';
import { type Alerts, createAlerts } from './alerts.ts';
import { knownFigures } from './known-figures.ts';
import { type AlertSources, standardRules } from './rules.ts';

const second = 1000;
let folder: string;
let database: Database;
let events: Events;
let alerts: Alerts;
let clock: number;
let told: Alert[][];
let removed: string[];
let world: {
  lately: ReturnType<AlertSources['lately']>;
  workers: { live: number; healthy: number };
  memory: number | null;
  disk: number | null;
  components: Record<string, { failed: boolean; detail: string }>;
  backupAgeHours: number;
  figures: Partial<Record<Figure, number>> | undefined;
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-alerts-'));
  database = openDatabase(join(folder, 'test.db'), { durable: false });
  migrate(database);
  clock = 1_800_000_000_000;
  told = [];
  removed = [];
  world = {
    lately: { requests: 100, errors: 0, latencyP95: 0.01 },
    workers: { live: 0, healthy: 0 },
    memory: 40,
    disk: 40,
    components: { database: { failed: false, detail: 'fine' } },
    backupAgeHours: 20,
    figures: { requests: 0, costUsd: 0, memoryBytes: 0, memoryPercent: 40 },
  };
  begin();
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true, force: true });
});

function begin(): void {
  events = createEvents({ database, now: () => clock });
  events.listen((event) => {
    if (event.type === 'alerts.changed') told.push(event.alerts);
    if (event.type === 'alert.removed') removed.push(event.id);
  });
  alerts = createAlerts({
    database,
    publish: events.publish,
    now: () => clock,
    figures: () =>
      knownFigures({
        over: () => world.figures,
        today: () => ({ tokens: 1200, costUsd: 0.5 }),
        oldestApprovalMs: () => 0,
        backupAgeMs: () => world.backupAgeHours * 3_600_000,
        components: () =>
          Object.entries(world.components).map(([id, { failed }]) => ({ id, title: `Part ${id}`, failed })),
      }),
    rules: standardRules({
      lately: () => world.lately,
      workers: () => world.workers,
      memoryPercent: () => world.memory,
      diskPercent: () => world.disk,
      component: (id) => world.components[id] ?? null,
      backupAgeMs: () => world.backupAgeHours * 3_600_000,
    }),
  });
}

/** Looks every ten seconds for so long. */
function pass(seconds: number): void {
  for (let left = seconds; left > 0; left -= 10) {
    clock += 10 * second;
    alerts.look();
  }
}

const of = (id: string): Alert => alerts.list().items.find((alert) => alert.id === id) as Alert;
const states = () => told.flat().map(({ id, state }) => `${id} ${state}`);
const past = (id?: string) =>
  alerts
    .history({ limit: 100, alertId: id })
    .items.map(({ alertId, what, by }) => `${alertId} ${what} ${by ?? ''}`.trim());

test.each<[string, (beyond: boolean) => void, number]>([
  ['down', (beyond) => (world.components.terminals = { failed: beyond, detail: 'No host process.' }), 60],
  ['error-rate', (beyond) => (world.lately = { requests: 9999, errors: beyond ? 31 : 30, latencyP95: 0.01 }), 300],
  ['error-share', (beyond) => (world.lately = { requests: 100, errors: beyond ? 6 : 5, latencyP95: 0.01 }), 300],
  ['workers-unhealthy', (beyond) => (world.workers = { live: 4, healthy: beyond ? 1 : 2 }), 300],
  ['latency', (beyond) => (world.lately = { requests: 100, errors: 0, latencyP95: beyond ? 5.1 : 5 }), 300],
  ['memory', (beyond) => (world.memory = beyond ? 81 : 80), 300],
  ['disk', (beyond) => (world.disk = beyond ? 91 : 90), 300],
  ['database', (beyond) => (world.components.database = { failed: beyond, detail: 'disk I/O error' }), 30],
  ['ollama', (beyond) => (world.components.ollama = { failed: beyond, detail: 'It answered 500.' }), 300],
])(
  '%s fires beyond the threshold of the guides, after its time, and is over a minute after it is well',
  (id, make, forSeconds) => {
    make(false);
    pass(600);
    expect(of(id).state).toBe('inactive');
    make(true);
    pass(10);
    expect(of(id).state).toBe('pending');
    pass(forSeconds - 10);
    expect(of(id).state).toBe('pending');
    pass(10);
    expect(of(id)).toMatchObject({ state: 'firing', since: clock });
    expect(of(id).text).toBeTruthy();
    make(false);
    pass(60);
    expect(of(id).state).toBe('firing');
    pass(10);
    expect(of(id).state).toBe('resolved');
    pass(1800);
    expect(of(id).state).toBe('inactive');
    expect(states()).toEqual([`${id} pending`, `${id} firing`, `${id} resolved`, `${id} inactive`]);
    expect(past(id)).toEqual([`${id} resolved`, `${id} firing`]);
  },
);

test('what is short does not fire, and what cannot be known is neither well nor wrong', () => {
  world.memory = 95;
  pass(290);
  world.memory = 40;
  pass(10);
  expect(of('memory').state).toBe('inactive');
  world.memory = 95;
  pass(320);
  expect(of('memory').state).toBe('firing');
  world.memory = null;
  pass(3600);
  expect(of('memory').state).toBe('firing');
  // Few requests say nothing of a share.
  world.lately = { requests: 3, errors: 3, latencyP95: 0.1 };
  pass(900);
  expect(of('error-share').state).toBe('inactive');
});

test('nothing is written while nothing changes', () => {
  pass(60);
  const before = database.get<{ changes: number }>('SELECT total_changes() AS changes');
  pass(3600);
  expect(database.get('SELECT total_changes() AS changes')).toEqual(before);
});

test('what fires in one look is told at once, as one', () => {
  world.disk = 99;
  world.memory = 99;
  pass(310);
  const firing = told.filter(([first]) => first?.state === 'firing');
  expect(firing.map((group) => group.map(({ id }) => id))).toEqual([['memory', 'disk']]);
});

test('one that comes and goes is told of three times and then no more, until it was calm', () => {
  alerts.update({ id: 'disk', forSeconds: 0 }, 'you');
  const loud = (): number => told.flat().filter((alert) => alert.state === 'firing' && isLoud(alert, clock)).length;
  const before = loud();
  for (let round = 0; round < 8; round += 1) {
    world.disk = 99;
    pass(10);
    world.disk = 40;
    pass(80);
  }
  expect(loud() - before).toBe(3);
  expect(of('disk')).toMatchObject({ state: 'firing', flapping: true });
  // It has to be well for a quarter of an hour now.
  pass(700);
  expect(of('disk').state).toBe('firing');
  pass(300);
  expect(of('disk')).toMatchObject({ state: 'resolved', flapping: false });
});

test('acknowledged and silenced alerts are quiet, and it is written down who did it; firing anew is news', () => {
  world.disk = 99;
  pass(310);
  expect(isLoud(of('disk'), clock)).toBe(true);
  expect(alerts.acknowledge('disk', 'Ann’s phone')).toMatchObject({ acknowledgedBy: 'Ann’s phone' });
  expect(isLoud(of('disk'), clock)).toBe(false);
  world.disk = 40;
  pass(80);
  world.disk = 99;
  pass(310);
  expect(of('disk')).toMatchObject({ state: 'firing', acknowledgedAt: null });
  alerts.silence('disk', 30, 'you');
  expect(isLoud(of('disk'), clock)).toBe(false);
  expect(isLoud(of('disk'), clock + 30 * 60 * second)).toBe(true);
  alerts.silence('disk', 0, 'you');
  expect(isLoud(of('disk'), clock)).toBe(true);
  expect(past('disk')).toEqual([
    'disk unsilenced you',
    'disk silenced you',
    'disk firing',
    'disk resolved',
    'disk acknowledged Ann’s phone',
    'disk firing',
  ]);
});

test('everything outlives a restart: what fires, who saw it, what was changed', () => {
  alerts.update({ id: 'memory', threshold: 50, forSeconds: 20, severity: 'critical' }, 'you');
  alerts.update({ id: 'ollama', enabled: false }, 'you');
  expect(alerts.history({ limit: 2 }).items.map(({ text }) => text)).toEqual(['off', 'above 50, for 20 s, critical']);
  world.memory = 60;
  pass(30);
  alerts.acknowledge('memory', 'you');
  alerts.silence('disk', 60, 'you');
  const before = ['memory', 'disk'].map(of);
  begin();
  expect(['memory', 'disk'].map(of)).toEqual(before);
  pass(10);
  expect(of('memory')).toMatchObject({ state: 'firing', threshold: 50, severity: 'critical', acknowledgedBy: 'you' });
  world.components.ollama = { failed: true, detail: 'It answered 500.' };
  pass(600);
  expect(of('ollama').state).toBe('inactive');
  expect(alerts.reset('memory', 'you')).toMatchObject({ threshold: 80, forSeconds: 300, severity: 'warning' });
});

test('the past is paged, newest first', () => {
  for (let count = 0; count < 5; count += 1) alerts.silence('disk', count + 1, 'you');
  const first = alerts.history({ limit: 2 });
  const second = alerts.history({ limit: 2, cursor: first.nextCursor ?? undefined });
  expect([...first.items, ...second.items].map(({ text }) => text)).toEqual([
    'for 5 min',
    'for 4 min',
    'for 3 min',
    'for 2 min',
  ]);
});

test('a backup that is older than two days is told at once', () => {
  pass(600);
  expect(of('backup-age')).toMatchObject({ state: 'inactive', value: 20, unit: 'hours' });
  world.backupAgeHours = 49;
  pass(10);
  expect(of('backup-age')).toMatchObject({ state: 'firing', text: 'The newest backup is 49 hours old.' });
});

const own = (part: Partial<OwnAlert> = {}): OwnAlert =>
  ownAlertSchema.parse({ title: 'Busy', figure: 'requests', threshold: 10, forSeconds: 20, ...part });

test('a rule of somebody’s own waits, fires, is over and is kept, like ours', () => {
  const made = alerts.add(own({ fix: 'Ask Ann.' }), 'you');
  expect(made).toMatchObject({ own: true, title: 'Busy', unit: 'per-minute', state: 'inactive', fix: 'Ask Ann.' });
  world.figures = { requests: 100 };
  pass(20);
  expect(of(made.id).state).toBe('pending');
  pass(10);
  expect(of(made.id)).toMatchObject({
    state: 'firing',
    value: 20,
    text: 'Requests: 20 a minute, above 10 a minute.',
  });
  begin();
  expect(of(made.id)).toMatchObject({ state: 'firing', title: 'Busy' });
  world.figures = { requests: 0 };
  pass(70);
  expect(of(made.id).state).toBe('resolved');
  expect(past(made.id)).toEqual([`${made.id} resolved`, `${made.id} firing`, `${made.id} added you`]);
});

test('a rule may look at every figure, each with its present value', () => {
  const { items } = alerts.figures();
  expect(items.length).toBeGreaterThan(25);
  expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
  const value = (id: string) => items.find((figure) => figure.id === id)?.value;
  world.figures = { costUsd: 1, memoryBytes: 250e6, requests: 50 };
  expect(value('costToday')).toBe(0.5);
  expect(value('component.database')).toBe(0);
  const now = new Map(alerts.figures().items.map(({ id, value: known }) => [id, known]));
  expect(now.get('costUsd')).toBeCloseTo(12);
  expect(now.get('memoryBytes')).toBe(250);
  expect(now.get('requests')).toBe(10);
  // What is not known is not said to be nothing.
  expect(now.get('errors')).toBeNull();
  for (const { id, unit } of items)
    expect(alerts.add(own({ title: `On ${id}`, figure: id, threshold: 1 }), 'you').unit).toBe(unit);
});

test.each([
  [{ figure: 'nothing' }, /figure: there is none named nothing/],
  [{ direction: 'below', threshold: 0 }, /threshold: .* never below 0/],
  [{ figure: 'memoryPercent', threshold: 100 }, /threshold: .* never above 100/],
  [{ figure: 'memoryPercent', direction: 'below', threshold: 101 }, /threshold: .* always below 101/],
  [{ title: 'memory IS running out' }, /title: .* is there already/],
] as [Partial<OwnAlert>, RegExp][])('refuses %o in words', (part, words) => {
  expect(() => alerts.add(own(part), 'you')).toThrow(words);
  const { id } = alerts.add(own(), 'you');
  expect(() => alerts.update({ id, ...part }, 'you')).toThrow(words);
  expect(of(id)).toMatchObject({ title: 'Busy', figure: 'requests', threshold: 10 });
});

test('ours cannot be taken away or become others, and a hundred of one’s own are enough', () => {
  expect(() => alerts.remove('disk', 'you')).toThrow(/switched off, not removed/);
  expect(() => alerts.update({ id: 'disk', title: 'Other' }, 'you')).toThrow(/title: .*stays as it is/);
  expect(alerts.update({ id: 'disk', webhook: false }, 'you')).toMatchObject({ webhook: false, notice: true });
  for (let count = 0; count < 100; count += 1) alerts.add(own({ title: `Busy ${count}` }), 'you');
  expect(() => alerts.add(own(), 'you')).toThrow(/100 rules already/);
});

test('one is changed, taken away while it fires, and brought back', () => {
  const { id } = alerts.add(own({ forSeconds: 0 }), 'you');
  world.figures = { requests: 100 };
  pass(10);
  expect(of(id).state).toBe('firing');
  alerts.update({ id, figure: 'costUsd', threshold: 5 }, 'you');
  expect(of(id)).toMatchObject({ state: 'inactive', figure: 'costUsd', unit: 'usd-per-hour' });
  alerts.update({ id, figure: 'requests', enabled: false }, 'you');
  pass(30);
  expect(of(id).state).toBe('inactive');
  alerts.update({ id, enabled: true }, 'you');
  pass(10);
  expect(of(id).state).toBe('firing');
  told.length = 0;
  expect(alerts.remove(id, 'you')).toEqual({ id });
  expect(states()).toEqual([`${id} inactive`]);
  expect(removed).toEqual([id]);
  expect(of(id)).toBeUndefined();
  pass(30);
  begin();
  expect(of(id)).toBeUndefined();
  expect(alerts.restore(id, 'you')).toMatchObject({ title: 'Busy', figure: 'requests', state: 'inactive' });
  pass(10);
  expect(of(id).state).toBe('firing');
  // Who asks twice is answered the same.
  expect(alerts.restore(id, 'you').id).toBe(id);
  alerts.remove(id, 'you');
  clock += 15 * 86_400_000;
  begin();
  expect(() => alerts.restore(id, 'you')).toThrow(/two weeks/);
});

test('rules of one’s own make no storm: however many fire, they are told of ten times an hour', () => {
  for (let count = 0; count < 40; count += 1)
    alerts.add(own({ title: `Busy ${count}`, forSeconds: 10 * count }), 'you');
  const ids = new Set(alerts.list().items.flatMap((alert) => (alert.own ? [alert.id] : [])));
  world.figures = { requests: 100 };
  told.length = 0;
  pass(600);
  const loud = told.flat().filter((alert) => ids.has(alert.id) && isLoud(alert, clock));
  expect(loud).toHaveLength(10);
  expect(alerts.list().items.filter((alert) => alert.own && alert.state === 'firing')).toHaveLength(40);
  // Ours are told all the same.
  world.disk = 99;
  pass(310);
  expect(isLoud(of('disk'), clock)).toBe(true);
});
