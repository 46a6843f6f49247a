import { ArrowDown, ArrowUp, FlaskConical, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import type { WorktreeId } from '../../shared/ids.ts';
import type { Radar } from '../../shared/overlaps.ts';
import { readablePath } from '../../shared/repository-path.ts';
import { useApp } from '../app/app-context.ts';
import { hrefOf } from '../app/router.ts';
import { useDoing } from '../data/use-doing.ts';
import { Tick } from '../delivery/part.tsx';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Problem } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { useWorktreeName } from './use-overlaps.ts';

interface Step {
  id: string;
  state: 'clean' | 'conflicts' | 'nothing';
  conflicts: readonly string[];
  reason: string | null;
}

const stateWords = { clean: 'merges cleanly', conflicts: 'conflicts', nothing: 'nothing to merge' } as const;
const stateLooks = { clean: 'text-done', conflicts: 'text-late', nothing: 'text-ink-3' } as const;
const stateMarks = { clean: '✓', conflicts: '✕', nothing: '–' } as const;

/** Which to merge first, and why; another order can be tried as a whole before anything moves. */
export function MergeOrder({ radar }: { radar: Radar }) {
  const { connection } = useApp();
  const nameOf = useWorktreeName();
  const [own, setOwn] = useState<readonly string[] | null>(null);
  const [includeUncommitted, setIncludeUncommitted] = useState(true);
  const [tried, setTried] = useState<{ order: string; steps: ReadonlyMap<string, Step> } | null>(null);
  const doing = useDoing();
  const suggested = new Map<string, Step>(
    radar.order.map(({ worktreeId, reason, state, conflicts }) => [
      worktreeId,
      { id: worktreeId, reason, state, conflicts },
    ]),
  );
  const known = [...suggested.keys()];
  // One that came or went since is put where the radar has it.
  const order = own ? [...own.filter((id) => suggested.has(id)), ...known.filter((id) => !own.includes(id))] : known;
  const key = `${order.join(' ')} ${includeUncommitted}`;
  const isOwn = own !== null && order.join(' ') !== known.join(' ');
  const steps = tried?.order === key ? tried.steps : isOwn ? null : suggested;
  const move = (index: number, by: 1 | -1): void => {
    const next = [...order];
    const [moved] = next.splice(index, 1);
    if (moved) next.splice(index + by, 0, moved);
    setOwn(next);
  };
  const dryRun = async (): Promise<void> => {
    const said = await doing.run('try', () =>
      connection.client.delivery.dryRunOrder({
        projectId: radar.projectId,
        ids: order as WorktreeId[],
        includeUncommitted,
      }),
    );
    if (!said) return;
    setTried({
      order: key,
      steps: new Map(
        said.steps.map(({ id, state, conflicts }) => [
          id,
          { id, state, conflicts: conflicts.map(({ path }) => path), reason: suggested.get(id)?.reason ?? null },
        ]),
      ),
    });
  };
  if (order.length === 0) return null;
  const conflicts = steps ? [...steps.values()].filter(({ state }) => state === 'conflicts').length : null;
  return (
    <section aria-label="Merge order" className="overflow-hidden rounded-3 bg-surface ring-1 ring-hair ring-inset">
      <header className="border-b border-hair px-3 py-2">
        <h3 className="font-strong">Merge order into {radar.base}</h3>
        <p className="text-sm text-ink-2">
          {conflicts === null
            ? 'Your own order. Try it: nothing moves.'
            : conflicts === 0
              ? 'All go in without a conflict, one after the other.'
              : `${plural(conflicts, 'step')} of ${order.length} would conflict.`}
        </p>
      </header>
      <ol>
        {order.map((id, index) => {
          const step = steps?.get(id);
          const reason = suggested.get(id)?.reason;
          return (
            <li key={id} className="flex items-start gap-2.5 border-t border-hair-soft px-3 py-2 first:border-t-0">
              <span className="figures w-4 shrink-0 text-right leading-6 text-ink-3">{index + 1}</span>
              <span className="min-w-0 flex-1">
                <span className="flex min-w-0 items-baseline gap-2">
                  <a
                    href={hrefOf({ view: 'review', id, query: '' })}
                    className="min-w-0 truncate leading-6 font-medium hover:underline"
                  >
                    {nameOf(id)}
                  </a>
                  {step && (
                    <span className={cx('shrink-0 text-sm', stateLooks[step.state])}>
                      <span aria-hidden>{stateMarks[step.state]}</span> {stateWords[step.state]}
                    </span>
                  )}
                </span>
                {!isOwn && reason && <span className="block text-sm text-ink-2">{reason}</span>}
                {step && step.conflicts.length > 0 && (
                  <span className="block text-sm text-ink-2">
                    <code className="wrap-anywhere">{step.conflicts.slice(0, 3).map(readablePath).join(', ')}</code>
                    {step.conflicts.length > 3 && ` and ${plural(step.conflicts.length - 3, 'more file')}`}
                  </span>
                )}
              </span>
              <span className="flex shrink-0">
                <Button
                  look="ghost"
                  size="sm"
                  icon={ArrowUp}
                  aria-label={`Merge ${nameOf(id)} earlier`}
                  disabled={index === 0}
                  className="max-phone:size-11"
                  onClick={() => move(index, -1)}
                />
                <Button
                  look="ghost"
                  size="sm"
                  icon={ArrowDown}
                  aria-label={`Merge ${nameOf(id)} later`}
                  disabled={index === order.length - 1}
                  className="max-phone:size-11"
                  onClick={() => move(index, 1)}
                />
              </span>
            </li>
          );
        })}
      </ol>
      <footer className="grid gap-2 border-t border-hair px-3 py-2">
        <Tick checked={includeUncommitted} onChange={setIncludeUncommitted}>
          With what is not committed yet
        </Tick>
        {doing.error && <Problem>{doing.error}</Problem>}
        <div className="flex gap-1.5">
          <Button
            icon={FlaskConical}
            disabled={doing.busy !== null}
            className="max-phone:h-11"
            onClick={() => void dryRun()}
          >
            {doing.busy ? 'Trying…' : 'Dry run of this order'}
          </Button>
          {isOwn && (
            <Button look="ghost" icon={RotateCcw} className="max-phone:h-11" onClick={() => setOwn(null)}>
              As suggested
            </Button>
          )}
        </div>
      </footer>
    </section>
  );
}
