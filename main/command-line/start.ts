import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openConfig } from '../config/config-source.ts';
import { type Config, secretsOf } from '../config/read-config.ts';
import type { Flags } from '../config/resolve-config.ts';
import { launchOrchestrator, pageFolderBeside } from '../launch.ts';
import { createLog, type Log } from '../log/log.ts';
import { createLogContext } from '../log/log-context.ts';
import { createLogSource } from '../log/log-source.ts';
import { createSecretMask } from '../log/mask-secrets.ts';
import { inComponent, isStorageTrouble, type OrchestratorOptions } from '../orchestrator/index.ts';
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
  const listen = { value: true, by: 'control-room start' };
  const { config, configuration } = openConfig(flags, process.env, { listen });
  const context = createLogContext();
  const secrets = createSecretMask(process.env, secretsOf(config));
  const log = createLog({
    level: config.lockedSettings.logLevel?.value ?? 'info',
    standardError: true,
    context,
    secrets,
  });
  outliveFullDisk(log);
  const folder = join(config.dataDir, 'logs');
  const logs = createLogSource({ folder, context, secrets, log: Promise.resolve(log) });
  let fileOpened: Promise<unknown> | undefined;
  let end: (reason: End) => void = () => undefined;
  const asked = new Promise<End>((resolve) => {
    end = resolve;
  });
  const room: Room = {
    config,
    launched: { configuration, log, logs },
    secrets,
    entryUrl,
    open: open !== false,
    stopWorkers: stopWorkers === true,
    asked,
    end,
    // Not before the data folder is taken: another Control Room may hold it, and its log.
    taken() {
      fileOpened ??= log.openFile(folder);
    },
  };
  try {
    for (let address: string | null = null; ; ) {
      const round: Round = await serve(room, address);
      if (round.end !== 'restart') return;
      address = round.address;
    }
  } finally {
    await fileOpened;
    await log.close();
  }
}

type End = 'SIGTERM' | 'SIGINT' | 'restart';

interface Round {
  end: End;
  /** Where it listened. */
  address: string;
}

interface Room {
  config: Config;
  launched: Pick<OrchestratorOptions, 'configuration' | 'logs'> & { log: Log };
  secrets: ReturnType<typeof createSecretMask>;
  entryUrl: string;
  open: boolean;
  stopWorkers: boolean;
  asked: Promise<End>;
  end(reason: End): void;
  /** The data folder is ours. */
  taken(): void;
}

/** Serves until it is asked to end, or to start again in its place: then at `before`, which is not told once more. */
async function serve(room: Room, before: string | null): Promise<Round> {
  const { launched, secrets, entryUrl, stopWorkers, end } = room;
  const { log } = launched;
  const config = before === null ? room.config : at(room.config, before);
  const orchestrator = launchOrchestrator({ ...launched, config }, entryUrl);
  room.taken();
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
      log: inComponent(log, 'port'),
    });
    closePort = port.close;
    const { address: listening } = await port.open();
    const token = await orchestrator.access.localToken();
    secrets.add(token);
    const address = `${listening}/#token=${encodeURIComponent(token)}`;
    const firstKey = orchestrator.access.firstAdminKey();
    if (before === null) {
      // Before the address is printed: whoever waits for it may ask for the end the moment it is there.
      process.once('SIGTERM', () => end('SIGTERM'));
      process.once('SIGINT', () => end('SIGINT'));
      process.stdout.write(`Control Room listens on ${address}\n`);
      if (room.open && process.stdout.isTTY) await openInBrowser(address, config.dataDir, log);
    }
    // Standard output is the one line with the address, for scripts.
    if (firstKey) process.stderr.write(`First API key, with full access, shown this once: ${firstKey}\n`);
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
