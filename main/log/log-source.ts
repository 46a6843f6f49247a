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
  return {
    folder: deps.folder,
    setLevel: (level) =>
      void log.then((there) => {
        if (there) there.level = level;
      }),
    onLine(listener) {
      let ended = false;
      let end = (): void => undefined;
      void log.then((there) => {
        if (there && !ended) end = there.onLine(listener);
      });
      return () => {
        ended = true;
        end();
      };
    },
    within: deps.context.within,
    mask: deps.secrets.mask,
  };
}
