import { useState } from 'react';
import type { WorkerId } from '../../shared/ids.ts';
import { useApp } from '../app/app-context.ts';
import { go } from '../app/router.ts';
import { showDialog, tell } from '../app/ui-state.ts';
import { useWorker } from '../app/use-rows.ts';
import { errorText } from '../data/error-text.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Problem, TextField } from '../ui/fields.tsx';

const close = (): void => showDialog(null);

/** Another name for a worker. */
export function RenameDialog({ workerId }: { workerId: string }) {
  const { connection } = useApp();
  const worker = useWorker(workerId);
  const [name, setName] = useState(worker?.name ?? '');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  if (!worker) return null;
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      await connection.client.workers.update({ id: workerId as WorkerId, name: name.trim() });
      close();
    } catch (problem) {
      setError(errorText(problem));
      setBusy(false);
    }
  };
  return (
    <Dialog open onClose={close} title="Rename" width={420} description="The branch keeps its name.">
      <form
        className="grid gap-3 px-5 pt-3 pb-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <TextField
          aria-label="Name"
          value={name}
          maxLength={80}
          invalid={error !== null}
          onChange={(event) => setName(event.target.value)}
          className="h-8"
        />
        {error && <Problem>{error}</Problem>}
        <div className="flex justify-end gap-2">
          <Button look="ghost" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" look="primary" disabled={busy || !name.trim() || name.trim() === worker.name}>
            Rename
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Forgets a worker for good: typed, because nothing brings the conversation back. */
export function RemoveWorkerDialog({ workerId }: { workerId: string }) {
  const { connection } = useApp();
  const worker = useWorker(workerId);
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  if (!worker) return null;
  const remove = async (): Promise<void> => {
    setBusy(true);
    try {
      await connection.client.workers.remove({ id: workerId as WorkerId });
      close();
      go({ view: 'board' });
      tell(`${worker.name} was removed. Its worktree is still there.`);
    } catch (problem) {
      setError(errorText(problem));
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onClose={close}
      title={`Remove ${worker.name}`}
      width={460}
      description="Its conversation and facts are forgotten for good. Its worktree and branch stay."
    >
      <form
        className="grid gap-3 px-5 pt-3 pb-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed === worker.name) void remove();
        }}
      >
        <label className="grid gap-1.5 text-sm">
          <span>
            Type <b className="font-strong">{worker.name}</b> to remove it
          </span>
          <TextField value={typed} onChange={(event) => setTyped(event.target.value)} className="h-8" />
        </label>
        {error && <Problem>{error}</Problem>}
        <div className="flex justify-end gap-2">
          <Button look="ghost" onClick={close}>
            Keep it
          </Button>
          <Button type="submit" look="danger" disabled={busy || typed !== worker.name}>
            {busy ? 'Removing…' : 'Remove for good'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
