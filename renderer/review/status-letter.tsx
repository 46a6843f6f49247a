import type { ChangedFile } from '../../shared/worktrees.ts';
import { cx } from '../ui/cx.ts';

export const statusLooks: Record<ChangedFile['status'], { letter: string; className: string; name: string }> = {
  added: { letter: 'A', className: 'text-done', name: 'added' },
  untracked: { letter: 'A', className: 'text-done', name: 'new, not in git yet' },
  modified: { letter: 'M', className: 'text-working', name: 'changed' },
  deleted: { letter: 'D', className: 'text-failed', name: 'deleted' },
  renamed: { letter: 'R', className: 'text-accent-text', name: 'renamed' },
  conflicted: { letter: '!', className: 'text-late', name: 'in conflict' },
};

/** What became of a file, as a letter. */
export function StatusLetter({ status }: { status: ChangedFile['status'] }) {
  const { letter, className, name } = statusLooks[status];
  return (
    <span
      role="img"
      aria-label={name}
      title={name}
      className={cx('w-3.5 shrink-0 text-center font-mono text-2xs font-medium', className)}
    >
      {letter}
    </span>
  );
}
