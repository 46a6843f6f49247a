import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LanAnswer } from './testing/lan-client.ts';
import { createTemporaryHome, type TemporaryHome } from './testing/temporary-home.ts';
import { startProgram, type TestProgram } from './testing/test-program.ts';

const run = promisify(execFile);
const lanClient = fileURLToPath(new URL('./testing/lan-client.ts', import.meta.url));
const token = 'test-token-test-token-test-token';
const namespace = `control-room-${process.pid}`;
/** A pair of network cards, one here and one in the namespace, on a network that is for tests of networks (RFC 2544). */
const [here, there] = [`crh${process.pid}`, `crt${process.pid}`];
const network = `198.18.${process.pid % 250}`;
const [ourAddress, inside, outside] = [`${network}.1`, `${network}.20`, `${network}.200`];
const allowlist = `${network}.0/25`;

const ip = (...args: string[]) => run('ip', args);

/** Whether this machine lets us have a network of our own. */
function canHaveNetworks(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const ip = (...args: string[]) => spawnSync('ip', args).status === 0;
  if (!ip('netns', 'add', namespace)) return false;
  const made = ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', namespace);
  // The pair goes with the namespace.
  ip('netns', 'delete', namespace);
  return made;
}

describe.skipIf(!canHaveNetworks())(
  'from another machine of the LAN (needs root and ip: apt-get install iproute2)',
  () => {
    let home: TemporaryHome;
    let program: TestProgram;

    beforeAll(async () => {
      await ip('netns', 'add', namespace);
      await ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', namespace);
      await ip('address', 'add', `${ourAddress}/24`, 'dev', here);
      await ip('link', 'set', here, 'up');
      await ip('-n', namespace, 'link', 'set', 'lo', 'up');
      for (const address of [inside, outside])
        await ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', there);
      await ip('-n', namespace, 'link', 'set', there, 'up');
      home = await createTemporaryHome({ modelUrl: 'http://127.0.0.1:1' });
      program = await startProgram({
        dataDir: join(home.folder, 'data'),
        environment: { ...home.environment, HOST: ourAddress, ALLOWLIST: allowlist },
      });
    });

    afterAll(async () => {
      if (program) {
        const { hostPid } = (await program.api.events.state()).system;
        await program.end('SIGTERM');
        if (hostPid !== null) process.kill(hostPid);
      }
      await ip('netns', 'delete', namespace);
      await home?.close();
    });

    /** What a client in the namespace is answered. */
    async function fromLan(exchanges: object[]): Promise<LanAnswer[]> {
      const args = ['netns', 'exec', namespace, process.execPath, lanClient, program.address];
      const { stdout } = await ip(...args, JSON.stringify(exchanges));
      return JSON.parse(stdout) as LanAnswer[];
    }

    const bearer = { authorization: `Bearer ${token}` };

    test('a client in an allowed network gets in, with a credential', async () => {
      const [page, stranger, known, guess, socket] = await fromLan([
        { path: '/live', localAddress: inside },
        { path: '/api/workers', localAddress: inside },
        { path: '/api/workers', localAddress: inside, headers: bearer },
        { path: '/ws', localAddress: inside, protocols: ['bearer.guess'] },
        { path: '/ws', localAddress: inside, protocols: [`bearer.${token}`] },
      ]);
      expect([page, stranger, known, guess, socket].map((answer) => answer?.status)).toEqual([200, 401, 200, 401, 101]);
      // Who has no credential is not told where one is kept.
      expect(JSON.parse(stranger?.text ?? '{}').message).toBe('No valid credential.');
      const { items } = await program.api.audit.list({ action: 'access.login', limit: 50 });
      expect(items.map(({ from }) => from)).toContain(inside);
    });

    test('one outside of them is refused and told nothing, whatever it asks and brings', async () => {
      const paths = ['/', '/live', '/health', '/ready', '/openapi.json', '/api/workers', '/api/nothing', '/nothing'];
      const exchanges = paths.flatMap((path) => [
        { path, localAddress: outside },
        { path, localAddress: outside, headers: bearer },
        { path, localAddress: outside, headers: { ...bearer, 'x-forwarded-for': inside } },
        { path, method: 'POST', localAddress: outside, headers: bearer },
      ]);
      const answers = await fromLan([
        ...exchanges,
        { path: '/ws', localAddress: outside, protocols: [`bearer.${token}`] },
        { path: '/ws', localAddress: outside, protocols: ['share.guess'] },
      ]);
      expect(answers).toHaveLength(exchanges.length + 2);
      for (const { status, text, headers } of answers) {
        expect(JSON.parse(text)).toEqual({ code: 'FORBIDDEN', status: 403, message: 'Refused.' });
        expect(status).toBe(403);
        expect(headers).not.toHaveProperty('server');
        expect(headers).not.toHaveProperty('www-authenticate');
      }
      const { items } = await program.api.audit.list({ limit: 200 });
      expect(items.filter(({ from }) => from === outside).map(({ outcome }) => outcome)).toEqual(['FORBIDDEN']);
    });

    test('it listens on the address it was told and on no other', async () => {
      const port = Number(new URL(program.address).port);
      const { port: state } = await program.api.access.overview();
      expect(state.addresses).toEqual([program.address]);
      const socket = connect({ host: '127.0.0.1', port });
      const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
      expect(error.code).toBe('ECONNREFUSED');
    });
  },
);
