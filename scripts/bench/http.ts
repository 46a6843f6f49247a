import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryFolder } from '../repository-folder.ts';
import { startRoom } from '../room.ts';
import { startReference } from './port/reference-program.ts';
import { reportLoad } from './port/report-load.ts';
import { reportComparison, spread } from './statistics.ts';
import { numberOption } from './transcripts.ts';

/**
 * P24: `GET /api/workers` with a credential, against bare node:http and express 5 with the same answer to the same token; wrk
 * (Debian's) asks, the three in turn. Our limits on requests are off by RATE_LIMIT_ENABLED=false; everything else of the
 * door is as it is. `npm run bench -- http [--json] [--rounds N] [--connections N] [--seconds N]`.
 */

const run = promisify(execFile);
const rounds = numberOption('rounds', 5);
const connections = numberOption('connections', 10);
const seconds = numberOption('seconds', 3);

interface Load {
  requestsPerSecond: number;
  p99Ms: number;
}

async function load(origin: string, token: string): Promise<Load> {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-H', `Authorization: Bearer ${token}`];
  const { stdout } = await run('wrk', [...args, `${origin}/api/workers`]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`not every request was answered: ${stdout}`);
  const [, amount, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? [];
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    p99Ms: Number(amount) * { us: 0.001, ms: 1, s: 1000 }[unit as 'us' | 'ms' | 's'],
  };
}

await run('wrk', ['--version']).catch((error: NodeJS.ErrnoException) => {
  // It says its version with the exit code 1.
  if (error.code === 'ENOENT') throw new Error('wrk is missing: apt-get install wrk');
});
const headless = join(repositoryFolder, 'dist', 'main', 'headless.js');
const room = await startRoom({
  program: {
    file: process.execPath,
    args: [headless, 'start', '--no-open'],
    env: { RATE_LIMIT_ENABLED: 'false', NODE_ENV: 'production' },
  },
});
const answer = JSON.stringify(await room.call('GET', '/api/workers'));
const bare = await startReference('./http-reference.ts', ['bare', room.token, answer]);
const express = await startReference('./http-reference.ts', ['express', room.token, answer]);
try {
  const sides = [
    { name: 'ours', origin: room.origin, loads: [] as Load[] },
    { name: 'bare', origin: `http://127.0.0.1:${bare.port}`, loads: [] as Load[] },
    { name: 'express', origin: `http://127.0.0.1:${express.port}`, loads: [] as Load[] },
  ] as const;
  for (const { origin } of sides) await load(origin, room.token);
  for (let round = 0; round < rounds; round += 1)
    for (const { origin, loads } of sides) loads.push(await load(origin, room.token));
  const [ours, theirs, expresses] = sides;
  const rates = (loads: readonly Load[]) => loads.map(({ requestsPerSecond }) => requestsPerSecond);
  const p99 = (loads: readonly Load[]) => spread(loads.map(({ p99Ms }) => p99Ms)).median;
  for (const [reference, goal] of [
    [theirs, 'goal 0.70 and p99 1.5 times, stretch 0.85 and 1.2 times'],
    [expresses, 'goal 3.5'],
  ] as const)
    reportComparison({
      name: `P24 authenticated JSON route against ${reference.name}, ${connections} connections`,
      unit: 'requests/s',
      ours: rates(ours.loads),
      reference: rates(reference.loads),
      verdict: `p99 ${p99(ours.loads).toFixed(2)} ms against ${p99(reference.loads).toFixed(2)} ms, ${(p99(ours.loads) / p99(reference.loads)).toFixed(2)} times; ${goal}`,
    });
  reportLoad();
} finally {
  await bare.close();
  await express.close();
  await room.close();
}
