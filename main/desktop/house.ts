import { join } from 'node:path';
import { openConfig } from '../config/config-source.ts';
import { portVariables, secretsOf } from '../config/read-config.ts';
import { launchOrchestrator } from '../launch.ts';
import type { Log } from '../log/log.ts';
import { createLogContext } from '../log/log-context.ts';
import { createLogSource } from '../log/log-source.ts';
import { createSecretMask } from '../log/mask-secrets.ts';
import type { DesktopLog } from './desktop-log.ts';
import type { DesktopFlags } from './flags.ts';

/** What the window is opened on: everything of a start that needs no Electron and does not have to stand before the window. */
export function openHouse(deps: { flags: DesktopFlags; entryUrl: string; log: DesktopLog; painted: Promise<unknown> }) {
  const variable = portVariables.find((name) => process.env[name]);
  const by = deps.flags.port !== undefined ? '--port' : variable;
  const { config, configuration } = openConfig(deps.flags, process.env, by ? { listen: { value: true, by } } : {});
  const folder = join(config.dataDir, 'logs');
  const context = createLogContext();
  const secrets = createSecretMask(process.env, secretsOf(config));
  let opened: Log | undefined;
  // Loaded once the page is painted; until then `deps.log` keeps what is said.
  const log = deps.painted.then(async () => {
    const { createLog } = await import('../log/log.ts');
    const level = config.lockedSettings.logLevel?.value ?? 'info';
    opened = createLog({ level, standardError: false, context, secrets });
    await opened.openFile(folder);
    return opened;
  });
  const logs = createLogSource({ folder, context, secrets, log });
  const orchestrator = launchOrchestrator({ config, configuration, log: deps.log, logs }, deps.entryUrl, deps.painted);
  // What hinders a start is told by whoever waits for it.
  orchestrator.ready.then(
    async () => secrets.add(await orchestrator.access.localToken()),
    () => undefined,
  );
  return {
    config,
    log: log.then((there): DesktopLog => there),
    orchestrator,
    /** Settles when what was said is on the disk. */
    closeLog: async () => opened?.close(),
  };
}

export type House = ReturnType<typeof openHouse>;
