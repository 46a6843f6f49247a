import type { HostClient } from '../host/host.ts';

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Removes what terminals wrote, so many days after their end; the setting is read each time. Looks now and every hour, by
 * the wall clock: a machine that slept for a week looks when it wakes.
 */
export function createLogRetention(deps: {
  host: Pick<HostClient, 'list' | 'release'>;
  /** 0: kept for ever. */
  days: () => number;
  /** Hears the id of each process whose output is gone. */
  removed: (processId: string) => void;
  now: () => number;
  log: { info(details: object, message: string): void; warn(details: object, message: string): void };
  lookEveryMs?: number;
}) {
  const { host, log } = deps;
  let working: Promise<void> | undefined;

  async function removeOld(): Promise<void> {
    const days = deps.days();
    if (days === 0) return;
    const old = (await host.list()).filter(
      ({ mode, endedAt }) => mode === 'pty' && endedAt !== undefined && deps.now() - endedAt > days * dayMs,
    );
    for (const { id } of old) {
      await host.release(id);
      deps.removed(id);
    }
    if (old.length > 0)
      log.info({ terminals: old.length, days }, 'the output of terminals that ended long ago was removed');
  }

  function look(): void {
    working ??= removeOld()
      .catch((error: unknown) => log.warn({ error }, 'the output of ended terminals could not be removed'))
      .finally(() => {
        working = undefined;
      });
  }

  const timer = setInterval(look, deps.lookEveryMs ?? 60 * 60 * 1000);
  timer.unref();
  look();

  return {
    async close(): Promise<void> {
      clearInterval(timer);
      await working;
    },
  };
}
