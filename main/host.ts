import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { createHost } from './host/host.ts';
import { hostFolderOf } from './host/host-address.ts';
import { closeInherited } from './host/inherited-files.ts';

/** Long enough for an app that restarts to come back, short enough not to linger. */
const IDLE_MS = 2000;
const LOG_LIMIT_BYTES = 1024 * 1024;

const { values } = parseArgs({ options: { 'data-dir': { type: 'string' }, build: { type: 'string' } } });
const { 'data-dir': dataDir, build } = values;
if (dataDir === undefined || !path.isAbsolute(dataDir) || build === undefined || !/^[\w.-]+$/.test(build)) {
  process.stderr.write('usage: host.js --data-dir DIR (an absolute path) --build NAME\n');
  process.exit(2);
}

// Nobody reads the output of a detached process, so what it has to say goes to a file, a line now and then.
const logFile = path.join(hostFolderOf(dataDir, build), 'host.log');
const log = (message: string): void => {
  try {
    const isLong = (fs.statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT_BYTES;
    fs.writeFileSync(logFile, `${new Date().toISOString()} [${process.pid}] ${message}\n`, {
      flag: isLong ? 'w' : 'a',
      mode: 0o600,
    });
  } catch (error) {
    process.stderr.write(`${message} (${(error as Error).message})\n`);
  }
};

// A fault in one request must not take every worker with it: it is written down, and the host goes on.
process.on('uncaughtException', (error) => log(`uncaught: ${error.stack ?? error.message}`));
process.on('unhandledRejection', (reason) =>
  log(`unhandled: ${reason instanceof Error ? reason.stack : String(reason)}`),
);
process.on('SIGHUP', () => log('SIGHUP ignored'));

// Under Electron alone: Node leaves nothing open to its children.
if (process.platform === 'linux' && process.versions.electron) {
  log(`closed ${closeInherited(process.ppid)} descriptors that belong to the app`);
}

try {
  const host = await createHost({ dataDir, build, idleMs: IDLE_MS, now: Date.now, log });
  if (host) {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (host.liveCount > 0) log(`${signal} ignored: ${host.liveCount} processes run`);
        else void host.close();
      });
    }
    await host.ended;
  }
  process.exit(0);
} catch (error) {
  log(`cannot start: ${(error as Error).stack}`);
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}
