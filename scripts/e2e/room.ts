import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGitFixture, type GitFixture } from '../../main/testing/git-fixture.ts';
import { type ScriptedModel, startScriptedModel } from '../../main/testing/scripted-model.ts';
import { createTemporaryHome, pinnedClaude, type TemporaryHome } from '../../main/testing/temporary-home.ts';
import type { Worker } from '../../shared/workers.ts';
import { exitCodeOf } from '../program-child.ts';
import { repositoryFolder } from '../repository-folder.ts';

/** The program as a user starts it, with everything it needs: a home, a model, a repository. */
export interface Room {
  model: ScriptedModel;
  home: TemporaryHome;
  repository: GitFixture;
  dataDir: string;
  /** `http://127.0.0.1:PORT`. */
  origin: string;
  token: string;
  /** The printed address, with the token in its fragment. */
  address: string;
  /** One API call; throws with the answer when it is refused. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Adds the repository as a project and gives its id. */
  addProject(): Promise<string>;
  spawnWorker(input: { projectId: string; prompt: string; name?: string; kind?: Worker['kind'] }): Promise<Worker>;
  /** Ends the program as a user would and starts it again on the same data and port. */
  restart(): Promise<void>;
  /** Ends the program and its workers and removes everything. */
  close(): Promise<void>;
}

/** Environment and folders for any Control Room under test; `flags` are for the program. */
export async function prepareRoom() {
  const model = await startScriptedModel();
  const home = await createTemporaryHome({ modelUrl: model.url });
  const repository = await createGitFixture();
  const dataDir = join(home.folder, 'data');
  const flags = [
    '--data-dir',
    dataDir,
    '--worktrees-dir',
    join(home.folder, 'worktrees'),
    '--claude',
    pinnedClaude() ?? 'claude',
  ];
  return {
    model,
    home,
    repository,
    dataDir,
    flags,
    async close(): Promise<void> {
      await model.close();
      await repository.close();
      await home.close();
    },
  };
}

/** Starts the built program headless and waits until it listens. */
export async function startRoom(options: { maxWorkers?: number } = {}): Promise<Room> {
  const prepared = await prepareRoom();
  const { model, home, repository, dataDir } = prepared;
  const flags = [...prepared.flags, ...(options.maxWorkers ? ['--max-workers', String(options.maxWorkers)] : [])];
  let running = await start('0');
  const { port } = new URL(running.address);

  async function start(wantedPort: string, ...more: string[]) {
    const child = spawn(
      process.execPath,
      [
        join(repositoryFolder, 'dist', 'main', 'headless.js'),
        'start',
        '--no-open',
        '--port',
        wantedPort,
        ...flags,
        ...more,
      ],
      { env: home.environment, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let problems = '';
    child.stderr.on('data', (data: Buffer) => {
      problems += data.toString();
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

  const room: Room = {
    model,
    home,
    repository,
    dataDir,
    origin: new URL(running.address).origin,
    token: decodeURIComponent(new URL(running.address).hash.replace('#token=', '')),
    address: running.address,
    call,
    async addProject() {
      const { id } = await call<{ id: string }>('POST', '/api/projects', { path: repository.path });
      return id;
    },
    spawnWorker: (input) => call<Worker>('POST', '/api/workers', { kind: 'headless', ...input }),
    async restart() {
      running.child.kill('SIGTERM');
      await running.ended;
      running = await start(port);
    },
    async close() {
      running.child.kill('SIGTERM');
      await running.ended;
      // Its workers live on by design: a last start takes them along when it ends.
      const last = await start('0', '--stop-workers');
      last.child.kill('SIGTERM');
      await last.ended;
      await prepared.close();
    },
  };
  return room;
}
