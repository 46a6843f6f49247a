import type { Config } from '../config.ts';
import type { Orchestrator } from '../orchestrator/index.ts';
import { version } from '../version.ts';
import type { DesktopLog } from './desktop-log.ts';
import type { DesktopFlags } from './flags.ts';

/** The port that scripts and browsers use beside the window. */
export interface Port {
  /** The page's address with the token in its fragment. */
  browserAddress: string;
  close(): Promise<void>;
}

/**
 * Opens the port when the start asked for one with --port or PORT, and prints its address; the desktop needs none for
 * itself. Fails with CONFLICT when it is taken.
 */
export async function openPort(deps: {
  config: Config;
  flags: DesktopFlags;
  pageFolder: string;
  orchestrator: Orchestrator;
  log: DesktopLog;
}): Promise<Port | undefined> {
  const { config, flags, orchestrator } = deps;
  if (flags.port === undefined && !process.env.PORT) return undefined;
  const [{ startServer }, { createCredentials, localToken }] = await Promise.all([
    import('../server/server.ts'),
    import('../server/credentials.ts'),
  ]);
  const token = await localToken(config.dataDir, config.token);
  const server = await startServer({
    orchestrator,
    credentials: createCredentials({ localToken: token }),
    host: config.host,
    port: config.port,
    pageFolder: deps.pageFolder,
    version,
    log: deps.log,
  });
  orchestrator.announce(server.address);
  const browserAddress = `${server.address}/#token=${encodeURIComponent(token)}`;
  process.stdout.write(`Control Room listens on ${browserAddress}\n`);
  return { browserAddress, close: () => server.close() };
}
