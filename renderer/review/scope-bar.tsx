import { Columns2, Rows2, WrapText } from 'lucide-react';
import type { Checkpoint } from '../../shared/checkpoints.ts';
import type { CheckpointId } from '../../shared/ids.ts';
import type { Comparison, ReviewCommit } from '../../shared/review.ts';
import { useMedia } from '../app/use-media.ts';
import { Timeline } from '../checkpoints/timeline.tsx';
import { setPreferences, usePreferences } from '../data/preferences.ts';
import { Button } from '../ui/button.tsx';
import { Segments, SelectField } from '../ui/fields.tsx';
import { clockTime, plural } from '../ui/format.ts';
import { scopeNames, scopeOrder } from './review-place.ts';

/** Chooses what is compared with what. */
export function ScopeChoice({
  comparison,
  narrow,
  onScope,
}: {
  comparison: Comparison;
  /** There is no room to show all of them. */
  narrow: boolean;
  onScope: (scope: Comparison['scope']) => void;
}) {
  if (narrow) {
    return (
      <SelectField
        aria-label="Compare"
        value={comparison.scope}
        onChange={(event) => onScope(event.target.value as Comparison['scope'])}
      >
        {scopeOrder.map((scope) => (
          <option key={scope} value={scope}>
            {scopeNames[scope]}
          </option>
        ))}
      </SelectField>
    );
  }
  return (
    <Segments
      label="Compare"
      value={comparison.scope}
      onChange={onScope}
      options={scopeOrder.map((scope) => ({ value: scope, label: scopeNames[scope] }))}
    />
  );
}

/** Side by side or in one column, long lines wrapped or not. */
export function LookChoice() {
  const split = usePreferences((state) => state.reviewSplit);
  const wrap = usePreferences((state) => state.reviewWrap);
  const phone = useMedia('(max-width: 639.98px)');
  if (phone) return null;
  return (
    <>
      {!split && (
        <Button
          look="ghost"
          size="sm"
          icon={WrapText}
          aria-label={wrap ? 'Let long lines run to the right' : 'Wrap long lines'}
          aria-pressed={wrap}
          className={wrap ? 'bg-active' : undefined}
          onClick={() => setPreferences({ reviewWrap: !wrap })}
        />
      )}
      <Segments
        small
        label="Look"
        value={split ? 'split' : 'unified'}
        onChange={(value) => setPreferences({ reviewSplit: value === 'split' })}
        options={[
          {
            value: 'split',
            label: (
              <>
                <Columns2 size={13} aria-hidden /> Split
              </>
            ),
          },
          {
            value: 'unified',
            label: (
              <>
                <Rows2 size={13} aria-hidden /> Unified
              </>
            ),
          },
        ]}
      />
    </>
  );
}

/** Chooses the commit, or the turns, of a comparison that needs one. */
export function ScopeDetail({
  comparison,
  commits,
  checkpoints,
  onComparison,
}: {
  comparison: Comparison;
  commits: readonly ReviewCommit[] | null;
  checkpoints: readonly Checkpoint[] | null;
  onComparison: (comparison: Comparison) => void;
}) {
  if (comparison.scope === 'commit') {
    if (!commits) return null;
    const at = commits.find(({ id }) => id === comparison.commit);
    return (
      <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-2.5 border-b border-hair px-4 py-1.5 text-sm">
        {commits.length === 0 ? (
          <p className="text-ink-2">The branch has no commit of its own yet.</p>
        ) : (
          <>
            <SelectField
              aria-label="Commit"
              value={comparison.commit ?? ''}
              onChange={(event) => onComparison({ scope: 'commit', commit: event.target.value })}
              className="max-w-[min(560px,100%)]"
            >
              {commits.map((commit) => (
                <option key={commit.id} value={commit.id}>
                  {commit.id.slice(0, 8)} {commit.subject}
                </option>
              ))}
            </SelectField>
            {at && (
              <span className="text-ink-3">
                {at.author}, {clockTime(at.at)}, {plural(at.files, 'file')}, {at.pushed ? 'pushed' : 'not pushed'}
              </span>
            )}
          </>
        )}
      </div>
    );
  }
  if (comparison.scope === 'checkpoint' && checkpoints) {
    return checkpoints.length === 0 ? (
      <p className="border-b border-hair px-4 py-2.5 text-sm text-ink-2">
        No checkpoint yet. One is made at the end of every turn.
      </p>
    ) : (
      <Timeline
        items={checkpoints}
        from={comparison.from ?? null}
        to={comparison.to ?? null}
        onChoose={(checkpoint, extend) =>
          onComparison(turnComparison(checkpoints, checkpoint, extend ? comparison : null))
        }
      />
    );
  }
  return null;
}

/** What came with a checkpoint (null: what came after the last one); `before` is a choice that is made longer up to it. */
export function turnComparison(
  checkpoints: readonly Checkpoint[],
  checkpoint: Checkpoint | null,
  before: Comparison | null,
): Comparison {
  const index = checkpoint ? checkpoints.indexOf(checkpoint) : checkpoints.length;
  const place = (id: string | undefined, otherwise: number): number => {
    const found = checkpoints.findIndex((one) => one.id === id);
    return found < 0 ? otherwise : found;
  };
  let first = index;
  let last = index;
  if (before?.from) {
    const from = place(before.from, -1) + 1;
    const to = place(before.to, checkpoints.length);
    first = Math.min(from, index);
    last = Math.max(index, index < from ? to : index);
  }
  const to = checkpoints[last]?.id;
  const from: CheckpointId | 'base' = checkpoints[Math.max(0, first - 1)]?.id ?? 'base';
  // The first one has none before it: what it began with is what the branch began with.
  return { scope: 'checkpoint', from: first === 0 ? 'base' : from, ...(to ? { to } : {}) };
}

/** The comparison of a scope as it is when it is chosen: the newest commit, the newest turn that changed something. */
export function comparisonOf(
  scope: Comparison['scope'],
  commits: readonly ReviewCommit[] | null,
  checkpoints: readonly Checkpoint[] | null,
): Comparison {
  if (scope === 'commit') return { scope, commit: commits?.[0]?.id };
  if (scope === 'checkpoint') {
    const turns = checkpoints?.filter(({ kind }) => kind === 'turn');
    const newest = turns?.findLast(({ changes }) => changes.files > 0) ?? turns?.at(-1) ?? checkpoints?.at(-1);
    return newest && checkpoints ? turnComparison(checkpoints, newest, null) : { scope };
  }
  return { scope };
}

/** The next or previous commit or turn; null where there is none. */
export function stepComparison(
  comparison: Comparison,
  by: 1 | -1,
  commits: readonly ReviewCommit[] | null,
  checkpoints: readonly Checkpoint[] | null,
): Comparison | null {
  if (comparison.scope === 'commit' && commits) {
    // Newest first: the next one is the one before it.
    const next = commits[commits.findIndex(({ id }) => id === comparison.commit) - by];
    return next ? { scope: 'commit', commit: next.id } : null;
  }
  if (comparison.scope === 'checkpoint' && checkpoints) {
    const at = comparison.to ? checkpoints.findIndex(({ id }) => id === comparison.to) : checkpoints.length;
    const next = at + by;
    if (next < 0 || next > checkpoints.length) return null;
    return turnComparison(checkpoints, checkpoints[next] ?? null, null);
  }
  return null;
}
