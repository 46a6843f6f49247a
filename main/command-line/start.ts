import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, type Flags, readConfig } from '../config.ts';
import { launchOrchestrator, pageFolderBeside } from '../launch.ts';
import { createLog, type Log } from '../log.ts';
import { isStorageTrouble } from '../orchestrator/index.ts';
import { createPort } from '../server/port.ts';
import { version } from '../version.ts';

/** An end that takes longer than this is cut off: what matters is durable at every moment. */
const endWithinMs = 4500;

/**
 * `control-room start`: serves until SIGTERM or SIGINT and prints one line with the address once it listens. Workers go
 * on when it ends, unless `stopWorkers`.
 */
export async function start(
  options: Flags & { open?: boolean; stopWorkers?: boolean },
  entryUrl: string,
): Promise<void> {
  const { open, stopWorkers, ...flags } = options;
  const given = readConfig(flags, process.env);
  const listen = { value: true, by: 'control-room start' };
  const config = { ...given, lockedSettings: { ...given.lockedSettings, listen } };
  const log = createLog({ level: config.logLevel });
  outliveFullDisk(log);
  let end: (reason: End) => void = () => undefined;
  const asked = new Promise<End>((resolve) => {
    end = resolve;
  });
  const room = { config, log, entryUrl, open: open !== false, stopWorkers: stopWorkers === true, asked };
  for (let address: string | null = null; ; ) {
    const round: Round = await serve(room, address, end);
    if (round.end !== 'restart') return;
    address = round.address;
  }
}

type End = 'SIGTERM' | 'SIGINT' | 'restart';

interface Round {
  end: End;
  /** Where it listened. */
  address: string;
}

/** Serves until it is asked to end, or to start again in its place: then at `before`, which is not told once more. */
async function serve(
  room: {
    config: Config;
    log: Log;
    entryUrl: string;
    open: boolean;
    stopWorkers: boolean;
    asked: Promise<End>;
  },
  before: string | null,
  end: (reason: End) => void,
): Promise<Round> {
  const { log, entryUrl, stopWorkers } = room;
  const config = before === null ? room.config : at(room.config, before);
  const orchestrator = launchOrchestrator(config, log, entryUrl);
  const restart = new Promise<End>((resolve) => {
    orchestrator.onRestart(() => resolve('restart'));
  });
  let closePort = async (): Promise<void> => undefined;
  let reason: End | undefined;
  try {
    await orchestrator.ready;
    const port = createPort({
      orchestrator,
      dataDir: config.dataDir,
      pageFolder: pageFolderBeside(entryUrl),
      version,
      log,
    });
    closePort = port.close;
    const { address: listening } = await port.open();
    const address = `${listening}/#token=${encodeURIComponent(await orchestrator.access.localToken())}`;
    const firstKey = orchestrator.access.firstAdminKey();
    if (before === null) {
      // Before the address is printed: whoever waits for it may ask for the end the moment it is there.
      process.once('SIGTERM', () => end('SIGTERM'));
      process.once('SIGINT', () => end('SIGINT'));
      process.stdout.write(`Control Room listens on ${address}\n`);
      // Standard output is that one line, for scripts.
      if (firstKey) process.stderr.write(`First API key, with full access, shown this once: ${firstKey}\n`);
      if (room.open && process.stdout.isTTY) await openInBrowser(address, config.dataDir, log);
    }
    reason = await Promise.race([room.asked, restart]);
    log.info({ reason }, reason === 'restart' ? 'Control Room starts again in its place' : 'Control Room ends');
    if (reason !== 'restart') setTimeout(() => process.exit(1), endWithinMs + (stopWorkers ? 10_000 : 0)).unref();
    return { end: reason, address: listening ?? '' };
  } finally {
    await closePort();
    await orchestrator.close({ stopWorkers: stopWorkers && reason !== 'restart' });
  }
}

/**
 * What nobody waits for fails now and then while the disk is full, and is done again when there is room: no reason to end.
 * Any other error that nobody foresaw ends the program, as Node does by itself.
 */
function outliveFullDisk(log: Log): void {
  const take = (error: unknown): void => {
    if (isStorageTrouble(error)) {
      log.error({ error }, 'something could not be kept; it is done again when there is room');
      return;
    }
    log.fatal({ error }, 'an error nobody foresaw');
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  };
  process.on('uncaughtException', take);
  process.on('unhandledRejection', take);
}

/** The configuration with the port that was listened on before: one that was free then is asked for again. */
function at(config: Config, address: string): Config {
  const { port, protocol } = new URL(address);
  const value = Number(port) || (protocol === 'https:' ? 443 : 80);
  const listenPort = { value, by: config.lockedSettings.listenPort?.by ?? 'control-room start' };
  return { ...config, lockedSettings: { ...config.lockedSettings, listenPort } };
}

/** Opens the page in the user's browser through a file only they can read: arguments of programs are seen by everybody. */
async function openInBrowser(address: string, dataDir: string, log: Log): Promise<void> {
  const program =
    process.platform === 'darwin'
      ? 'open'
      : process.platform === 'win32'
        ? 'explorer'
        : process.env.DISPLAY || process.env.WAYLAND_DISPLAY
          ? 'xdg-open'
          : null;
  if (program === null) return;
  const file = join(dataDir, 'open.html');
  await writeFile(
    file,
    `<!doctype html><meta http-equiv="refresh" content="0;url=${address}"><a href="${address}">Control Room</a>\n`,
    { mode: 0o600 },
  );
  const child = spawn(program, [file], { detached: true, stdio: 'ignore' });
  child.on('error', (error) => log.info({ error }, 'no browser could be opened; use the printed address'));
  child.unref();
}
