import { join } from 'node:path';
import { createConfiguration } from './configuration/configuration.ts';
import type { Events } from './events.ts';
import { inComponent } from './in-component.ts';
import { createLogs } from './logs/logs.ts';
import type { OrchestratorOptions } from './orchestrator-options.ts';
import type { SettingsFeature } from './settings/settings.ts';

export type Upkeep = ReturnType<typeof createUpkeep>;

/** The part of the house by which it is looked after: its configuration and its log. A part of the composition root. */
export function createUpkeep(deps: {
  options: OrchestratorOptions;
  settings: SettingsFeature;
  events: Events;
  now: () => number;
}) {
  const { options, settings, now } = deps;
  const { log } = options;
  const logs = createLogs({
    folders: { logs: join(options.dataDir, 'logs'), hosts: join(options.dataDir, 'host') },
    source: options.logs,
    now,
  });
  const configuration = createConfiguration({
    source: options.configuration,
    settings,
    now,
    log: inComponent(log, 'configuration'),
  });
  const endListening = deps.events.listen(({ type }) => {
    if (type !== 'settings.changed') return;
    configuration.settingsChanged();
    options.logs?.setLevel(settings.values().logLevel);
  });
  options.logs?.setLevel(settings.values().logLevel);
  return {
    configuration,
    logs,
    close(): void {
      endListening();
      configuration.close();
      logs.close();
    },
  };
}
