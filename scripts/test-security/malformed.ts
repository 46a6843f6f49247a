import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import type { Attacked } from './attacked.ts';
import { type CheckOutcome, tally, wordsOf } from './outcome-of.ts';
import type { Random } from './random.ts';
import { exchange, statusesIn } from './raw-http.ts';

const atOnce = 16;
const mostGrowthBytes = 10 * 1024 * 1024;
const routes = [
  '/api/workers',
  '/api/projects',
  '/api/settings',
  '/api/sessions/search',
  '/api/admin/keys',
  '/api/terminals',
  '/health',
  '/ws',
  '/',
];
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'PROPFIND', 'get', ''];

/** One request that is broken in one of many ways. */
export function malformedRequest(random: Random, attacked: Pick<Attacked, 'port' | 'token'>): Buffer {
  const host = `Host: 127.0.0.1:${attacked.port}`;
  const bearer = `Authorization: Bearer ${attacked.token}`;
  const path = random.one(routes);
  const withBody = (body: Buffer | string, type = 'application/json', method = random.one(['POST', 'PATCH', 'PUT'])) =>
    Buffer.concat([
      Buffer.from(
        `${method} ${path} HTTP/1.1\r\n${host}\r\n${bearer}\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`,
      ),
      Buffer.from(body),
    ]);
  const head = (line: string, ...headers: string[]) =>
    Buffer.from(`${line}\r\n${[host, bearer, ...headers].join('\r\n')}\r\n\r\n`, 'latin1');
  switch (random.number(20)) {
    case 0:
      return random.bytes(1 + random.number(400));
    case 1:
      return head(`${random.one(methods)} ${path} HTTP/${random.one(['0.9', '1.1', '2.0', '9', 'x', ''])}`);
    case 2:
      return head(`GET ${path}?${random.text(random.number(20_000))} HTTP/1.1`);
    case 3:
      return head(`GET ${path} HTTP/1.1`, `X-Long: ${'x'.repeat(random.number(40_000))}`);
    case 4:
      return head(
        `GET ${path} HTTP/1.1`,
        ...Array.from({ length: random.number(3000) }, (_, index) => `X-${index}: 1`),
      );
    case 5:
      return head(`POST ${path} HTTP/1.1`, 'Content-Length: 5', 'Content-Length: 6');
    case 6:
      return head(`POST ${path} HTTP/1.1`, 'Transfer-Encoding: chunked', 'Content-Length: 5');
    case 7:
      return Buffer.concat([
        head(`POST ${path} HTTP/1.1`, 'Content-Type: application/json', 'Transfer-Encoding: chunked'),
        Buffer.from(
          random.one(['zz\r\n{}\r\n', 'ffffffffffffffff\r\n', '-1\r\n', '5\r\nab', '2;x=y\r\n{}\r\n0\r\n\r\n']),
        ),
      ]);
    case 8:
      return withBody(`{"name":${'['.repeat(random.number(20_000))}`);
    case 9:
      return withBody(JSON.stringify(anything(random, 4)));
    case 10:
      return withBody(random.bytes(random.number(500)));
    case 11:
      return withBody('{"__proto__":{"access":"admin"},"constructor":{"prototype":{"x":1}},"name":"x"}');
    case 12:
      return withBody(
        JSON.stringify(anything(random, 2)),
        random.one(['text/html', 'multipart/form-data', 'multipart/form-data; boundary=', 'x/y; charset=utf-7', '']),
      );
    case 13:
      return head(
        `GET ${random.one(['/%', '/%zz', '/%00', '/api/workers/%ff%fe', '//', '/api//workers', '/..%2f..%2fetc/passwd', '*', 'http://evil.example/', '/api/workers/\u0000', '?', '/\\..\\'])} HTTP/1.1`,
      );
    case 14:
      return head(
        `GET ${path} HTTP/1.1`,
        random.one([
          'X Y: 1',
          ': 1',
          'X: \u0001',
          'X\u00ff: 1',
          'Cookie: \u0000',
          'Host: twice',
          'Expect: 100-continue',
          'Expect: x',
          'Upgrade: h2c',
          'Range: bytes=9-1',
          'If-Modified-Since: x',
          'Last-Event-ID: x',
        ]),
      );
    case 15:
      return head(`GET /api/workers/${encodeURIComponent(JSON.stringify(anything(random, 2)))} HTTP/1.1`);
    case 16:
      return head(
        `GET /ws HTTP/1.1`,
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Key: ${random.text(random.number(40))}`,
        `Sec-WebSocket-Version: ${random.number(20)}`,
        `Sec-WebSocket-Protocol: ${random.one([`bearer.${attacked.token}`, 'bearer.', ',,', 'client.x', 'a b'])}`,
      );
    case 17:
      return head(
        `GET /api/sessions/search?q=${encodeURIComponent(random.one(['"', "'", '%', '\u0000', 'a*', 'NEAR(', '(((']))}&limit=${random.one(['-1', '1e9', 'x', ''])} HTTP/1.1`,
      );
    case 18:
      return Buffer.from(`GET ${path} HTTP/1.1\n${host}\n${bearer}\n\n`);
    default:
      return withBody(JSON.stringify(anything(random, 3)).slice(0, -1));
  }
}

/** Any JSON value. */
export function anything(random: Random, depth: number): unknown {
  switch (random.number(depth > 0 ? 9 : 6)) {
    case 0:
      return null;
    case 1:
      return random.one([0, -1, 1e308, 0.1, 2 ** 53, -(2 ** 31)]);
    case 2:
      return random.text(random.number(60));
    case 3:
      return random.one([
        '',
        '\u0000',
        '../../etc/passwd',
        "' OR 1=1 --",
        '<script>',
        '\u202e',
        'w_1',
        '__proto__',
        'x'.repeat(5000),
      ]);
    case 4:
      return random.number(2) === 0;
    case 5:
      return [];
    case 6:
    case 7:
      return Object.fromEntries(
        Array.from({ length: random.number(5) }, () => [
          random.one(['id', 'name', 'path', 'prompt', 'projectId', 'input', 'p', 'u', 'b', 'i', 't', random.text(5)]),
          anything(random, depth - 1),
        ]),
      );
    default:
      return Array.from({ length: random.number(5) }, () => anything(random, depth - 1));
  }
}

async function inParallel(count: number, work: () => Promise<void>): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left > 0) {
        left -= 1;
        await work();
      }
    }),
  );
}

/** D1 for HTTP: no 5xx, nothing unforeseen in the log, the program lives on. */
export async function malformedHttp(attacked: Attacked, random: Random, count: number): Promise<CheckOutcome> {
  const wrong: string[] = [];
  const seen: string[] = [];
  const good = attacked.goodClient();
  // Code and caches are loaded by the first ones, for the good client too.
  await inParallel(
    Math.min(200, count),
    async () => void (await exchange({ port: attacked.port, bytes: malformedRequest(random, attacked) })),
  );
  const memory = attacked.watchMemory();
  await inParallel(count, async () => {
    const bytes = malformedRequest(random, attacked);
    const [status] = statusesIn(await exchange({ port: attacked.port, bytes }));
    seen.push(String(status ?? 'closed'));
    if (status !== undefined && status >= 500 && status !== 503 && status !== 505)
      wrong.push(`${status} for ${JSON.stringify(bytes.toString('latin1').slice(0, 300))}`);
  });
  return withMemory(
    attacked,
    count,
    { made: `${count} malformed requests`, seen: wordsOf(tally(seen)), wrong },
    memory,
    good,
  );
}

/** D1 for frames on a WebSocket, well and badly framed. */
export async function malformedFrames(attacked: Attacked, random: Random, count: number): Promise<CheckOutcome> {
  const wrong: string[] = [];
  const closes: string[] = [];
  let made = 0;
  const perSocket = 20;
  async function attack(): Promise<void> {
    const socket = new WebSocket(`${attacked.address.replace('http', 'ws')}/ws`, [`bearer.${attacked.token}`]);
    let closed: number | undefined;
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      closed = code;
    });
    const opened = await Promise.race([once(socket, 'open').then(() => true), once(socket, 'close').then(() => false)]);
    if (!opened) {
      wrong.push('a socket with the right credential was refused');
      return;
    }
    const raw = (socket as unknown as { _socket: import('node:net').Socket })._socket;
    for (let sent = 0; sent < perSocket; sent += 1) {
      made += 1;
      if (closed !== undefined || socket.readyState !== socket.OPEN) continue;
      switch (random.number(6)) {
        case 0:
          socket.send(JSON.stringify({ i: random.text(3), p: anything(random, 4), t: anything(random, 1) }));
          break;
        case 1:
          socket.send(
            JSON.stringify({
              i: String(sent),
              p: {
                u: random.one([
                  '/workers/spawn',
                  '/events/state',
                  '/__proto__/x',
                  '/',
                  'x',
                  '/workers/get',
                  '/terminals/input',
                ]),
                b: anything(random, 3),
              },
            }),
          );
          break;
        case 2:
          socket.send(random.bytes(random.number(200)));
          break;
        case 3:
          socket.send(Buffer.concat([Buffer.from([random.number(12)]), random.bytes(random.number(60))]));
          break;
        case 4:
          socket.ping(random.bytes(random.number(120)));
          break;
        default:
          // Half of these end the connection; the last of a socket, so that most reach the frames above.
          if (sent >= perSocket - 3)
            raw.write(
              random.one([
                random.bytes(30),
                Buffer.from([0x81, 0x05, 1, 2, 3, 4, 5]),
                Buffer.from([0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255]),
                Buffer.from('not json at all'),
              ]),
            );
          else socket.send(random.text(random.number(300)));
      }
    }
    socket.close();
    const timer = setTimeout(() => raw.destroy(), 2000);
    if (closed === undefined) await once(socket, 'close');
    clearTimeout(timer);
    closes.push(String(closed));
    if (closed === 1011) wrong.push('a socket was closed with 1011, an error inside');
  }
  const good = attacked.goodClient();
  // Code and caches are loaded by the first ones, for the good client too.
  await inParallel(Math.ceil(count / perSocket), attack);
  const memory = attacked.watchMemory();
  await inParallel(Math.ceil(count / perSocket), attack);
  return withMemory(
    attacked,
    count,
    {
      made: `${made} malformed frames on ${closes.length} sockets`,
      seen: `closed with ${wordsOf(tally(closes))}`,
      wrong,
    },
    memory,
    good,
  );
}

/** So many messages the figure of memory is about. */
const fullCount = 10_000;

async function withMemory(
  attacked: Attacked,
  count: number,
  outcome: CheckOutcome,
  memory: ReturnType<Attacked['watchMemory']>,
  good: ReturnType<Attacked['goodClient']>,
): Promise<CheckOutcome> {
  const { asked, refused, p99Ms } = await good.end();
  const grown = await memory.end();
  const { wrong } = outcome;
  if (refused.length > 0) wrong.push(`the good client was refused ${refused.length} times of ${asked}: ${refused[0]}`);
  // Of a few messages it says more of the collector than of them.
  if (count >= fullCount && grown > mostGrowthBytes)
    wrong.push(`memory grew by ${(grown / 1024 / 1024).toFixed(1)} MiB`);
  const socket = connect({ host: '127.0.0.1', port: attacked.port });
  const alive = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]);
  socket.destroy();
  if (!alive) wrong.push('the port does not answer any more');
  return {
    ...outcome,
    seen: `${outcome.seen}; memory ${(grown / 1024 / 1024).toFixed(1)} MiB more; the good client ${asked} times, p99 ${p99Ms.toFixed(1)} ms`,
  };
}
