import type { LogSource } from '../orchestrator/index.ts';
import type { Log } from './log.ts';
import type { LogContext } from './log-context.ts';
import type { SecretMask } from './mask-secrets.ts';

/** A log as the rest of the house sees it, also before it is there. */
export function createLogSource(deps: {
  folder: string;
  context: LogContext;
  secrets: SecretMask;
  log: Promise<Log>;
}): LogSource {
  const log = deps.log.catch(() => undefined);
  let there: Log | undefined;
  void log.then((opened) => {
    there = opened;
  });
  return {
    folder: deps.folder,
    setLevel: (level) =>
      void log.then((opened) => {
        if (opened) opened.level = level;
      }),
    onLine(listener) {
      let ended = false;
      let end = (): void => undefined;
      void log.then((opened) => {
        if (opened && !ended) end = opened.onLine(listener);
      });
      return () => {
        ended = true;
        end();
      };
    },
    counts: () => there?.counts() ?? {},
    within: deps.context.within,
    mask: deps.secrets.mask,
  };
}
