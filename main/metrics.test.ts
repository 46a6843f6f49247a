import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Alert } from '../shared/alerts.ts';
import type { HealthReport } from '../shared/health.ts';
import { createLog } from './log/log.ts';
import { createLogContext } from './log/log-context.ts';
import { createLogSource } from './log/log-source.ts';
import { createSecretMask } from './log/mask-secrets.ts';
import { prometheusMissing, promtool, promtoolMissing, startPrometheus } from './testing/prometheus.ts';
import { startTestControlRoom, type TestControlRoom } from './testing/test-control-room.ts';

/** Every name that the guides have, with the labels they name. */
const guideMetrics = [
  ['http_requests_total', 'counter', 'method', 'path', 'status'],
  ['http_request_duration_seconds', 'histogram', 'method', 'path'],
  ['collab_workers_total', 'untyped'],
  ['collab_workers_healthy', 'gauge'],
  ['collab_tasks_by_status', 'gauge'],
  ['collab_messages_sent_total', 'counter'],
  ['collab_auth_failures_total', 'counter'],
  ['collab_errors_total', 'counter'],
  ['claude_code_requests_total', 'counter', 'method', 'status'],
] as const;

/** What the guides ask for without a name, and ours. */
const ownMetrics = [
  'control_room_workers',
  'control_room_approvals_waiting',
  'control_room_oldest_approval_age_seconds',
  'control_room_tokens_total',
  'control_room_cost_usd_total',
  'control_room_cost_today_usd',
  'control_room_terminal_bytes_total',
  'control_room_database_statement_seconds',
  'control_room_database_bytes',
  'control_room_search_seconds',
  'control_room_cache_requests_total',
  'control_room_sockets',
  'control_room_rate_limit_hits_total',
  'control_room_errors_total',
  'control_room_log_messages_total',
  'control_room_call_seconds',
  'control_room_component_up',
  'control_room_disk_free_bytes',
  'control_room_alerts_firing',
  'nodejs_eventloop_delay_seconds',
  'nodejs_gc_duration_seconds',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
];

let room: TestControlRoom;
const context = createLogContext();
const secrets = createSecretMask({}, []);
const log = createLog({ level: 'info', standardError: false, context, secrets });

beforeAll(async () => {
  const logs = createLogSource({ folder: '', context, secrets, log: Promise.resolve(log) });
  room = await startTestControlRoom({ modelUrl: 'http://127.0.0.1:1', options: { log, logs } });
});

afterAll(async () => {
  await room.close();
});

const scrape = (headers: Record<string, string> = {}) =>
  fetch(`${room.server.address}/metrics`, { headers }).then(async (response) => ({
    status: response.status,
    type: response.headers.get('content-type'),
    text: await response.text(),
  }));

/** Values by their whole names. */
function valuesOf(text: string): Map<string, number> {
  return new Map(
    text
      .split('\n')
      .filter((line) => line && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

test.each(guideMetrics)('%s is there as the guides name it', async (name, type, ...labels) => {
  await room.request('GET', '/api/workers');
  const { text } = await scrape();
  expect(text).toContain(`# TYPE ${name} ${type}\n`);
  const series = text.split('\n').find((line) => line.startsWith(`${name}{`) || line.startsWith(`${name}_bucket{`));
  for (const label of labels) expect(series).toMatch(new RegExp(`[{,]${label}="`));
});

test('our own figures are all there', async () => {
  const { text } = await scrape();
  expect(ownMetrics.filter((name) => !text.includes(`# TYPE ${name} `))).toEqual([]);
});

test('figures agree with what was done', async () => {
  const before = valuesOf((await scrape()).text);
  for (let count = 0; count < 7; count += 1) await room.request('GET', '/api/workers');
  for (let count = 0; count < 3; count += 1) await room.request('GET', '/api/workers/w-none');
  await room.request('GET', '/api/nothing-of-this-name');
  for (let count = 0; count < 2; count += 1)
    await room.request('GET', '/api/workers', undefined, { authorization: 'Bearer wrong' });
  await room.request('GET', '/api/sessions/search?q=anything');
  for (let count = 0; count < 4; count += 1) log.error({}, 'counted');
  log.fatal({}, 'counted');
  log.debug({}, 'below the level, so not written');
  const { text } = await scrape();
  const after = valuesOf(text);
  const grew = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  expect(grew('http_requests_total{method="GET",path="/api/workers",status="200"}')).toBe(7);
  expect(grew('http_requests_total{method="GET",path="/api/workers/{id}",status="404"}')).toBe(3);
  expect(grew('http_requests_total{method="GET",path="(none)",status="404"}')).toBe(1);
  expect(grew('http_requests_total{method="GET",path="/api/workers",status="401"}')).toBe(2);
  expect(grew('http_request_duration_seconds_count{method="GET",path="/api/workers"}')).toBe(9);
  expect(grew('http_request_duration_seconds_bucket{method="GET",path="/api/workers",le="+Inf"}')).toBe(9);
  expect(grew('claude_code_requests_total{method="GET",status="404"}')).toBe(4);
  expect(grew('collab_auth_failures_total')).toBe(2);
  expect(grew('collab_errors_total')).toBe(0);
  expect(grew('control_room_search_seconds_count')).toBe(1);
  expect(grew('control_room_call_seconds_count{procedure="workers.get"}')).toBe(3);
  expect(grew('control_room_log_messages_total{level="error"}')).toBe(4);
  expect(grew('control_room_log_messages_total{level="fatal"}')).toBe(1);
  expect(grew('control_room_log_messages_total{level="debug"}')).toBe(0);
  // What is looked at is what is there.
  expect(after.get('collab_workers_total')).toBe((await room.api.workers.list({})).items.length);
  expect(after.get('control_room_disk_size_bytes')).toBeGreaterThan(after.get('control_room_disk_free_bytes') ?? 0);
  expect(text).not.toContain(room.token);
});

test('metrics need a credential where the settings say so, and a key for them reads nothing else', async () => {
  expect(await scrape()).toMatchObject({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' });
  for (const header of ['x-forwarded-for', 'forwarded', 'via'])
    expect((await scrape({ [header]: '127.0.0.1' })).status).toBe(401);
  await room.api.settings.update({ metricsOpenHere: false });
  expect((await scrape()).status).toBe(401);
  expect((await scrape({ authorization: 'Bearer wrong' })).status).toBe(401);
  const made = await room.request('POST', '/api/admin/keys', { name: 'prometheus', permissions: ['read:metrics'] });
  const { key } = made.body as { key: string };
  expect((await scrape({ authorization: `Bearer ${key}` })).status).toBe(200);
  expect((await room.request('GET', '/api/workers', undefined, { authorization: `Bearer ${key}` })).status).toBe(403);
  const other = await room.request('POST', '/api/admin/keys', { name: 'other', permissions: ['read:sessions'] });
  const { key: otherKey } = other.body as { key: string };
  expect((await scrape({ 'x-api-key': otherKey })).status).toBe(403);
  await room.api.settings.update({ metricsEnabled: false });
  expect((await scrape({ authorization: `Bearer ${room.token}` })).status).toBe(404);
  await room.api.settings.update({ metricsEnabled: true, metricsOpenHere: true });
});

test('health says of each part how it stands, since when and what to do; strangers see only whether all is well', async () => {
  const { status, body } = await room.request('GET', '/health');
  const report = body as HealthReport;
  expect(status).toBe(200);
  expect(report.checks).toMatchObject({
    server: 'ok',
    database: 'ok',
    terminals: 'ok',
    claude: 'ok',
    git: 'ok',
    disk: 'ok',
  });
  for (const component of report.components) {
    expect(component.since).toBeLessThanOrEqual(report.timestamp);
    if (component.state === 'error') expect(component.fix).toBeTruthy();
  }
  const stranger = (await (await fetch(`${room.server.address}/health`)).json()) as object;
  expect(Object.keys(stranger).sort()).toEqual(['status', 'timestamp', 'uptime', 'version']);
  for (const path of ['/live', '/healthz', '/ready', '/readyz'])
    expect((await fetch(room.server.address + path)).status).toBe(200);
});

test('a process host that was stopped makes it not ready within a second, with the reason, until it goes on', async () => {
  const { hostPid } = (await room.api.events.state()).system;
  const ready = async () => {
    const response = await fetch(`${room.server.address}/readyz`);
    return { status: response.status, body: (await response.json()) as { reasons: string[] } };
  };
  process.kill(hostPid ?? 0, 'SIGSTOP');
  try {
    // What was answered within the last second still holds.
    await vi.waitFor(async () => expect((await ready()).status).toBe(503), { timeout: 30_000, interval: 200 });
    expect((await ready()).body.reasons).toEqual(['Process host: It did not answer within 1 s.']);
    // It lives all the same.
    expect((await fetch(`${room.server.address}/healthz`)).status).toBe(200);
  } finally {
    process.kill(hostPid ?? 0, 'SIGCONT');
  }
  await vi.waitFor(async () => expect((await ready()).status).toBe(200), { timeout: 30_000, interval: 200 });
});

test('rules of alerts are listed, changed by who may, and put back; an alert that is quiet cannot be acknowledged', async () => {
  const { items } = (await room.request('GET', '/api/alerts')).body as { items: Alert[] };
  const error = items.find(({ id }) => id === 'error-rate');
  expect(error).toMatchObject({ threshold: 0.1, forSeconds: 300, severity: 'warning', state: 'inactive' });
  await expect(room.apiAs('approve').alerts.update({ id: 'error-rate', threshold: 1 })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  expect(await room.api.alerts.update({ id: 'error-rate', threshold: 1 })).toMatchObject({ threshold: 1 });
  expect(await room.api.alerts.reset({ id: 'error-rate' })).toMatchObject({ threshold: 0.1 });
  await expect(room.api.alerts.update({ id: 'database', threshold: 1 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  await expect(room.api.alerts.acknowledge({ id: 'disk' })).rejects.toMatchObject({ code: 'CONFLICT' });
  expect((await room.request('POST', '/api/alerts/nothing/silence', { minutes: 5 })).status).toBe(404);
});

test('the dashboard for Grafana and the rules for Prometheus ask for nothing that is not there', async () => {
  const folder = new URL('../resources/monitoring/', import.meta.url);
  const dashboard = await readFile(new URL('grafana-dashboard.json', folder), 'utf8');
  const { panels } = JSON.parse(dashboard) as { panels: { targets: { expr: string }[] }[] };
  const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  expect(expressions.length).toBeGreaterThan(25);
  const rules = await readFile(new URL('alerts.yml', folder), 'utf8');
  const asked = [
    ...`${expressions.join('\n')}\n${rules}`.matchAll(/\b(?:collab|control_room|http|process|nodejs)_\w+/g),
  ];
  const { text } = await scrape();
  const declared = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  const missing = asked.map(([name]) => name.replace(/_(bucket|sum|count)$/, '')).filter((name) => !declared.has(name));
  expect(missing).toEqual([]);
});

describe.skipIf(promtoolMissing)('promtool (Debian’s package "prometheus")', () => {
  test('finds nothing to say about our figures', async () => {
    // One of each kind has been seen by now.
    const { text } = await scrape();
    expect(await promtool(['check', 'metrics'], text)).toEqual({ code: 0, output: '' });
  });

  test('finds the rules right, and fires them when they should', async () => {
    const folder = fileURLToPath(new URL('../resources/monitoring/', import.meta.url));
    expect((await promtool(['check', 'config', 'prometheus.yml'], undefined, folder)).code).toBe(0);
    expect(await promtool(['test', 'rules', 'alerts.test.yml'], undefined, folder)).toMatchObject({
      code: 0,
      output: expect.stringContaining('SUCCESS'),
    });
    // The rules of the guides stand there word by word.
    const rules = await readFile(`${folder}alerts.yml`, 'utf8');
    for (const expression of [
      'up{job="collab"} == 0',
      'rate(collab_errors_total[5m]) > 0.1',
      'collab_workers_healthy / collab_workers_total < 0.5',
    ])
      expect(rules).toContain(`expr: ${expression}\n`);
  });

  test.skipIf(prometheusMissing)('a real Prometheus reads a real Control Room with a key', async () => {
    await room.api.settings.update({ metricsOpenHere: false });
    const made = await room.request('POST', '/api/admin/keys', { name: 'scrape', permissions: ['read:metrics'] });
    const { key } = made.body as { key: string };
    const prometheus = await startPrometheus({ address: room.server.address, credential: key });
    try {
      expect(await prometheus.target()).toMatchObject({ health: 'up', lastError: '' });
      expect(await prometheus.query('control_room_build_info')).toMatchObject([
        { metric: { version: '0.0.0-test', job: 'collab' }, value: [expect.any(Number), '1'] },
      ]);
    } finally {
      await prometheus.close();
      await room.api.settings.update({ metricsOpenHere: true });
    }
  });
});
