import { TriangleAlert, Undo2 } from 'lucide-react';
import { useState } from 'react';
import type { BackupState } from '../../shared/backups.ts';
import { Button } from '../ui/button.tsx';
import { exactTime, plural } from '../ui/format.ts';
import { RestoreDialog } from './restore-dialog.tsx';

/** What the last restore did, whether asked for or because the database was damaged, and the way back. */
export function LastRestore({ state }: { state: BackupState }) {
  const [undoing, setUndoing] = useState(false);
  const last = state.lastRestore;
  if (state.staged)
    return (
      <p className="rounded-3 bg-needs-bg px-4 py-3 ring-1 ring-inset ring-needs-line">
        <code className="wrap-anywhere">{state.staged}</code> is restored at the next start of Control Room.
      </p>
    );
  if (!last) return null;
  const damaged = last.why === 'damage';
  const { workers, worktrees, terminals } = last.kept;
  const kept = [
    workers > 0 && plural(workers, 'worker'),
    worktrees > 0 && plural(worktrees, 'worktree'),
    terminals > 0 && plural(terminals, 'shell'),
  ].filter(Boolean);
  return (
    <section
      aria-label="Last restore"
      className={`flex flex-wrap items-start gap-3 rounded-3 px-4 py-3 ring-1 ring-inset ${damaged ? 'bg-failed-bg ring-failed-line' : 'bg-surface ring-hair'}`}
    >
      {damaged && <TriangleAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-failed" />}
      <div className="min-w-0 flex-1 basis-64">
        <p className="font-medium">
          {damaged
            ? last.backup_filename
              ? 'The database was damaged: the newest backup took its place'
              : 'The database was damaged and there was no backup: it began anew'
            : 'A backup was restored'}
        </p>
        <p className="text-sm text-ink-2">
          {exactTime(last.at)}, {damaged ? 'at the start' : `by ${last.by}`}.{' '}
          {last.backup_filename && <code className="wrap-anywhere">{last.backup_filename}</code>}
          {kept.length > 0 && ` What was there and is not in it was kept: ${kept.join(', ')}.`}
          {last.problem && ` ${last.problem}`}
        </p>
        {last.setAside && (
          <p className="text-sm text-ink-2">
            The damaged files lie in <code className="wrap-anywhere">{last.setAside}</code>.
          </p>
        )}
      </div>
      {last.safety_backup && state.items.some((item) => item.backup_filename === last.safety_backup) && (
        <Button size="sm" icon={Undo2} className="max-phone:h-11" onClick={() => setUndoing(true)}>
          Undo
        </Button>
      )}
      {undoing && <RestoreDialog undo backup={null} onClose={() => setUndoing(false)} />}
    </section>
  );
}
