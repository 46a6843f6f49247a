import { type LimitUse, limitUse } from '../../shared/limit-use.ts';
import type { Limits, Spending, Spent } from '../../shared/limits.ts';
import type { Project } from '../../shared/projects.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Worker } from '../../shared/workers.ts';

/** Somebody's limit and how much of it is used. */
export interface LimitSource {
  of: 'worker' | 'project' | 'day';
  /** "This worker", "All of tideline-api", "All workers today". */
  label: string;
  limits: Limits;
  use: LimitUse;
}

/** What a worker spent, up to now. */
export function spentBy(worker: Worker, now: number): Spent {
  const { usage } = worker;
  return {
    tokens: usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens,
    costUsd: usage.costUsd,
    workedMs: worker.workedMs + (worker.state === 'working' ? Math.max(0, now - worker.stateChangedAt) : 0),
  };
}

/** Every limit that holds for a worker, the most used first. */
export function limitsOf(
  worker: Worker,
  rows: { project: Project | undefined; spending: Spending | null; settings: Settings | null },
  now: number,
): LimitSource[] {
  const { project, spending, settings } = rows;
  const sources: LimitSource[] = limitUse(worker.limits, spentBy(worker, now)).map((use) => ({
    of: 'worker',
    label: 'This worker',
    limits: worker.limits,
    use,
  }));
  const total = spending?.projects[worker.projectId]?.total;
  if (project && total)
    for (const use of limitUse(project.limits, total))
      sources.push({ of: 'project', label: `All of ${project.name}`, limits: project.limits, use });
  if (spending && settings)
    for (const use of limitUse(settings.dayLimits, spending.today))
      sources.push({ of: 'day', label: 'All workers today', limits: settings.dayLimits, use });
  return sources.sort((a, b) => b.use.part - a.use.part);
}
