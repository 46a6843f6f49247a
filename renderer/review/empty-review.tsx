import { GitMerge } from 'lucide-react';
import type { Comparison } from '../../shared/review.ts';
import { Button } from '../ui/button.tsx';
import { Since } from '../ui/instruments.tsx';

/** Said where a comparison finds no difference: what that means, when it was looked, and what comes next. */
export function EmptyReview({
  scope,
  base,
  mergedInto,
  lookedAt,
  onBase,
  onDeliver,
}: {
  scope: Comparison['scope'];
  base: string;
  /** Where its commits went; null: nowhere yet. */
  mergedInto: string | null;
  /** 0: not known. */
  lookedAt: number;
  onBase: () => void;
  onDeliver: () => void;
}) {
  const merged = scope === 'base' && mergedInto !== null;
  const { title, text } = merged
    ? {
        title: `All of it is in ${mergedInto}`,
        text: 'The worktree can be archived now; what is in it stays kept for a while.',
      }
    : wordsOf(scope, base);
  return (
    <div className="grid flex-1 content-start justify-items-start gap-1.5 p-6 text-ink-2">
      <p className="text-md font-strong text-ink">{title}</p>
      <p className="max-w-[60ch]">{text}</p>
      {lookedAt > 0 && (
        <p className="text-sm text-ink-3">
          Looked at <Since at={lookedAt} after="ago" />, and again with each change.
        </p>
      )}
      {merged && (
        <Button className="mt-2 max-phone:h-11" icon={GitMerge} onClick={onDeliver}>
          Archive it
        </Button>
      )}
      {scope !== 'base' && (
        <Button className="mt-2 max-phone:h-11" onClick={onBase}>
          Compare with {base}
        </Button>
      )}
    </div>
  );
}

function wordsOf(scope: Comparison['scope'], base: string): { title: string; text: string } {
  switch (scope) {
    case 'base':
      return { title: `Nothing differs from ${base}`, text: 'What the worker writes appears here by itself.' };
    case 'uncommitted':
      return { title: 'Everything is committed', text: 'What is written from now on appears here by itself.' };
    case 'unstaged':
      return { title: 'Nothing to stage', text: 'All changes are staged or committed.' };
    case 'staged':
      return { title: 'Nothing is staged', text: 'Choose “Unstaged” and press S on what belongs in the next commit.' };
    case 'commit':
      return { title: 'This commit changes no file', text: 'Press { and } for the commits before and after it.' };
    case 'checkpoint':
      return { title: 'Nothing changed in these turns', text: 'Press { and } for the turns before and after.' };
  }
}
