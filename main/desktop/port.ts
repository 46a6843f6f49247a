import type { Config } from '../config/read-config.ts';
import type { Orchestrator } from '../orchestrator/index.ts';
import type { Port as ServedPort } from '../server/port.ts';
import { version } from '../version.ts';
import type { DesktopLog } from './desktop-log.ts';

/** The port that scripts and browsers use beside the window. */
export interface Port {
  /** The page's address with the token in its fragment; null while the port is closed. */
  browserAddress(): Promise<string | null>;
  close(): Promise<void>;
}

/**
 * Keeps the port as the settings want it: closed, until the user opens it there or the start asks for it with --port or
 * PORT. Then its address is printed, and a port that is taken is the end of the start; later the page says so.
 */
export async function openPort(deps: {
  config: Config;
  pageFolder: string;
  orchestrator: Orchestrator;
  log: DesktopLog;
}): Promise<Port> {
  const { config, orchestrator } = deps;
  const isAsked = config.lockedSettings.listen !== undefined;
  let port: ServedPort | undefined;
  let loading: Promise<void> | undefined;

  /** The server is loaded when it is first wanted: a window needs none of it. */
  async function load(): Promise<void> {
    const { createPort } = await import('../server/port.ts');
    port = createPort({ orchestrator, dataDir: config.dataDir, pageFolder: deps.pageFolder, version, log: deps.log });
    await port.open();
  }
  function loadOnce(): Promise<void> {
    loading ??= load();
    return loading;
  }
  async function browserAddress(): Promise<string | null> {
    const { address } = orchestrator.access.port();
    return address && `${address}/#token=${encodeURIComponent(await orchestrator.access.localToken())}`;
  }
  const tellProblem = (error: unknown): void => deps.log.warn({ error }, 'the port could not be opened');
  const endListening = orchestrator.onSettings(() => {
    if (orchestrator.settings().listen && !loading) loadOnce().catch(tellProblem);
  });
  async function close(): Promise<void> {
    endListening();
    await loading?.catch(() => undefined);
    await port?.close();
  }
  if (orchestrator.settings().listen) {
    try {
      await loadOnce();
    } catch (error) {
      if (!isAsked) tellProblem(error);
      else {
        await close();
        throw error;
      }
    }
  }
  if (isAsked) process.stdout.write(`Control Room listens on ${await browserAddress()}\n`);
  return { browserAddress, close };
}
