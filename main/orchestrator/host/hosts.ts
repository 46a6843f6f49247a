import * as fsp from 'node:fs/promises';
import * as path from 'node:path';
import { hostFolderOf, hostsFolderOf, readHostAddress } from '../../host/host-address.ts';
import { isProcessAlive } from '../../host/process-tree.ts';
import type { HostClient, HostClientOptions } from './host.ts';
import { createHostClient } from './host-client.ts';

/** A host that was told to end, or whose processes have ended, is gone within moments. */
const goneLimitMs = 5_000;
const lookAgainMs = 20;

/**
 * All hosts of a data folder as one. New processes go to the host of this build. A host of another build that still holds
 * running processes serves them until they end, in this run of the app and in later ones; what ended under it stays
 * readable there. At the start, what hosts left that hold nothing running any more is taken in by the host of this build.
 */
export function createHosts(options: HostClientOptions): HostClient {
  const { dataDir, log } = options;
  const current = createHostClient(options);
  const elders: HostClient[] = [];
  const owners = new Map<string, HostClient>();
  let isReady = false;
  let closed = false;

  async function otherBuilds(): Promise<string[]> {
    const found = await fsp.readdir(hostsFolderOf(dataDir), { withFileTypes: true });
    // Before each build had a folder of its own, processes stood here: logs in there are nobody's build.
    return found
      .filter((entry) => entry.isDirectory() && entry.name !== options.build && entry.name !== 'processes')
      .map(({ name }) => name);
  }

  async function isServed(build: string): Promise<boolean> {
    const address = await readHostAddress(hostFolderOf(dataDir, build));
    return address !== null && (await isProcessAlive(address.pid, address.processStartTime));
  }

  /** Joins a living host of another build, or sees to it that it is gone when it holds nothing that runs. */
  async function joinElder(build: string): Promise<'serves' | 'gone'> {
    const elder = createHostClient({ ...options, build });
    await elder.connected;
    const processes = await elder.list();
    if (processes.some(({ endedAt }) => endedAt === undefined)) {
      elders.push(elder);
      for (const { id } of processes) owners.set(id, elder);
      log.info({ build, processes: processes.length }, 'a host of another build serves on');
      return 'serves';
    }
    await elder.shutdown({ stopProcesses: false });
    await elder.close();
    const end = performance.now() + goneLimitMs;
    while (await isServed(build)) {
      if (performance.now() > end) return 'serves';
      await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
    }
    return 'gone';
  }

  /** Puts what a host has left where the present one looks. A kill in between loses nothing: the next start goes on. */
  async function moveLeftovers(build: string): Promise<void> {
    const from = path.join(hostFolderOf(dataDir, build), 'processes');
    const to = path.join(hostFolderOf(dataDir, options.build), 'processes');
    await fsp.mkdir(to, { recursive: true, mode: 0o700 });
    for (const id of await fsp.readdir(from).catch(() => [])) await fsp.rename(path.join(from, id), path.join(to, id));
    await fsp.rm(hostFolderOf(dataDir, build), { recursive: true, force: true });
  }

  async function connect(): Promise<void> {
    await current.connected;
    for (const build of await otherBuilds()) {
      try {
        if ((await isServed(build)) && (await joinElder(build)) === 'serves') continue;
        await moveLeftovers(build);
      } catch (error) {
        // The others go on; this one's processes are left as they are.
        log.error({ err: error, build }, 'the host of another build cannot be joined');
      }
    }
    await current.adopt();
    isReady = true;
  }
  const connected = connect();
  // Whoever needs to know asks `connected` itself.
  connected.catch(() => undefined);

  const ownerOf = (id: string): HostClient => owners.get(id) ?? current;

  /** What is asked before it is known who holds what waits until it is. */
  async function on<Result>(id: string, ask: (host: HostClient) => Promise<Result>): Promise<Result> {
    if (!isReady) await connected;
    return ask(ownerOf(id));
  }

  function follow(id: string, begin: (host: HostClient) => () => void): () => void {
    if (isReady) return begin(ownerOf(id));
    let end: (() => void) | undefined;
    let ended = false;
    connected.then(
      () => {
        if (!ended && !closed) end = begin(ownerOf(id));
      },
      () => undefined, // told to whoever asks `connected`
    );
    return () => {
      ended = true;
      end?.();
    };
  }

  return {
    connected,
    info: current.info,
    spawn: (spec) => on(spec.id, (host) => host.spawn(spec)),
    write: (id, data, writeId) => on(id, (host) => host.write(id, data, writeId)),
    closeInput: (id) => on(id, (host) => host.closeInput(id)),
    resize: (id, cols, rows) => on(id, (host) => host.resize(id, cols, rows)),
    signal: (id, signal, how) => on(id, (host) => host.signal(id, signal, how)),
    describe: (id) => on(id, (host) => host.describe(id)),
    acknowledge: (id, stream, offset) => on(id, (host) => host.acknowledge(id, stream, offset)),
    respondHook: (id, hookId, status, body) => on(id, (host) => host.respondHook(id, hookId, status, body)),
    async release(id) {
      await on(id, (host) => host.release(id));
      owners.delete(id);
    },
    async list() {
      await connected;
      return (await Promise.all([current, ...elders].map((host) => host.list()))).flat();
    },
    get: (id) => ownerOf(id).get(id),
    subscribe: (id, stream, from, onChunk, how) => follow(id, (host) => host.subscribe(id, stream, from, onChunk, how)),
    onExit: (id, listener) => follow(id, (host) => host.onExit(id, listener)),
    async shutdown(how) {
      await connected;
      for (const host of [...elders, current]) await host.shutdown(how);
    },
    async close() {
      closed = true;
      await current.close();
      await connected.catch(() => undefined);
      await Promise.all(elders.map((host) => host.close()));
    },
  };
}
