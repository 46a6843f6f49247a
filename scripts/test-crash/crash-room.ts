import { type ChildProcess, spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRepository } from '../../main/testing/git-fixture.ts';
import { createTemporaryHome, type TemporaryHome } from '../../main/testing/temporary-home.ts';
import { exitCodeOf } from '../program-child.ts';
import { repositoryFolder } from '../repository-folder.ts';

const headless = join(repositoryFolder, 'dist', 'main', 'headless.js');
export const token = 'test-token-test-token-test-token';

/** An answer that came with another status than the one of success. */
export class Refused extends Error {
  readonly status: number;
  constructor(what: string, status: number, text: string) {
    super(`${what}: ${status} ${text}`);
    this.status = status;
  }
}

/** One run of the built program. */
export interface Run {
  child: ChildProcess;
  origin: string;
  tookMs: number;
  errors(): string;
  ended: Promise<number>;
}

export interface StartOptions {
  args?: string[];
  env?: Record<string, string>;
  /** Longest time until it listens. */
  withinMs?: number;
  /** A program to put before node's: `["faketime", ...]`. */
  before?: string[];
}

/** Where a program may be killed and started again as often as one likes: its folders, and what runs in them. */
export interface CrashRoom {
  home: TemporaryHome;
  dataDir: string;
  worktreesDir: string;
  repository: string;
  /** Starts the program and waits until it listens; throws with what it said when it ends before that. */
  start(options?: StartOptions): Promise<Run>;
  /** `kill -9`, and waits until it is gone. */
  kill(): Promise<void>;
  run(): Run;
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Pids of the host and of what it holds, as they stand in the data folder. */
  hostPid(): Promise<number | null>;
  workerPids(): Promise<number[]>;
  /** Kills all of it and removes the folders. */
  close(): Promise<void>;
}

export async function openCrashRoom(options: {
  claude: string;
  dataDir?: string;
  worktreesDir?: string;
  files?: Record<string, string>;
  maxWorkers?: number;
}): Promise<CrashRoom> {
  const home = await createTemporaryHome({ modelUrl: 'http://127.0.0.1:1' });
  const dataDir = options.dataDir ?? join(home.folder, 'data');
  const worktreesDir = options.worktreesDir ?? join(home.folder, 'worktrees');
  const repository = await createRepository(join(home.folder, 'projects', 'sample'), options.files);
  let running: Run | undefined;

  async function start({ args = [], env = {}, withinMs = 60_000, before = [] }: StartOptions = {}): Promise<Run> {
    const startedAt = performance.now();
    const [file = '', ...rest] = [
      ...before,
      process.execPath,
      headless,
      'start',
      '--no-open',
      ...['--data-dir', dataDir, '--worktrees-dir', worktreesDir, '--claude', options.claude, '--token', token],
      ...['--port', '0', '--max-workers', String(options.maxWorkers ?? 20), '--log-level', 'warn', ...args],
    ];
    const child = spawn(file, rest, {
      env: { ...home.environment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let errors = '';
    let output = '';
    child.stderr?.on('data', (data: Buffer) => {
      errors = (errors + data).slice(-20_000);
    });
    const ended = exitCodeOf(child);
    const listening = new Promise<string>((resolve) => {
      child.stdout?.on('data', (data: Buffer) => {
        output += data;
        const found = /listens on (http:\/\/\S+?)\/#token=/.exec(output)?.[1];
        if (found) resolve(found);
      });
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`it did not listen within ${withinMs} ms:\n${errors}`));
      }, withinMs);
    });
    const failed = ended.then((code) => {
      throw new Error(`it ended with ${code} before it listened:\n${errors}`);
    });
    try {
      const origin = await Promise.race([listening, failed, late]);
      running = { child, origin, tookMs: performance.now() - startedAt, errors: () => errors, ended };
      return running;
    } finally {
      clearTimeout(timer);
      failed.catch(() => undefined);
    }
  }

  function run(): Run {
    if (!running) throw new Error('it was not started');
    return running;
  }

  /** When the test itself is ended, nothing it started goes on: workers that write without end would fill disk and processor. */
  function endAll(): void {
    if (running && running.child.exitCode === null) running.child.kill('SIGKILL');
    for (const build of globSync('host/*/host.json', { cwd: dataDir })) {
      const { pid } = JSON.parse(readFileSync(join(dataDir, build), 'utf8')) as { pid: number };
      if (isOfRoom(pid)) endOwn(pid, dataDir);
    }
  }
  process.on('exit', endAll);

  /** Whether a process was started by what runs here: a copy of a data folder names those of the other one. */
  function isOfRoom(pid: number): boolean {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`HOME=${home.environment.HOME}\0`);
    } catch (error) {
      // It is gone, or a system without such files: there no number is sure.
      if (isMissing(error)) return false;
      throw error;
    }
  }

  async function hostFiles(name: string): Promise<string[]> {
    const hosts = await readdir(join(dataDir, 'host')).catch(() => []);
    return hosts.map((build) => join(dataDir, 'host', build, name));
  }

  async function hostPid(): Promise<number | null> {
    for (const file of await hostFiles('host.json')) {
      const text = await readFile(file, 'utf8').catch(() => '');
      if (text) return (JSON.parse(text) as { pid: number }).pid;
    }
    return null;
  }

  async function workerPids(): Promise<number[]> {
    const pids: number[] = [];
    for (const folder of await hostFiles('processes')) {
      for (const id of await readdir(folder).catch(() => [])) {
        const text = await readFile(join(folder, id, 'process.json'), 'utf8').catch(() => '');
        const { pid, endedAt } = (text ? JSON.parse(text) : {}) as { pid?: number; endedAt?: number };
        if (pid && endedAt === undefined) pids.push(pid);
      }
    }
    return pids;
  }

  return {
    home,
    dataDir,
    worktreesDir,
    repository,
    start,
    run,
    hostPid,
    workerPids,
    async kill() {
      run().child.kill('SIGKILL');
      await run().ended;
    },
    async call<T>(method: string, path: string, body?: unknown): Promise<T> {
      const response = await ask(`${run().origin}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Refused(`${method} ${path}`, response.status, await response.text());
      return (await response.json()) as T;
    },
    async close() {
      process.off('exit', endAll);
      if (running) {
        running.child.kill('SIGKILL');
        await running.ended;
      }
      const pids = [...(await workerPids()), await hostPid()];
      for (const pid of pids) if (pid !== null && isOfRoom(pid)) endOwn(pid, dataDir);
      await home.close();
    },
  };
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** A connection that lay idle may be closed by the other end just when it is used again: what only looks is asked twice. */
async function ask(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.method !== 'GET') throw error;
    return fetch(url, init);
  }
}

/** Kills a process that belongs to a room: one whose number was given to somebody else meanwhile is left alone. */
function endOwn(pid: number, dataDir: string): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw new Error(`process ${pid} of ${dataDir} stays`);
  }
}
