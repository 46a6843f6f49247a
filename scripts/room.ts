import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createRepository } from '../main/testing/git-fixture.ts';
import { type ModelStep, type ScriptedModel, startScriptedModel } from '../main/testing/scripted-model.ts';
import { createTemporaryHome, pinnedClaude, type TemporaryHome } from '../main/testing/temporary-home.ts';
import type { State } from '../shared/events.ts';
import type { SpawnWorkerInput, Worker } from '../shared/workers.ts';
import { exitCodeOf } from './program-child.ts';
import { repositoryFolder } from './repository-folder.ts';

/** A Control Room as a user has it, on temporary folders: home, model on loopback, repository, and the built program. */
export interface Room {
  model: ScriptedModel;
  home: TemporaryHome;
  /** A repository with one commit. */
  repository: string;
  dataDir: string;
  /** `http://127.0.0.1:PORT`. */
  origin: string;
  token: string;
  /** The printed address, with the token in its fragment. */
  address: string;
  /** The running program; another one after `restart`. */
  program(): ChildProcess;
  /** Resolves with the exit code of the program that runs now. */
  ended(): Promise<number>;
  /** One API call; throws with the answer when it is refused. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Adds the repository as a project and gives its id. */
  addProject(): Promise<string>;
  spawnWorker(input: Omit<Partial<SpawnWorkerInput>, 'projectId'> & { projectId: string }): Promise<Worker>;
  /** Ends the program as a user would and starts it again on the same data and port, when `away` is done. */
  restart(away?: () => Promise<void>): Promise<void>;
  /** Ends the program, its workers and its host, and removes everything. */
  close(): Promise<void>;
}

export interface RoomOptions {
  maxWorkers?: number;
  /** Files of the repository and its folder's name. */
  repository?: { name: string; files: Record<string, string> };
  /** The claude program; the pinned one unless said. */
  claude?: string;
  plan?: (prompt: string) => ModelStep[] | undefined;
  /** Variables that the program sees besides those of the home. */
  environment?: NodeJS.ProcessEnv;
  /** What to start instead of the headless program; it is given the same flags. */
  program?: { file: string; args: string[]; env: NodeJS.ProcessEnv };
  /** The program's own messages go here; without it they are kept for the error of a start that failed. */
  onMessage?: (text: string) => void;
}

const headless = [join(repositoryFolder, 'dist', 'main', 'headless.js'), 'start', '--no-open'];

/** Starts it and waits until it listens. `dist/` must be built. */
export async function startRoom(options: RoomOptions = {}): Promise<Room> {
  const model = await startScriptedModel(options.plan ? { plan: options.plan } : {});
  const home = await createTemporaryHome({ modelUrl: model.url });
  const dataDir = join(home.folder, 'data');
  const { name, files } = options.repository ?? { name: 'sample', files: undefined };
  const repository = await createRepository(join(home.folder, 'projects', name), files);
  const flags = [
    ...[
      '--data-dir',
      dataDir,
      '--worktrees-dir',
      join(home.folder, 'worktrees'),
      '--claude',
      options.claude ?? pinnedClaude() ?? 'claude',
    ],
    ...(options.maxWorkers ? ['--max-workers', String(options.maxWorkers)] : []),
  ];
  const program = options.program ?? { file: process.execPath, args: headless, env: {} };
  let running = await start(program, '0').catch(async (error: unknown) => {
    await model.close();
    await home.close();
    throw error;
  });
  let hostPid: number | null = null;

  async function start({ file, args, env }: NonNullable<RoomOptions['program']>, port: string) {
    const child = spawn(file, [...args, ...flags, '--port', port], {
      env: { ...home.environment, ...options.environment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A Ctrl-C in the terminal is for us: we end the program when it is time.
      detached: true,
    });
    let problems = '';
    child.stderr.on('data', (data: Buffer) => {
      problems = (problems + data.toString()).slice(-10_000);
      options.onMessage?.(data.toString());
    });
    const ended = exitCodeOf(child);
    const listening = new Promise<string>((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const found = /https?:\/\/\S+#token=\S+/.exec(line);
        if (found) resolve(found[0]);
      });
    });
    const failed = ended.then((code) => {
      throw new Error(`Control Room ended with ${code} before it listened:\n${problems}`);
    });
    const address = await Promise.race([listening, failed]);
    // From here on its end is expected.
    failed.catch(() => undefined);
    return { child, ended, address };
  }

  async function end(): Promise<void> {
    running.child.kill('SIGTERM');
    await running.ended;
  }

  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${room.origin}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${room.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  let closing: Promise<void> | undefined;

  async function closeAll(): Promise<void> {
    try {
      await end();
      // Workers outlive the program by design: a last start takes them along when it ends.
      running = await start({ file: process.execPath, args: [...headless, '--stop-workers'], env: {} }, '0');
      takeAddress();
      hostPid = (await call<State>('GET', '/api/state')).system.hostPid;
      await end();
      if (hostPid !== null) await endProcess(hostPid);
    } finally {
      await model.close();
      await home.close();
    }
  }

  function takeAddress(): void {
    const { origin, hash } = new URL(running.address);
    Object.assign(room, { origin, token: decodeURIComponent(hash.replace('#token=', '')), address: running.address });
  }

  const room: Room = {
    model,
    home,
    repository,
    dataDir,
    origin: '',
    token: '',
    address: '',
    program: () => running.child,
    ended: () => running.ended,
    call,
    async addProject() {
      const { id } = await call<{ id: string }>('POST', '/api/projects', { path: repository });
      return id;
    },
    spawnWorker: (input) => call<Worker>('POST', '/api/workers', input),
    async restart(away) {
      const { port } = new URL(running.address);
      await end();
      await away?.();
      running = await start(program, port);
      takeAddress();
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
  takeAddress();
  return room;
}

/** Ends a process that is not our child, which can only be watched by asking for it. */
async function endProcess(pid: number): Promise<void> {
  const alive = (signal: NodeJS.Signals | 0) => {
    try {
      return process.kill(pid, signal);
    } catch {
      // It is gone.
      return false;
    }
  };
  if (!alive('SIGTERM')) return;
  const until = Date.now() + 5000;
  while (alive(0) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  alive('SIGKILL');
}
