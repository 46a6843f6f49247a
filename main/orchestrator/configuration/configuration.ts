import type { ConfigReload, Configuration } from '../../../shared/configuration.ts';
import { AppError } from '../../../shared/errors.ts';
import type { Settings } from '../../../shared/settings.ts';
import { createWatchers } from '../watchers.ts';

/** What a program was started with, and the file that may change meanwhile. */
export interface ConfigSource {
  view(settings: Settings): Omit<Configuration, 'lastReload'>;
  /** Reads the file again; null when it says nothing new. With a `problem` nothing of it was taken. */
  reload(): (Omit<ConfigReload, 'at'> & { held: HeldBySettings | null }) | null;
  /** Calls when the file may have changed, until the function it gives is called. */
  watch(onChange: () => void): () => void;
}

/** Settings with what holds each. */
type HeldBySettings = { [Name in keyof Settings]?: { value: Settings[Name]; by: string } };

/** Shows how this was configured, and takes what changes in the file while it runs. */
export function createConfiguration(deps: {
  source: ConfigSource | undefined;
  settings: { values(): Settings; hold(held: HeldBySettings): void };
  now: () => number;
  log: { info(details: object, message: string): void; warn(details: object, message: string): void };
}) {
  const { source, settings, log } = deps;
  const watchers = createWatchers();
  let lastReload: ConfigReload | null = null;

  function reload(): void {
    const read = source?.reload();
    if (!read) return;
    const { held, ...told } = read;
    if (held) settings.hold(held);
    lastReload = { at: deps.now(), ...told };
    if (told.problem === null)
      log.info({ applied: told.applied, restart: told.restart }, 'the configuration file changed and was read');
    else log.warn({ problem: told.problem }, 'the changed configuration file does not fit; what was before holds');
    watchers.tell();
  }
  const endWatching = source?.watch(() => {
    try {
      reload();
    } catch (error) {
      log.warn({ error }, 'the configuration file could not be read');
    }
  });

  function get(): Configuration {
    if (!source) throw new AppError('UNAVAILABLE', 'This Control Room was started without a configuration.');
    return { ...source.view(settings.values()), lastReload };
  }

  return {
    get,
    watch: (signal: AbortSignal | undefined) => watchers.watch(signal, get),
    settingsChanged: watchers.tell,
    reload(): Configuration {
      reload();
      return get();
    },
    close(): void {
      endWatching?.();
      watchers.close();
    },
  };
}
