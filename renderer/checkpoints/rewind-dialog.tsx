import { useState } from 'react';
import type { Checkpoint } from '../../shared/checkpoints.ts';
import type { WorktreeId } from '../../shared/ids.ts';
import { readablePath } from '../../shared/repository-path.ts';
import type { Worker } from '../../shared/workers.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { useAsked } from '../data/use-asked.ts';
import { useDoing } from '../data/use-doing.ts';
import { Tick } from '../delivery/part.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Problem } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { checkpointOption } from './use-checkpoints.ts';

/** Asks what goes back to a checkpoint, and says what becomes of the rest. */
export function RewindDialog({
  id,
  checkpoint,
  later,
  worker,
  onClose,
  onDone,
}: {
  id: WorktreeId;
  checkpoint: Checkpoint;
  /** How many came after it. */
  later: number;
  worker: Worker;
  onClose: () => void;
  onDone: () => void;
}) {
  const { connection } = useApp();
  const { client } = connection;
  const [branch, setBranch] = useState(false);
  const [conversation, setConversation] = useState(false);
  const doing = useDoing();
  const { value: changed } = useAsked(`${id} ${checkpoint.id}`, '', (ask, signal) =>
    ask.review.files({ id, scope: 'checkpoint', from: checkpoint.id }, { signal }),
  );
  const mayTalk = checkpoint.kind === 'turn' && checkpoint.sessionId !== null;
  const rewind = async (): Promise<void> => {
    const done = await doing.run('rewind', () =>
      client.checkpoints.rewind({ id, checkpointId: checkpoint.id, branch, conversation }),
    );
    if (!done) return;
    onClose();
    onDone();
    tell(`${plural(done.files, 'file')} went back to ${checkpointOption(checkpoint)}.`, {
      action: {
        label: 'Undo',
        run: () =>
          void client.checkpoints
            .rewind({ id, checkpointId: done.undo, branch })
            .then(onDone, (error: unknown) => tell(errorText(error), { tone: 'error' })),
      },
    });
  };
  const working = worker.state === 'working' || worker.state === 'waiting';
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Rewind to ${checkpointOption(checkpoint)}`}
      description={`All files become what they were then. What they are now is kept as a checkpoint first${later > 0 ? `, and the ${later === 1 ? 'later one stays' : `${later} later ones stay`}` : ''}: nothing is lost.`}
      width={480}
    >
      <form
        className="grid gap-2 px-5 pt-3 pb-4"
        onSubmit={(event) => {
          event.preventDefault();
          void rewind();
        }}
      >
        {changed && (
          <p className="rounded-3 bg-well px-3 py-2 text-sm text-ink-2 ring-1 ring-hair ring-inset">
            {changed.files.length === 0 ? (
              'The files are the same already.'
            ) : (
              <>
                {plural(changed.files.length, 'file')} will change:{' '}
                <code className="wrap-anywhere">
                  {changed.files
                    .slice(0, 3)
                    .map(({ path }) => readablePath(path))
                    .join(', ')}
                </code>
                {changed.files.length > 3 && ` and ${changed.files.length - 3} more`}
              </>
            )}
          </p>
        )}
        <Tick checked={branch} onChange={setBranch}>
          The branch goes back to where it stood then. Later commits stay reachable from the checkpoint.
        </Tick>
        {mayTalk && (
          <Tick checked={conversation} onChange={setConversation}>
            The conversation goes back too: {worker.name} goes on as if nothing had been said after that turn.
          </Tick>
        )}
        {working && (
          <p className="text-sm text-needs">{worker.name} is in a turn. Interrupt it, or wait for its end.</p>
        )}
        {doing.error && <Problem>{doing.error}</Problem>}
        <div className="flex justify-end gap-2 pt-1">
          <Button look="ghost" keys="Escape" className="max-phone:h-11" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="primary" disabled={doing.busy !== null || working} className="max-phone:h-11">
            {doing.busy ? 'Rewinding…' : 'Rewind'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
