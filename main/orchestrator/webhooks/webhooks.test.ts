import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { EventBody } from '../../../shared/events.ts';
import type { WebhookEvent } from '../../../shared/webhook-events.ts';
import { webhookUrlSchema } from '../../../shared/webhooks.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrate.ts';
import { createEvents, type Events } from '../events.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

let folder: string;
let database: Database;
let events: Events;
let webhooks: Webhooks;
let now: number;
let received: Received[];
let answer: (response: ServerResponse, count: number) => void;
let url: string;
let closeServer: () => Promise<void>;

const open = (held: string | null = null): Webhooks =>
  createWebhooks({
    database,
    events,
    now: () => now,
    key: Buffer.alloc(32, 3),
    version: '1.2.3',
    held,
    log: { warn: () => undefined },
    random: () => 0.5,
  });
const publish = (body: unknown): void => database.transaction(() => events.publish(body as EventBody));
const delta = (kind: string, title: string) =>
  publish({ type: 'session.changed', delta: { kind, sessionId: 's', before: null, after: { title } } });
const add = (chosen: WebhookEvent[] = ['session.created', 'session.updated']) =>
  webhooks.add({ name: 'Mine', url, events: chosen, enabled: true });
const bodies = () => received.map(({ body }) => JSON.parse(body));
const deliveries = (id: string) => webhooks.deliveries(id, { limit: 100 }).items;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-webhooks-'));
  database = openDatabase(join(folder, 'test.db'), { durable: false });
  migrate(database);
  now = 1_800_000_000_000;
  events = createEvents({ database, now: () => now });
  webhooks = open();
  received = [];
  answer = (response) => response.end('taken');
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (data) => {
      body += data;
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      answer(response, received.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  closeServer = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
});

afterEach(async () => {
  await webhooks.close();
  await closeServer();
  database.close();
  await rm(folder, { recursive: true });
});

describe('a message', () => {
  test('has what changed, once, signed so that others can tell it is ours', async () => {
    const { id, secret } = add();
    delta('created', 'Terns');
    delta('deleted', 'not asked for');
    delta('updated', 'Terns and gulls');
    await vi.waitFor(() => expect(received).toHaveLength(2));
    expect(bodies()).toEqual([
      {
        type: 'session.created',
        changeType: 'created',
        sessionId: 's',
        before: null,
        after: { title: 'Terns' },
        timestamp: new Date(now).toISOString(),
      },
      expect.objectContaining({ type: 'session.updated', after: { title: 'Terns and gulls' } }),
    ]);
    const [first] = received;
    const message = `${first?.headers['webhook-id']}.${first?.headers['webhook-timestamp']}.${first?.body}`;
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    expect(first?.headers['webhook-signature']).toBe(
      `v1,${createHmac('sha256', key).update(message).digest('base64')}`,
    );
    expect(first?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'Control-Room/1.2.3',
      'webhook-timestamp': String(now / 1000),
      'x-control-room-event': 'session.created',
    });
    await vi.waitFor(() => expect(deliveries(id).map(({ state }) => state)).toEqual(['delivered', 'delivered']));
    expect(deliveries(id)[0]).toMatchObject({ status: 200, answer: 'taken', attempts: 1 });
    expect(webhooks.secret(id, false).secret).toBe(secret);
    expect(webhooks.secret(id, true).secret).not.toBe(secret);
  });

  test('of workers and requests tells what is news, not every change of a row', async () => {
    add(['worker.started', 'worker.waiting', 'worker.idle', 'worker.ended', 'approval.requested', 'approval.decided']);
    const worker = (state: string) => publish({ type: 'worker.changed', worker: { id: 'w', name: 'fix', state } });
    const approval = (state: string) =>
      publish({ type: 'approval.changed', approval: { id: 'a', state, summary: 'rm -r x' } });
    for (const state of ['queued', 'preparing', 'starting', 'working', 'working', 'waiting', 'working']) worker(state);
    approval('waiting');
    approval('waiting');
    approval('allowed');
    approval('allowed');
    for (const state of ['idle', 'working', 'ended', 'ended', 'starting']) worker(state);
    await vi.waitFor(() => expect(received).toHaveLength(7));
    expect(bodies().map(({ type }) => type)).toEqual([
      'worker.started',
      'worker.waiting',
      'approval.requested',
      'approval.decided',
      'worker.idle',
      'worker.ended',
      'worker.started',
    ]);
    expect(bodies()[2]).toMatchObject({ approval: { id: 'a', state: 'waiting', summary: 'rm -r x' } });
  });
});

describe('an address that fails', () => {
  test('is tried again with growing waits, and others are not held up', async () => {
    const { id } = add();
    answer = (response, count) => {
      response.statusCode = count === 1 ? 503 : 200;
      response.end('busy');
    };
    delta('created', 'first');
    await vi.waitFor(() => expect(deliveries(id)[0]?.attempts).toBe(1));
    expect(deliveries(id)[0]).toMatchObject({ state: 'waiting', status: 503, answer: 'busy', nextAt: now + 5000 });
    delta('created', 'second');
    await vi.waitFor(() => expect(bodies().map(({ after }) => after.title)).toEqual(['first', 'second']));
    now += 5000;
    // Its time has come; the next event makes it look.
    delta('created', 'third');
    await vi.waitFor(() => expect(received).toHaveLength(4));
    await vi.waitFor(() => expect(deliveries(id).every(({ state }) => state === 'delivered')).toBe(true));
    expect(received[2]?.headers['webhook-id']).toBe(received[0]?.headers['webhook-id']);
  });

  test.each([
    ['asks to wait', 429, { 'retry-after': '120' }, { state: 'waiting', nextAt: 120_000 }],
    ['leads elsewhere', 302, { location: 'http://127.0.0.1:9/' }, { answer: expect.stringContaining('It redirects') }],
  ])('%s: that is heeded', async (_name, status, headers, wanted) => {
    const { id } = add();
    answer = (response) => response.writeHead(status, headers).end();
    delta('created', 'x');
    await vi.waitFor(() => expect(deliveries(id)[0]?.attempts).toBe(1));
    const { nextAt } = wanted as { nextAt?: number };
    expect(deliveries(id)[0]).toMatchObject({ ...wanted, ...(nextAt ? { nextAt: now + nextAt } : {}) });
    expect(received).toHaveLength(1);
  });

  test('is given up at last; one that is gone is switched off and says so', async () => {
    const { id } = add();
    answer = (response) => response.writeHead(500).end();
    delta('created', 'x');
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await vi.waitFor(() => expect(deliveries(id)[0]?.attempts).toBe(attempt));
      now += 100_000_000;
      publish({ type: 'project.removed', id: 'p' });
    }
    expect(deliveries(id)[0]).toMatchObject({ state: 'failed', nextAt: null });
    expect(webhooks.list().items[0]).toMatchObject({ failuresSince: 1, enabled: true });
    answer = (response) => response.writeHead(410).end();
    delta('created', 'y');
    await vi.waitFor(() => expect(webhooks.list().items[0]?.enabled).toBe(false));
    expect(webhooks.list().items[0]?.problem).toContain('410');
    expect(webhooks.update({ id, enabled: true })).toMatchObject({ enabled: true, problem: null, failuresSince: 0 });
  });

  test('does not answer at all: the reason is told, and a person can send it again', async () => {
    const { id } = add();
    await closeServer();
    closeServer = async () => undefined;
    const tested = await webhooks.test(id);
    expect(tested).toMatchObject({ state: 'failed', status: null, answer: expect.stringContaining('ECONNREFUSED') });
    const server = createServer((_request, response) => response.end('back'));
    server.listen(Number(new URL(url).port), '127.0.0.1');
    await once(server, 'listening');
    closeServer = async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    };
    expect(await webhooks.replay(tested.id)).toMatchObject({ id: tested.id, state: 'delivered', answer: 'back' });
    await expect(async () => webhooks.replay('none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('over a restart', () => {
  test('nothing is left out and nothing told twice', async () => {
    const { id } = add();
    delta('created', 'before');
    // One whose answer nobody waited for would be told again, under the same id.
    await vi.waitFor(() => expect(deliveries(id)[0]?.state).toBe('delivered'));
    await webhooks.close();
    // What happens while nobody gathers, as between a kill and the next start.
    delta('created', 'between');
    webhooks = open();
    delta('created', 'after');
    await vi.waitFor(() => expect(received).toHaveLength(3));
    expect(bodies().map(({ after }) => after.title)).toEqual(['before', 'between', 'after']);
  });

  test('the address of the variable is there, cannot be changed here, and goes with it', async () => {
    await webhooks.close();
    webhooks = open(url);
    delta('deleted', 'x');
    await vi.waitFor(() => expect(bodies()).toMatchObject([{ changeType: 'deleted' }]));
    expect(webhooks.list().items).toMatchObject([{ id: 'notify', heldBy: 'NOTIFY_WEBHOOK' }]);
    expect(() => webhooks.update({ id: 'notify', name: 'x' })).toThrow(/NOTIFY_WEBHOOK/);
    await webhooks.close();
    webhooks = open(null);
    expect(webhooks.list().items).toEqual([]);
  });
});

test.each([
  ['https://example.invalid/hook?x=1', true],
  ['http://127.0.0.1:9000/hook', true],
  ['http://localhost/', true],
  ['http://[::1]:9000', true],
  ['http://example.invalid/hook', false],
  ['http://127.0.0.1.example.invalid/', false],
  ['http://localhost.example.invalid/', false],
  ['https://user:password@example.invalid/', false],
  ['http://localhost@example.invalid/', false],
  ['file:///etc/passwd', false],
  ['javascript:alert(1)', false],
])('%s: %s', (text, allowed) => {
  expect(webhookUrlSchema.safeParse(text).success).toBe(allowed);
});

test('alerts that fire together are one message; that they are over is told to who was told that they fire', async () => {
  add(['alert.firing', 'alert.resolved']);
  const alert = (id: string, state: string, part: object = {}) => ({
    id,
    title: id,
    severity: 'warning',
    state,
    since: now,
    value: 1,
    threshold: 0,
    text: null,
    fix: '',
    flapping: false,
    acknowledgedAt: null,
    acknowledgedBy: null,
    silencedUntil: null,
    webhook: true,
    ...part,
  });
  const change = (...alerts: object[]) => publish({ type: 'alerts.changed', alerts });
  change(alert('disk', 'firing'), alert('memory', 'firing'), alert('latency', 'firing', { silencedUntil: now + 1e6 }));
  change(alert('disk', 'firing', { acknowledgedAt: now, acknowledgedBy: 'you' }));
  change(alert('error-rate', 'pending'));
  // Somebody said that webhooks are not told of this one.
  change(alert('own_1', 'firing', { webhook: false }));
  change(alert('own_1', 'resolved', { webhook: false }));
  change(alert('disk', 'resolved'), alert('latency', 'resolved'));
  await vi.waitFor(() => expect(received).toHaveLength(2));
  expect(bodies().map(({ type, alerts }) => [type, alerts.map(({ id }: { id: string }) => id)])).toEqual([
    ['alert.firing', ['disk', 'memory']],
    ['alert.resolved', ['disk']],
  ]);
});
