import { join } from 'node:path';
import { readConfig } from '../config.ts';
import { launchOrchestrator } from '../launch.ts';
import { createLog } from '../log.ts';
import type { DesktopFlags } from './flags.ts';

/** What the window is opened on: everything of a start that needs no Electron and does not have to stand before the window. */
export function openHouse(deps: { flags: DesktopFlags; entryUrl: string; startHostAfter: Promise<unknown> }) {
  const config = readConfig(deps.flags, process.env);
  const log = createLog({ level: config.logLevel, file: join(config.dataDir, 'logs', 'desktop.log') });
  return { config, log, orchestrator: launchOrchestrator(config, log, deps.entryUrl, deps.startHostAfter) };
}

export type House = ReturnType<typeof openHouse>;
