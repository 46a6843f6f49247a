import { createConfiguration } from './configuration/configuration.ts';
import type { Events } from './events.ts';
import type { OrchestratorOptions } from './orchestrator-options.ts';
import type { SettingsFeature } from './settings/settings.ts';

export type Upkeep = ReturnType<typeof createUpkeep>;

/** The part of the house by which it is looked after: its configuration. A part of the composition root. */
export function createUpkeep(deps: {
  options: OrchestratorOptions;
  settings: SettingsFeature;
  events: Events;
  now: () => number;
}) {
  const { options, settings, now } = deps;
  const { log } = options;
  const configuration = createConfiguration({ source: options.configuration, settings, now, log });
  const endListening = deps.events.listen(({ type }) => {
    if (type === 'settings.changed') configuration.settingsChanged();
  });
  return {
    configuration,
    close(): void {
      endListening();
      configuration.close();
    },
  };
}
