import { join } from 'node:path';
import { portVariables, readConfig } from '../config/read-config.ts';
import { launchOrchestrator } from '../launch.ts';
import type { DesktopLog } from './desktop-log.ts';
import type { DesktopFlags } from './flags.ts';

/** What the window is opened on: everything of a start that needs no Electron and does not have to stand before the window. */
export function openHouse(deps: { flags: DesktopFlags; entryUrl: string; log: DesktopLog; painted: Promise<unknown> }) {
  const given = readConfig(deps.flags, process.env);
  const variable = portVariables.find((name) => process.env[name]);
  const by = deps.flags.port !== undefined ? '--port' : variable;
  const config = by ? { ...given, lockedSettings: { ...given.lockedSettings, listen: { value: true, by } } } : given;
  const folder = join(config.dataDir, 'logs');
  return {
    config,
    /** Loaded once the page is painted; until then `deps.log` keeps what is said. */
    log: deps.painted.then(async (): Promise<DesktopLog> => {
      const { createFileLog } = await import('../log.ts');
      return createFileLog({ level: config.logLevel, folder, name: 'desktop' });
    }),
    orchestrator: launchOrchestrator(config, deps.log, deps.entryUrl, deps.painted),
  };
}

export type House = ReturnType<typeof openHouse>;
