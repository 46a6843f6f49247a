import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HealthState } from '../../../shared/health.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { createHealth } from './health.ts';

let folder: string;
let database: Database;
let health: ReturnType<typeof createHealth>;
let problem: string | null = null;
let port: { state: string; address: string | null; problem: string | null };
let told: HealthState[];
let integrity: Parameters<typeof createHealth>[0]['integrity'] extends () => infer Known ? Known : never;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-health-'));
  problem = null;
  integrity = { unchecked: true, checking: false, lastCheck: null };
  told = [];
  port = { state: 'open', address: 'http://127.0.0.1:3847', problem: null };
  database = openDatabase(join(folder, 'test.db'), {
    durable: false,
    observer: {
      took: () => undefined,
      kept: () => {
        problem = null;
      },
      failed: (code) => {
        problem = code;
      },
    },
  });
  migrate(database);
  health = createHealth({
    database,
    publish: (event) => void (event.type === 'health.changed' && told.push(event.health)),
    version: '1.2.3',
    now: Date.now,
    startedAt: Date.now(),
    machine: {
      dataDir: folder,
      claude: {
        look: async () => ({ path: '/bin/claude', version: '2.1.0', problem: null, problemCode: null }) as never,
      },
      gitVersion: async () => '2.47.1',
      environment: { PATH: '', SHELL: '/bin/sh' },
    },
    hostPid: () => 4243,
    beat: async () => undefined,
    disk: () => ({ id: 'disk', title: 'Disk', state: 'ok', detail: '', fix: null }),
    writeProblem: () => problem,
    port: () => port,
    integrity: () => integrity,
    counts: () => ({ live: 2, messages: 9 }),
    migrations: () => ({ applied: 12, latest: 12 }),
    checkEveryMs: () => 3_600_000,
    begun: Promise.resolve(),
    further: [
      {
        id: 'ollama',
        title: 'Ollama',
        look: () => ({ id: 'ollama', title: 'Ollama', state: 'ok', detail: '', fix: null }),
      },
    ],
    log: { warn: () => undefined },
  });
});
afterEach(async () => {
  health.close();
  database.close();
  await rm(folder, { recursive: true, force: true });
});

const of = (id: string) => health.state().components.find((component) => component.id === id);

test('the report has the fields of the guides, and says only "ok", "error" and "not-installed" of each part', async () => {
  const report = await health.report();
  expect(report).toMatchObject({
    status: 'healthy',
    version: '1.2.3',
    persistence: 'sqlite',
    agents: 2,
    chats: 0,
    messages: 9,
    workers: 2,
    reasons: [],
    checks: {
      server: 'ok',
      database: 'ok',
      terminals: 'ok',
      claude: 'ok',
      git: 'ok',
      gh: 'not-installed',
      ollama: 'ok',
    },
  });
  expect(report.uptime).toBeGreaterThanOrEqual(0);
});

test('a disk that is full is said with its fix, and seen to be over by itself', async () => {
  await health.start();
  database.exec('PRAGMA max_page_count = 1');
  expect(() => database.run("INSERT INTO settings VALUES ('a', ?)", 'x'.repeat(1e6))).toThrow(/full/);
  // What is tried again needs a page of its own as well.
  database.exec(`CREATE TEMP TRIGGER grow BEFORE UPDATE ON health_components
    BEGIN INSERT INTO settings VALUES ('b', hex(randomblob(500000))); END`);
  await health.lookAt('database');
  expect(of('database')).toMatchObject({ state: 'error', detail: 'database or disk is full' });
  expect(of('database')?.fix).toContain('Free some space');
  expect(health.state().status).toBe('unhealthy');
  database.exec('DROP TRIGGER temp.grow; PRAGMA max_page_count = 100000');
  await health.lookAt('database');
  expect(of('database')?.state).toBe('ok');
  expect(health.state().status).toBe('healthy');
});

test('a port that could not be opened is an error, one that is closed is not', async () => {
  await health.start();
  port = { state: 'failed', address: null, problem: 'Port 3847 is taken.' };
  await health.lookAt('server');
  expect(of('server')).toMatchObject({ state: 'error', detail: 'Port 3847 is taken.' });
  expect(told.at(-1)?.status).toBe('degraded');
  port = { state: 'closed', address: null, problem: null };
  await health.lookAt('server');
  expect(of('server')).toMatchObject({ state: 'ok', detail: 'closed by the settings' });
});

test('damage that a look through the database found is an error with its fix; one that is under way is told', async () => {
  await health.start();
  expect(of('database')).toMatchObject({ state: 'ok', detail: expect.stringContaining('not looked through yet') });
  integrity = { unchecked: true, checking: true, lastCheck: null };
  await health.lookAt('database');
  expect(of('database')?.detail).toContain('being looked through');
  integrity = { unchecked: false, checking: false, lastCheck: { ok: false, problems: ['Page 7 is never used'] } };
  await health.lookAt('database');
  expect(of('database')).toMatchObject({
    state: 'error',
    detail: 'The database is damaged: Page 7 is never used',
    fix: expect.stringContaining('newest backup'),
  });
  expect(health.state().status).toBe('unhealthy');
});
