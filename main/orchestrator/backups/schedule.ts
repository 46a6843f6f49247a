import { uptime } from 'node:os';

/** A timer that is set further is run at once. */
const longestWaitMs = 6 * 3_600_000;
/** After a start everything else comes first. */
const afterStartMs = 60_000;
/** After one that failed. */
const againAfterMs = 10 * 60_000;

/**
 * Calls `run` so long after the last time, by the machine's uptime: it goes on while the machine sleeps and no change of the clock
 * moves it. Only the age at a start is read from the clock; one that is missed by then is caught up.
 */
export function createSchedule(deps: {
  /** Milliseconds between two; 0: none. */
  everyMs: () => number;
  /** By the clock; null: there was none. */
  lastAt: () => number | null;
  now: () => number;
  run: () => Promise<void>;
  /** Milliseconds since the machine was started. */
  uptimeMs?: () => number;
}) {
  const uptimeMs = deps.uptimeMs ?? (() => uptime() * 1000);
  let timer: NodeJS.Timeout | undefined;
  let started = false;
  let running = false;
  /** When the last one was, by the uptime. */
  let doneAt: number | null = null;
  let notBefore = 0;

  function dueAt(): number | null {
    const everyMs = deps.everyMs();
    if (everyMs <= 0) return null;
    return Math.max(notBefore, doneAt === null ? 0 : doneAt + everyMs);
  }

  function arm(): void {
    clearTimeout(timer);
    const at = dueAt();
    if (!started || running || at === null) return;
    timer = setTimeout(tick, Math.min(longestWaitMs, Math.max(0, at - uptimeMs())));
    timer.unref();
  }

  function tick(): void {
    const at = dueAt();
    if (at === null || uptimeMs() < at) {
      arm();
      return;
    }
    running = true;
    void deps.run().then(
      () => {
        running = false;
        arm();
      },
      () => {
        running = false;
        notBefore = uptimeMs() + Math.min(againAfterMs, deps.everyMs());
        arm();
      },
    );
  }

  return {
    start(): void {
      if (started) return;
      started = true;
      const lastAt = deps.lastAt();
      // One of the future is as good as one of now: the clock was set back.
      if (lastAt !== null) doneAt = uptimeMs() - Math.max(0, deps.now() - lastAt);
      notBefore = uptimeMs() + Math.min(afterStartMs, deps.everyMs());
      arm();
    },
    /** One was made, by whomever. */
    done(): void {
      doneAt = uptimeMs();
      arm();
    },
    settingsChanged: arm,
    /** By the clock; null while there is to be none. */
    nextAt(): number | null {
      const at = dueAt();
      return at === null || !started ? null : deps.now() + Math.max(0, at - uptimeMs());
    },
    close(): void {
      started = false;
      clearTimeout(timer);
    },
  };
}
