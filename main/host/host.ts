import { randomBytes } from 'node:crypto';
import * as fsp from 'node:fs/promises';
import * as net from 'node:net';
import * as path from 'node:path';
import { serveConnection } from './connection.ts';
import { createHooks } from './hooks.ts';
import {
  hostFolderOf,
  hostsFolderOf,
  prepareSocketPath,
  readHostAddress,
  takeHostLock,
  writeHostAddress,
} from './host-address.ts';
import { readProcessStartTime } from './process-tree.ts';
import { createProcesses } from './processes.ts';
import { HOST_PROTOCOL_VERSION } from './protocol.ts';

export interface Host {
  /** Processes that run. */
  readonly liveCount: number;
  /** Settles when the host has ended by itself or was told to. */
  ended: Promise<void>;
  close(): Promise<void>;
}

/** Times that a socket is made again that somebody took away. */
const listenAttempts = 3;

/** Listens where only this user may connect. Only the holder of the lock gets here: what lies in the way is a dead host's. */
async function listen(server: net.Server, socketPath: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    if (process.platform !== 'win32') await fsp.rm(socketPath, { force: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(socketPath, resolve);
    });
    if (process.platform === 'win32') return;
    try {
      return await fsp.chmod(socketPath, 0o600);
    } catch (error) {
      // A host that ends removes the socket by its path, and that is this one where the data folder was put in another's place.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === listenAttempts) throw error;
      await new Promise((resolve) => server.close(resolve));
    }
  }
}

/**
 * Opens the host of a data folder: takes the lock, reads what an earlier host left, listens, and publishes its address.
 * Gives `null` when another host has the folder. Ends by itself `idleMs` after it holds no process and no client.
 */
export async function createHost(options: {
  dataDir: string;
  /** Name of the build this is the host of. */
  build: string;
  idleMs: number;
  now(): number;
  log(message: string): void;
}): Promise<Host | null> {
  const hostFolder = hostFolderOf(options.dataDir, options.build);
  await fsp.mkdir(hostFolder, { recursive: true, mode: 0o700 });
  await fsp.chmod(hostFolder, 0o700);
  const unlock = await takeHostLock(hostFolder);
  if (!unlock) return null;

  const startedAt = options.now();
  const token = randomBytes(32).toString('hex');
  const hooks = await createHooks({ now: options.now, onTrouble: (error) => options.log(`hooks: ${error.stack}`) });
  const processes = await createProcesses({
    hostFolder,
    hostsFolder: hostsFolderOf(options.dataDir),
    hooks,
    now: options.now,
    log: options.log,
  });
  const sockets = new Set<net.Socket>();
  let idleTimer: NodeJS.Timeout | null = null;
  let closing: Promise<void> | null = null;
  let settleEnded: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    settleEnded = resolve;
  });

  const watchIdle = (): void => {
    if (idleTimer) clearTimeout(idleTimer);
    idleTimer = null;
    if (closing || sockets.size > 0 || processes.liveCount > 0) return;
    idleTimer = setTimeout(() => void close(), options.idleMs);
  };

  const server = net.createServer((socket) => {
    sockets.add(socket);
    watchIdle();
    socket.on('close', () => {
      sockets.delete(socket);
      watchIdle();
    });
    serveConnection(socket, {
      token,
      processes,
      welcome: { pid: process.pid, hookPort: hooks.port, startedAt },
      async shutdown(stopProcesses) {
        if (stopProcesses) await processes.stopAll();
        setImmediate(() => void close()); // the answer goes out first
      },
      log: options.log,
    });
  });

  const close = (): Promise<void> => {
    closing ??= (async () => {
      if (idleTimer) clearTimeout(idleTimer);
      const stopped = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.end();
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, 500);
      await stopped;
      clearTimeout(cut);
      await hooks.close();
      await processes.close();
      if ((await readHostAddress(hostFolder))?.token === token)
        await fsp.rm(path.join(hostFolder, 'host.json'), { force: true });
      await unlock();
      settleEnded();
    })();
    return closing;
  };

  const socketPath = await prepareSocketPath(hostFolder);
  await listen(server, socketPath);
  await writeHostAddress(hostFolder, {
    pid: process.pid,
    processStartTime: await readProcessStartTime(process.pid),
    protocolVersion: HOST_PROTOCOL_VERSION,
    socketPath,
    token,
    hookPort: hooks.port,
    startedAt,
  });
  processes.onEnd(watchIdle);
  watchIdle();

  return {
    get liveCount() {
      return processes.liveCount;
    },
    ended,
    close,
  };
}
