import type { ProjectId, WorkerId } from '../../../shared/ids.ts';
import type { Spending, Spent } from '../../../shared/limits.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import { dayOf, nextMidnight } from './days.ts';

/** Changes are announced at most this often, in milliseconds. */
const announceAfterMs = 500;

const nothing: Spent = { tokens: 0, costUsd: 0, workedMs: 0 };

/**
 * The book of what was spent, by day, project and worker. It is kept apart from the workers' rows and outlives them, so
 * that the sums of a day and of a project stay true when a worker is removed.
 */
export function createSpending(deps: {
  database: Database;
  publish: Publish;
  now: () => number;
  /** Another day has begun. */
  onDay: () => void;
}) {
  const { database, publish, now } = deps;
  let present = read();
  let announcing: NodeJS.Timeout | undefined;
  let midnight: NodeJS.Timeout;
  waitForMidnight();

  function read(): Spending {
    const day = dayOf(now());
    const projects: Spending['projects'] = {};
    for (const { id } of database.all<{ id: string }>('SELECT DISTINCT project_id AS id FROM spending')) {
      const budget = database.get<Spent & { day: string }>(
        'SELECT day, tokens, cost_usd AS costUsd, worked_ms AS workedMs FROM budgets WHERE project_id = ?',
        id,
      );
      const since = sum('day >= ?1 AND project_id = ?2', budget?.day ?? '', id);
      projects[id] = {
        today: sum('day = ?1 AND project_id = ?2', day, id),
        total: budget ? minus(since, budget) : since,
      };
    }
    return { day, today: sum('day = ?1', day), projects };
  }

  function sum(where: string, ...values: string[]): Spent {
    return (
      database.get<Spent>(
        `SELECT coalesce(sum(tokens), 0) AS tokens, coalesce(sum(cost_usd), 0) AS costUsd, coalesce(sum(worked_ms), 0) AS workedMs
         FROM spending WHERE ${where}`,
        ...values,
      ) ?? nothing
    );
  }

  function waitForMidnight(): void {
    midnight = setTimeout(
      () => {
        present = read();
        publish({ type: 'spending.changed', spending: present });
        deps.onDay();
        waitForMidnight();
      },
      Math.max(1000, nextMidnight(now()) - now()),
    );
    midnight.unref();
  }

  function announce(): void {
    announcing ??= setTimeout(() => {
      announcing = undefined;
      publish({ type: 'spending.changed', spending: present });
    }, announceAfterMs);
  }

  return {
    get: () => present,
    /** Adds what a worker spent, in the transaction around it. */
    add(projectId: ProjectId, workerId: WorkerId, spent: Spent): void {
      const day = dayOf(now());
      database.run(
        `INSERT INTO spending (day, project_id, worker_id, tokens, cost_usd, worked_ms) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (day, project_id, worker_id) DO UPDATE SET
           tokens = tokens + excluded.tokens, cost_usd = cost_usd + excluded.cost_usd, worked_ms = worked_ms + excluded.worked_ms`,
        day,
        projectId,
        workerId,
        spent.tokens,
        spent.costUsd,
        spent.workedMs,
      );
      database.afterCommit(() => {
        if (day !== present.day) present = read();
        else {
          const project = present.projects[projectId] ?? { today: nothing, total: nothing };
          present = {
            ...present,
            today: plus(present.today, spent),
            projects: {
              ...present.projects,
              [projectId]: { today: plus(project.today, spent), total: plus(project.total, spent) },
            },
          };
        }
        announce();
      });
    },
    /** Counts a project's budget from now on. */
    restart(id: ProjectId): void {
      const day = dayOf(now());
      const before = sum('day = ?1 AND project_id = ?2', day, id);
      database.run(
        'INSERT OR REPLACE INTO budgets (project_id, day, tokens, cost_usd, worked_ms) VALUES (?, ?, ?, ?, ?)',
        id,
        day,
        before.tokens,
        before.costUsd,
        before.workedMs,
      );
      database.afterCommit(() => {
        present = read();
        announce();
      });
    },
    close(): void {
      clearTimeout(announcing);
      clearTimeout(midnight);
    },
  };
}

function plus(a: Spent, b: Spent): Spent {
  return { tokens: a.tokens + b.tokens, costUsd: a.costUsd + b.costUsd, workedMs: a.workedMs + b.workedMs };
}

function minus(a: Spent, b: Spent): Spent {
  return {
    tokens: Math.max(0, a.tokens - b.tokens),
    costUsd: Math.max(0, a.costUsd - b.costUsd),
    workedMs: Math.max(0, a.workedMs - b.workedMs),
  };
}
