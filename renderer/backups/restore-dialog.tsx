import { useState } from 'react';
import type { Backup } from '../../shared/backups.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Problem, TextField } from '../ui/fields.tsx';
import { exactTime } from '../ui/format.ts';

/** Asks before the state is put back: what changes, what stays, and the word that says one means it. */
export function RestoreDialog({
  backup,
  undo = false,
  needsPassphrase = false,
  onClose,
}: {
  backup: Backup | null;
  undo?: boolean;
  needsPassphrase?: boolean;
  onClose: () => void;
}) {
  const { connection } = useApp();
  const [word, setWord] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const wanted = undo ? 'undo' : 'restore';
  const restore = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      const { message } = undo
        ? await connection.client.backups.undoRestore({ confirm: true })
        : await connection.client.backups.restore({
            backup_filename: backup?.backup_filename ?? '',
            confirm: true,
            ...(passphrase ? { passphrase } : {}),
          });
      tell(message);
      onClose();
    } catch (error) {
      setProblem(errorText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      guarded={word !== '' || passphrase !== ''}
      width={520}
      title={undo ? 'Undo the last restore' : 'Restore this backup'}
    >
      <form
        className="grid gap-3 px-5 pt-1 pb-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (word === wanted) void restore();
        }}
      >
        <p className="text-ink-2">
          {undo
            ? 'Everything becomes as it was before the last restore.'
            : `Settings, projects, ended workers and their conversations become as they were on ${exactTime(backup?.createdAt ?? 0)}.`}{' '}
          A copy of the present is made first, so that this can be undone.
        </p>
        <ul className="list-disc pl-5 text-sm text-ink-2">
          <li>Workers, worktrees and shells that are there now go on, whatever the backup knows of them.</li>
          <li>Keys and devices stay as they are, and so does the audit.</li>
          <li>Control Room starts again in its place: the page is away for a moment.</li>
        </ul>
        {needsPassphrase && (
          <label className="grid gap-1 text-sm">
            <span className="text-ink-2">Passphrase it was encrypted with</span>
            <TextField
              type="password"
              value={passphrase}
              onChange={(event) => setPassphrase(event.target.value)}
              placeholder="empty: the one that is kept here"
            />
          </label>
        )}
        <label className="grid gap-1 text-sm">
          <span className="text-ink-2">
            Type <b className="font-strong text-ink">{wanted}</b> to go on
          </span>
          <TextField autoFocus value={word} onChange={(event) => setWord(event.target.value)} />
        </label>
        {problem && <Problem>{problem}</Problem>}
        <div className="flex justify-end gap-2">
          <Button className="max-phone:h-11" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="danger" disabled={busy || word !== wanted} className="max-phone:h-11">
            {busy ? 'Checking it…' : undo ? 'Undo the restore' : 'Restore'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
