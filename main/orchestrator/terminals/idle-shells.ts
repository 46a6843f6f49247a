import type { TerminalId } from '../../../shared/ids.ts';
import type { Terminal } from '../../../shared/terminals.ts';

const hourMs = 3_600_000;

/** How often it is looked at the shells. Times of activity are known to this much. */
const defaultLookEveryMs = 5 * 60_000;

/**
 * Closes the user's shells that nobody has used for longer than the setting: nothing typed, nothing written, no child
 * running. A worker's terminal is never closed. Looks every few minutes while a shell runs, and not at all otherwise.
 */
export function createIdleShells(deps: {
  now: () => number;
  /** Hours; 0: never. */
  limitHours: () => number;
  /** The user's shells that run, with how far the output of each has come. */
  look: () => Promise<{ terminal: Terminal; outputEnd: number }[]>;
  /** Pids of all processes that have a child. */
  parents: () => Promise<ReadonlySet<number>>;
  /** Something happened in a shell at that time. */
  active: (id: TerminalId, at: number) => void;
  closeShell: (id: TerminalId, idleMs: number) => Promise<void>;
  log: { warn(details: object, message: string): void };
  lookEveryMs?: number;
}) {
  const lookEveryMs = deps.lookEveryMs ?? defaultLookEveryMs;
  const ends = new Map<TerminalId, number>();
  const typedAt = new Map<TerminalId, number>();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let closed = false;

  async function lookNow(): Promise<void> {
    const shells = await deps.look();
    const limitMs = deps.limitHours() * hourMs;
    const over: { id: TerminalId; pid: number; idleMs: number }[] = [];
    for (const { terminal, outputEnd } of shells) {
      const { id, pid } = terminal;
      const before = ends.get(id);
      ends.set(id, outputEnd);
      const wrote = before !== undefined && outputEnd > before;
      const lastAt = Math.max(terminal.lastActiveAt, wrote ? deps.now() : 0, typedAt.get(id) ?? 0);
      if (lastAt > terminal.lastActiveAt) deps.active(id, lastAt);
      const idleMs = deps.now() - lastAt;
      if (limitMs > 0 && idleMs >= limitMs && pid !== null) over.push({ id, pid, idleMs });
    }
    if (over.length > 0) {
      const parents = await deps.parents();
      for (const { id, pid, idleMs } of over) {
        if (!parents.has(pid) && !closed) await deps.closeShell(id, idleMs);
      }
    }
    if (shells.length > 0) plan();
  }

  function plan(): void {
    if (timer || closed) return;
    timer = setTimeout(() => {
      timer = undefined;
      looking = lookNow().catch((error: unknown) => {
        deps.log.warn({ error }, 'it could not be looked which shells are idle');
        plan();
      });
    }, lookEveryMs);
    timer.unref();
  }

  return {
    /** A shell runs: looks from now on. */
    watch: plan,
    typed: (id: TerminalId) => void typedAt.set(id, deps.now()),
    forget(id: TerminalId): void {
      ends.delete(id);
      typedAt.delete(id);
    },
    async close(): Promise<void> {
      closed = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
