import type { Component, DoctorCheck, HealthState } from '../../../shared/health.ts';
import { statusOf } from '../../../shared/health-status.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';

/** One thing that is looked at again and again. */
export interface Probe {
  id: string;
  title: string;
  /** How often, in milliseconds. */
  everyMs: () => number;
  /** One that does not answer within so long has failed. */
  withinMs: number;
  look: () => Promise<DoctorCheck> | DoctorCheck;
}

const retryMs = 2000;

/** The row of the whole. */
const wholeId = 'status';

export type Components = ReturnType<typeof createComponents>;

/**
 * Knows how each component stands and since when. Each is looked at in its own time, and at once when it told that
 * something happened; only a change is written down and told. The times outlive a restart.
 */
export function createComponents(deps: {
  probes: readonly Probe[];
  database: Database;
  publish: Publish;
  now: () => number;
  /** After so long what could not be kept is tried again, in milliseconds. */
  retryMs?: number;
  log: { warn(details: object, message: string): void };
}) {
  const { database, now, probes } = deps;
  const kept = new Map(
    database
      .all<{ id: string; state: string; since: number }>('SELECT id, state, since FROM health_components')
      .map(({ id, state, since }) => [id, { state, since }]),
  );
  const known = new Map<string, Component>();
  const timers = new Map<string, NodeJS.Timeout>();
  const looking = new Map<string, Promise<void>>();
  let present: HealthState | undefined;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;

  function look(probe: Probe): Promise<void> {
    const before = looking.get(probe.id);
    if (before) return before;
    clearTimeout(timers.get(probe.id));
    const answer = answerOf(probe)
      .then((check) => {
        if (!closed) take([check]);
      })
      .catch((error: unknown) => deps.log.warn({ error, component: probe.id }, 'how it stands could not be kept'))
      .finally(() => {
        looking.delete(probe.id);
        if (closed) return;
        const timer = setTimeout(() => void look(probe), probe.everyMs());
        timer.unref();
        timers.set(probe.id, timer);
      });
    looking.set(probe.id, answer);
    return answer;
  }

  /** Takes what was seen, whoever saw it. */
  function take(checks: readonly DoctorCheck[]): void {
    for (const check of checks) {
      const last = known.get(check.id) ?? kept.get(check.id);
      known.set(check.id, { ...check, since: last?.state === check.state ? last.since : now() });
    }
    // The whole is told of when all of it is known.
    if (probes.some(({ id }) => !known.has(id))) return;
    const components = inOrder();
    const status = statusOf(components);
    const whole = present ? { state: present.status, since: present.since } : kept.get(wholeId);
    const next: HealthState = {
      status,
      since: whole?.state === status ? whole.since : now(),
      components,
    };
    const changed = [...components.map(({ id, state, since }) => ({ id, state: state as string, since }))]
      .concat({ id: wholeId, state: status, since: next.since })
      .filter(({ id, state }) => kept.get(id)?.state !== state);
    present = next;
    if (changed.length === 0) return;
    for (const { id, state, since } of changed) kept.set(id, { state, since });
    keepAndTell(changed.map(({ id }) => id));
  }

  /** Writes down how these stand, and tells of the whole. What cannot be kept now, as on a full disk, is tried again a little later. */
  function keepAndTell(ids: readonly string[]): void {
    if (!present || closed) return;
    const health = present;
    // What could not be kept before goes along.
    const due = retry ? [...kept.keys()] : ids;
    try {
      database.transaction(() => {
        for (const id of due) {
          const row = kept.get(id);
          if (row)
            database.run(
              'INSERT OR REPLACE INTO health_components (id, state, since) VALUES (?, ?, ?)',
              id,
              row.state,
              row.since,
            );
        }
        deps.publish({ type: 'health.changed', health });
      });
      clearTimeout(retry);
      retry = undefined;
    } catch (error) {
      // It may be the database itself that fails: the state is known all the same.
      if (!retry) deps.log.warn({ error }, 'a change of health could not be kept');
      clearTimeout(retry);
      // Not at once: the failure is itself a reason to look, and that again to tell.
      retry = setTimeout(() => keepAndTell([]), deps.retryMs ?? retryMs);
      retry.unref();
    }
  }

  function inOrder(): Component[] {
    const ids = new Set([...probes.map(({ id }) => id), ...known.keys()]);
    return [...ids].flatMap((id) => known.get(id) ?? []);
  }

  let first: Promise<void> | undefined;

  return {
    /** Looks at everything for the first time; each goes on in its own time. */
    start(): Promise<void> {
      first ??= Promise.all(probes.map(look)).then(() => undefined);
      return first;
    },
    /** Looks at one now, as when it told that something happened to it. */
    async lookAt(id: string): Promise<void> {
      const probe = probes.find((one) => one.id === id);
      // What is under way may have looked before it happened.
      await looking.get(id);
      if (probe && !closed) await look(probe);
    },
    take,
    /** How everything stands; before the first look was over, all well as far as it is known. */
    state: (): HealthState =>
      present ?? { status: statusOf(inOrder()), since: kept.get(wholeId)?.since ?? now(), components: inOrder() },
    close(): void {
      closed = true;
      for (const timer of timers.values()) clearTimeout(timer);
      clearTimeout(retry);
    },
  };
}

/** Asks one; what fails, or does not answer in time, is in error. */
export async function answerOf(probe: Omit<Probe, 'everyMs'>): Promise<DoctorCheck> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<DoctorCheck>((resolve) => {
    timer = setTimeout(() => resolve(noAnswer(probe)), probe.withinMs);
  });
  try {
    return await Promise.race([probe.look(), late]);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { id: probe.id, title: probe.title, state: 'error', detail, fix: 'The log has the details.' };
  } finally {
    clearTimeout(timer);
  }
}

function noAnswer({ id, title, withinMs }: Omit<Probe, 'everyMs'>): DoctorCheck {
  return {
    id,
    title,
    state: 'error',
    detail: `It did not answer within ${withinMs / 1000} s.`,
    fix: 'It is looked at again by itself. If it stays so, restart Control Room; workers go on meanwhile.',
  };
}
