import type { ConfigReload, Configuration } from '../../../shared/configuration.ts';
import { AppError } from '../../../shared/errors.ts';
import type { Settings } from '../../../shared/settings.ts';
import { newId } from '../new-id.ts';
import { createWatchers } from '../watchers.ts';

/** Changes that can be undone, the newest. */
const mostUndos = 50;

/** What a program was started with, and the file that may change meanwhile. */
export interface ConfigSource {
  view(settings: Settings): Omit<Configuration, 'lastReload'>;
  /** Reads the file again; null when it says nothing new. With a `problem` nothing of it was taken. */
  reload(): (Omit<ConfigReload, 'at'> & { held: HeldBySettings | null }) | null;
  /** Writes one option into the file, or takes it out (`text` null). Gives what that does in sentences, and what puts it back. */
  change(input: {
    name: string;
    text: string | null;
    profile?: string | null | undefined;
  }): Promise<{ lines: string[]; undo: () => Promise<void> }>;
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

  function sourceOf(): ConfigSource {
    if (!source) throw new AppError('UNAVAILABLE', 'This Control Room was started without a configuration.');
    return source;
  }
  const get = (): Configuration => ({ ...sourceOf().view(settings.values()), lastReload });

  /** The file is changed by one at a time. */
  let turn: Promise<unknown> = Promise.resolve();
  const undos = new Map<string, () => Promise<void>>();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = turn.then(work);
    turn = next.catch(() => undefined);
    return next;
  }

  const change = (input: Parameters<ConfigSource['change']>[0]) =>
    inTurn(async () => {
      const { lines, undo } = await sourceOf().change(input);
      const undoId = newId<string>('undo');
      undos.set(undoId, undo);
      for (const oldest of undos.keys()) if (undos.size > mostUndos) undos.delete(oldest);
      reload();
      watchers.tell();
      return { configuration: get(), message: lines.join(' '), undoId };
    });

  return {
    get,
    watch: (signal: AbortSignal | undefined) => watchers.watch(signal, get),
    set: ({ value, ...place }: { name: string; value: string; profile?: string | null | undefined }) =>
      change({ ...place, text: value }),
    unset: (place: { name: string; profile?: string | null | undefined }) => change({ ...place, text: null }),
    undo: (undoId: string) =>
      inTurn(async () => {
        const undo = undos.get(undoId);
        if (!undo)
          throw new AppError('NOT_FOUND', 'That change cannot be undone any more. Change the option once more.', {
            undoId,
          });
        await undo();
        undos.delete(undoId);
        reload();
        watchers.tell();
        return get();
      }),
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
