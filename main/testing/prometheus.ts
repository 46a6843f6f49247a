import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './nginx.ts';

const isMissing = (program: string): Promise<boolean> =>
  promisify(execFile)(program, ['--version']).then(
    () => false,
    () => true,
  );

export const promtoolMissing = await isMissing('promtool');
export const prometheusMissing = await isMissing('prometheus');

/** What promtool says, with its exit code; `input` is what it reads. */
export async function promtool(args: readonly string[], input?: string, cwd?: string) {
  const child = spawn('promtool', args, { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  child.stdin.end(input ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output: output.trim() };
}

/** The machine's Prometheus, reading `address` each second with a credential. */
export async function startPrometheus(input: { address: string; credential: string }) {
  const folder = await mkdtemp(join(tmpdir(), 'control-room-prometheus-'));
  const port = await freePort();
  await writeFile(join(folder, 'key'), input.credential, { mode: 0o600 });
  await writeFile(
    join(folder, 'prometheus.yml'),
    JSON.stringify({
      global: { scrape_interval: '1s' },
      scrape_configs: [
        {
          job_name: 'collab',
          static_configs: [{ targets: [new URL(input.address).host] }],
          authorization: { credentials_file: join(folder, 'key') },
        },
      ],
    }),
  );
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: 'ignore' },
  );
  const ended = once(child, 'close');
  const ask = async <T>(path: string): Promise<T | undefined> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    return response?.ok ? (((await response.json()) as { data: T }).data as T) : undefined;
  };

  return {
    /** How its one target stands, once it was read. */
    async target(): Promise<{ health: string; lastError: string }> {
      for (;;) {
        const data = await ask<{ activeTargets: { health: string; lastError: string }[] }>('/api/v1/targets');
        const target = data?.activeTargets[0];
        if (target && target.health !== 'unknown') return target;
        if (child.exitCode !== null) throw new Error(`prometheus ended with ${child.exitCode}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    /** The values of an expression, by their labels. */
    async query(expression: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
      const data = await ask<{ result: { metric: Record<string, string>; value: [number, string] }[] }>(
        `/api/v1/query?query=${encodeURIComponent(expression)}`,
      );
      return data?.result ?? [];
    },
    async close(): Promise<void> {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
