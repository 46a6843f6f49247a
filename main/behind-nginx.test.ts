import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startNginx, type TestNginx } from './testing/nginx.ts';
import { createTemporaryHome, type TemporaryHome } from './testing/temporary-home.ts';
import { apiOver, startProgram, type TestProgram } from './testing/test-program.ts';

const nginxMissing = spawnSync('nginx', ['-v']).error !== undefined;
const pageMissing = !existsSync(new URL('../dist/renderer/index.html', import.meta.url));
const name = 'control-room.test';
const token = 'test-token-test-token-test-token';
/** A client that is not the proxy; all of 127.0.0.0/8 is this machine on Linux. */
const client = '127.0.0.9';

describe.skipIf(nginxMissing || process.platform !== 'linux')(
  'behind a real nginx with TLS (needs nginx: apt-get install nginx)',
  () => {
    let home: TemporaryHome;
    let program: TestProgram;
    let nginx: TestNginx;

    beforeAll(async () => {
      home = await createTemporaryHome({ modelUrl: 'http://127.0.0.1:1' });
      program = await startProgram({
        dataDir: join(home.folder, 'data'),
        args: ['--stop-workers'],
        environment: {
          ...home.environment,
          TRUSTED_PROXIES: '127.0.0.1',
          // A browser leaves out the port 443; the test's own is another one, which a name alone stands for as well.
          CORS_ORIGIN: `https://${name}`,
        },
      });
      nginx = await startNginx({ name, programPort: Number(new URL(program.address).port) });
    });

    afterAll(async () => {
      await nginx?.close();
      if (program) {
        const { hostPid } = (await program.api.events.state()).system;
        await program.end('SIGTERM');
        if (hostPid !== null) process.kill(hostPid);
      }
      await home?.close();
    });

    const host = () => `${name}:${nginx.port}`;
    const bearer = { authorization: `Bearer ${token}` };
    /** How a client of the LAN reaches nginx. */
    const throughNginx = () => ({
      host: '127.0.0.1',
      port: nginx.port,
      localAddress: client,
      servername: name,
      ca: nginx.certificate,
      agent: false as const,
    });

    /** One exchange with a body of text. */
    function answered(asking: ReturnType<typeof request>, body?: string) {
      return new Promise<{ status: number; headers: IncomingMessage['headers']; text: string }>((resolve, reject) => {
        asking.on('error', reject).on('response', (response: IncomingMessage) => {
          let text = '';
          response.on('data', (data: Buffer) => {
            text += data;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
        });
        asking.end(body);
      });
    }

    const ask = (method: string, path: string, headers: Record<string, string>, body?: unknown) =>
      answered(
        request({ ...throughNginx(), method, path, headers: { host: host(), ...json(body), ...headers } }),
        body === undefined ? undefined : JSON.stringify(body),
      );

    /** The same past nginx, from an address of this machine. */
    function askDirectly(method: string, path: string, from: string, headers: Record<string, string>, body?: unknown) {
      const { hostname, port } = new URL(program.address);
      return answered(
        requestPlain({
          host: hostname,
          port,
          localAddress: from,
          agent: false,
          method,
          path,
          headers: { ...bearer, ...json(body), ...headers },
        }),
        body === undefined ? undefined : JSON.stringify(body),
      );
    }

    const json = (body: unknown): Record<string, string> =>
      body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(JSON.stringify(body))) };

    /** Where a change of a role came from, as the audit has it. */
    async function savedFrom(role: string): Promise<string | undefined> {
      const { items } = await program.api.audit.list({ action: 'roles.save', limit: 50 });
      return items.find(({ subject, details }) => subject === role || details.name === role)?.from;
    }

    test.skipIf(pageMissing)('the page comes with its headers (needs the build: npm run build)', async () => {
      const page = await ask('GET', '/', {});
      expect(page.status).toBe(200);
      expect(page.headers['content-type']).toContain('text/html');
      expect(page.headers['content-security-policy']).toContain("default-src 'self'");
      expect(page.text).toContain('<div id="root"');
    });

    test('a call is served with a credential alone, and the audit has the address of the client', async () => {
      expect((await ask('GET', '/api/workers', {})).status).toBe(401);
      expect((await ask('GET', '/api/workers', bearer)).status).toBe(200);
      const origin = { origin: `https://${host()}` };
      const saved = await ask('PUT', '/api/roles/through', { ...bearer, ...origin }, { title: 'Through nginx' });
      expect(saved.status).toBe(200);
      expect(await savedFrom('through')).toBe(client);
    });

    test('what a client itself says of where it comes from is not believed', async () => {
      const lies = {
        'x-forwarded-for': '203.0.113.7',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'evil.example',
      };
      const origin = { origin: `https://${host()}` };
      expect((await ask('PUT', '/api/roles/liar', { ...bearer, ...lies, ...origin }, { title: 'Liar' })).status).toBe(
        200,
      );
      expect(await savedFrom('liar')).toBe(client);
      // Past nginx it is no proxy that speaks, whatever it says.
      expect((await askDirectly('PUT', '/api/roles/direct', client, lies, { title: 'Direct' })).status).toBe(200);
      expect(await savedFrom('direct')).toBe(client);
      // The proxy is believed: an address outside every allowed network is refused, and told nothing.
      const stranger = await askDirectly('GET', '/api/workers', '127.0.0.1', { 'x-forwarded-for': '203.0.113.7' });
      expect([stranger.status, JSON.parse(stranger.text).message]).toEqual([403, 'Refused.']);
    });

    test('a foreign name and a foreign page are refused', async () => {
      const rebound = await ask('GET', '/api/workers', { ...bearer, host: `evil.example:${nginx.port}` });
      expect(rebound.status).toBe(403);
      const foreign = await ask('GET', '/api/workers', { ...bearer, origin: 'https://evil.example' });
      expect(foreign.status).toBe(403);
    });

    async function openSocket(origin: string): Promise<WebSocket | number> {
      const socket = new WebSocket(`wss://127.0.0.1:${nginx.port}/ws`, [`bearer.${token}`], {
        localAddress: client,
        ...{ servername: name },
        ca: nginx.certificate,
        origin,
        headers: { host: host() },
      });
      return new Promise((resolve, reject) => {
        socket.once('open', () => resolve(socket));
        socket.once('error', reject);
        socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
      });
    }

    test('a WebSocket carries calls and events, with the address of the client; one of a foreign page is refused', async () => {
      const socket = await openSocket(`https://${host()}`);
      if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
      try {
        const api = apiOver(socket);
        const { seq } = await api.events.state();
        const events = await api.events.subscribe({ since: seq });
        await api.roles.save({ name: 'socket', title: 'Over a socket' });
        for await (const event of events) if (event.type === 'role.changed' && event.role.name === 'socket') break;
        expect(await savedFrom('socket')).toBe(client);
      } finally {
        socket.terminate();
      }
      expect(await openSocket('https://evil.example')).toBe(403);
    });

    test('the stream of events comes as it happens', async () => {
      const streaming = request({ ...throughNginx(), path: '/api/events', headers: { host: host(), ...bearer } });
      const stream = await new Promise<IncomingMessage>((resolve, reject) => {
        streaming.on('error', reject).on('response', resolve).end();
      });
      try {
        expect(stream.headers['content-type']).toContain('text/event-stream');
        let text = '';
        for (const role of ['first', 'second']) {
          await program.api.roles.save({ name: role, title: role });
          // Held back until a buffer is full, it would never come.
          for await (const piece of stream.iterator({ destroyOnReturn: false })) {
            text += piece;
            if (text.includes(`"name":"${role}"`)) break;
          }
        }
      } finally {
        stream.destroy();
      }
    });
  },
);
