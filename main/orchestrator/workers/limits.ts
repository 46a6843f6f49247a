import type { WorkerId } from '../../../shared/ids.ts';
import { type LimitName, type LimitUse, limitUse } from '../../../shared/limit-use.ts';
import type { Limits, Spending, Spent } from '../../../shared/limits.ts';
import type { Project } from '../../../shared/projects.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { Worker } from '../../../shared/workers.ts';
import type { WorkerStore } from './store.ts';
import { withoutTroubles, withState, withTrouble, workedUntil } from './worker-row.ts';
import { tokensOf, type WorkerRows } from './worker-rows.ts';

/** Longest and shortest wait of a timer, in milliseconds. */
const longestTimerMs = 2 ** 31 - 1;
const shortestTimerMs = 250;

/** A limit that holds for a worker, and how it stands. */
interface Bound {
  /** Whose it is, as a sentence begins: "It", "Project tideline", "Today". */
  whose: string;
  limits: Limits;
  uses: LimitUse[];
  /** Workers that add to the time of this one at present. */
  working: number;
}

/**
 * What workers may spend: each by itself, those of a project together, and all together in a day. Warns, and then lets a
 * worker begin nothing more after its turn, or stops it at once, as its limit says.
 */
export function createLimits(deps: {
  now: () => number;
  settings: () => Settings;
  getProject: (id: Worker['projectId']) => Project;
  spending: () => Spending;
  store: WorkerStore;
  rows: WorkerRows;
  /** Ends a worker at once, for this reason. */
  stop: (id: WorkerId, reason: string) => void;
  /** A worker that a limit held goes on. */
  released: (id: WorkerId) => void;
}) {
  const { now, store, rows } = deps;
  const timers = new Map<WorkerId, NodeJS.Timeout>();

  /** Work that is going on and in no book yet. */
  function under(working: readonly Worker[]): number {
    return working.reduce((sum, worker) => sum + workedUntil(worker, now()) - worker.workedMs, 0);
  }

  function boundsOf(worker: Worker): Bound[] {
    const project = deps.getProject(worker.projectId);
    const { dayLimits } = deps.settings();
    const { today, projects } = deps.spending();
    const bounds: Bound[] = [];
    const add = (whose: string, limits: Limits, spent: Spent, working: number) => {
      const uses = limitUse(limits, spent);
      if (uses.length > 0) bounds.push({ whose, limits, uses, working });
    };
    const own = { tokens: tokensOf(worker), costUsd: worker.usage.costUsd, workedMs: workedUntil(worker, now()) };
    add('It', worker.limits, own, 1);
    const shared = Object.keys({ ...project.limits, ...dayLimits }).length > 0;
    const working = shared ? store.live().filter(({ state }) => state === 'working') : [];
    const together = (spent: Spent | undefined, part: readonly Worker[]): Spent => ({
      tokens: spent?.tokens ?? 0,
      costUsd: spent?.costUsd ?? 0,
      workedMs: (spent?.workedMs ?? 0) + under(part),
    });
    const inProject = working.filter(({ projectId }) => projectId === project.id);
    add(`Project ${project.name}`, project.limits, together(projects[project.id]?.total, inProject), inProject.length);
    add('Today', dayLimits, together(today, working), working.length);
    return bounds;
  }

  /** The limit that holds a worker up; undefined while none does. */
  function reached(worker: Worker): { reason: string; action: 'pause' | 'stop' } | undefined {
    for (const { whose, limits, uses } of boundsOf(worker)) {
      const top = uses[0];
      if (top && top.part >= 1) return { reason: sentence(whose, top), action: limits.onLimit ?? 'pause' };
    }
    return undefined;
  }

  function warningFor(worker: Worker): string | undefined {
    const warnPart = deps.settings().warnPercent / 100;
    const near = boundsOf(worker).find(({ uses }) => (uses[0]?.part ?? 0) >= warnPart);
    return near?.uses[0] && sentence(near.whose, near.uses[0]);
  }

  /** Looks again when time alone will have used up the next part of a limit. */
  function watchTime(worker: Worker): void {
    clearTimeout(timers.get(worker.id));
    timers.delete(worker.id);
    if (worker.state !== 'working') return;
    const warnPart = deps.settings().warnPercent / 100;
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const { uses, working } of boundsOf(worker)) {
      const time = uses.find(({ name }) => name === 'timeoutSeconds');
      if (!time || time.part >= 1) continue;
      const next = time.part < warnPart ? warnPart : 1;
      soonestMs = Math.min(soonestMs, ((next * time.limit - time.used) * 1000) / Math.max(1, working));
    }
    if (soonestMs === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(Math.max(soonestMs, shortestTimerMs), longestTimerMs);
    timers.set(
      worker.id,
      setTimeout(() => look(worker.id), delayMs),
    );
  }

  /** Brings a worker in line with what it may spend, after anything that could have changed that. */
  function look(id: WorkerId): void {
    const worker = store.get(id);
    if (!worker || worker.state === 'ended') {
      clearTimeout(timers.get(id));
      timers.delete(id);
      return;
    }
    const over = reached(worker);
    if (over) {
      const held = withTrouble(
        withoutTroubles(worker, 'limit-warning'),
        { kind: 'limit', text: over.reason, fix: 'Raise the limit to go on.' },
        now(),
      );
      const paused = worker.state === 'idle';
      rows.keep(paused ? withState(held, 'waiting', 'a limit is reached', now(), 'limit') : held);
      const stops = over.action === 'stop' && worker.state !== 'queued' && worker.state !== 'idle';
      if (stops && worker.waitingFor !== 'limit') deps.stop(id, over.reason);
      return;
    }
    const warning = warningFor(worker);
    const free = withoutTroubles(worker, 'limit');
    const warned = warning
      ? withTrouble(
          free,
          { kind: 'limit-warning', text: warning, fix: 'Raise the limit if it is to go on for long.' },
          now(),
        )
      : withoutTroubles(free, 'limit-warning');
    const wasHeld = worker.state === 'waiting' && worker.waitingFor === 'limit';
    rows.keep(wasHeld ? withState(warned, 'idle', 'the limit was raised', now()) : warned);
    watchTime(rows.get(id));
    if (wasHeld) deps.released(id);
  }

  return {
    reached,
    look,
    /** Looks at everybody: a shared limit, what was spent or the day has changed. */
    lookAtAll(): void {
      for (const { id } of [...store.live(), ...store.queued()]) look(id);
    },
    close(): void {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}

const shownAs: Record<LimitName, (value: number) => string> = {
  timeoutSeconds: (seconds) => (seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`),
  tokens: (tokens) => `${Math.round(tokens)} tokens`,
  costUsd: (usd) => `$${usd.toFixed(2)}`,
};
const verbs: Record<LimitName, string> = { timeoutSeconds: 'worked for', tokens: 'used', costUsd: 'cost' };

/** "It used 81200 tokens of the 100000 tokens it may." */
function sentence(whose: string, { name, used, limit }: LimitUse): string {
  const show = shownAs[name];
  const subject = whose === 'It' ? 'it may' : 'allowed';
  return `${whose === 'Today' ? 'Today’s workers together' : whose} ${verbs[name]} ${show(used)} of the ${show(limit)} ${subject}.`;
}
