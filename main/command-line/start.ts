import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openConfig } from '../config/config-source.ts';
import { secretsOf } from '../config/read-config.ts';
import type { Flags } from '../config/resolve-config.ts';
import { launchOrchestrator, pageFolderBeside } from '../launch.ts';
import { createLog, type Log } from '../log/log.ts';
import { createLogContext } from '../log/log-context.ts';
import { createLogSource } from '../log/log-source.ts';
import { createSecretMask } from '../log/mask-secrets.ts';
import { inComponent } from '../orchestrator/index.ts';
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
  const folder = join(config.dataDir, 'logs');
  const logs = createLogSource({ folder, context, secrets, log: Promise.resolve(log) });
  const orchestrator = launchOrchestrator({ config, configuration, log, logs }, entryUrl);
  // Not before the data folder is taken: another Control Room may hold it, and its log.
  const fileOpened = log.openFile(folder);
  process.on('uncaughtExceptionMonitor', (error) => log.fatal({ error }, 'an error nobody foresaw'));
  let end: (reason: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  let closePort = async (): Promise<void> => undefined;
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
    // Before the address is printed: whoever waits for it may ask for the end the moment it is there.
    process.once('SIGTERM', () => end('SIGTERM'));
    process.once('SIGINT', () => end('SIGINT'));
    process.stdout.write(`Control Room listens on ${address}\n`);
    // Standard output is that one line, for scripts.
    if (firstKey) process.stderr.write(`First API key, with full access, shown this once: ${firstKey}\n`);
    if (open !== false && process.stdout.isTTY) await openInBrowser(address, config.dataDir, log);
    log.info({ reason: await ended }, 'Control Room ends');
    setTimeout(() => process.exit(1), endWithinMs + (stopWorkers ? 10_000 : 0)).unref();
  } finally {
    await closePort();
    await orchestrator.close({ stopWorkers: stopWorkers === true });
    await fileOpened;
    await log.close();
  }
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
