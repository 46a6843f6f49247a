import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTemporaryHome } from '../../main/testing/temporary-home.ts';
import { startProgram } from '../../main/testing/test-program.ts';
import type { State } from '../../shared/events.ts';
import { percentile } from './percentile.ts';

/** With much room V8 leaves garbage lying, which looks like a leak from outside; with little it has to collect. */
const smallHeap = '--max-old-space-size=120 --max-semi-space-size=1';

/** The program under attack, in a process of its own, and a good client beside. */
export async function startAttacked(settings: Record<string, string> = {}) {
  const home = await createTemporaryHome({ modelUrl: 'http://127.0.0.1:1' });
  const program = await startProgram({
    dataDir: join(home.folder, 'data'),
    environment: { ...home.environment, NODE_OPTIONS: smallHeap, ...settings },
  });
  const port = Number(new URL(program.address).port);
  const token = 'test-token-test-token-test-token';

  async function memoryBytes(): Promise<number> {
    const status = await readFile(`/proc/${program.pid}/status`, 'utf8').catch(() => '');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
  }

  function request(
    method: string,
    path: string,
    init: { credential?: string | undefined; body?: string | undefined } = {},
  ): Promise<Response> {
    return fetch(`${program.address}${path}`, {
      method,
      headers: {
        ...(init.credential === undefined ? {} : { authorization: `Bearer ${init.credential}` }),
        ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(init.body === undefined ? {} : { body: init.body }),
    });
  }

  return {
    ...program,
    port,
    token,
    memoryBytes,
    /**
     * Looks at the memory until `end`, which gives by how much its floor rose from the first third of the time to the
     * last: in between it goes up and down with what waits to be collected.
     */
    watchMemory() {
      const samples: number[] = [];
      let going = true;
      const looking = (async () => {
        while (going) {
          samples.push(await memoryBytes());
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      })();
      return {
        async end(): Promise<number> {
          going = false;
          await looking;
          const third = Math.ceil(samples.length / 3);
          return Math.min(...samples.slice(-third)) - Math.min(...samples.slice(0, third));
        },
      };
    },
    request,
    /** A client that goes on asking; `end` gives how that went. */
    goodClient() {
      const tookMs: number[] = [];
      const refused: string[] = [];
      let going = true;
      const asking = (async () => {
        while (going) {
          const startedAt = performance.now();
          try {
            const response = await fetch(`${program.address}/api/workers`, {
              headers: { authorization: `Bearer ${token}` },
            });
            await response.arrayBuffer();
            if (response.status !== 200) refused.push(`status ${response.status}`);
          } catch (error) {
            refused.push(String(error));
          }
          tookMs.push(performance.now() - startedAt);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      })();
      return {
        async end() {
          going = false;
          await asking;
          return { asked: tookMs.length, refused, p99Ms: percentile(tookMs, 0.99), p50Ms: percentile(tookMs, 0.5) };
        },
      };
    },
    /** Ends it; what it said of errors is what nobody foresaw. */
    async close(): Promise<string[]> {
      // Not over the socket: an attack may have ended that.
      const { system } = (await (await request('GET', '/api/state', { credential: token })).json()) as Pick<
        State,
        'system'
      >;
      const { hostPid } = system;
      const { errors, code, signal } = await program.end('SIGTERM');
      // It would wait a while for another start.
      if (hostPid !== null) process.kill(hostPid, 'SIGKILL');
      await home.close();
      const unforeseen = errors
        .split('\n')
        .filter((line) => /"level":"(error|fatal)"|UnhandledPromise|^\w*Error:/.test(line));
      return code === 0 ? unforeseen : [...unforeseen, `it ended with ${code ?? signal}`];
    },
  };
}

export type Attacked = Awaited<ReturnType<typeof startAttacked>>;
