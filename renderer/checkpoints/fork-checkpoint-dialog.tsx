import { GitFork } from 'lucide-react';
import { useState } from 'react';
import type { Checkpoint } from '../../shared/checkpoints.ts';
import type { WorktreeId } from '../../shared/ids.ts';
import { useApp } from '../app/app-context.ts';
import { go } from '../app/router.ts';
import { useDoing } from '../data/use-doing.ts';
import { areaLook, Tick } from '../delivery/part.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Problem, TextField } from '../ui/fields.tsx';
import { checkpointOption } from './use-checkpoints.ts';

/** A new worker that begins with the files of a checkpoint. */
export function ForkCheckpointDialog({
  id,
  checkpoint,
  onClose,
}: {
  id: WorktreeId;
  checkpoint: Checkpoint;
  onClose: () => void;
}) {
  const { connection } = useApp();
  const [name, setName] = useState('');
  const [prompt, setPrompt] = useState('');
  const mayTalk = checkpoint.sessionId !== null;
  const [conversation, setConversation] = useState(mayTalk);
  const doing = useDoing();
  const fork = async (): Promise<void> => {
    const worker = await doing.run('fork', () =>
      connection.client.checkpoints.fork({
        id,
        checkpointId: checkpoint.id,
        conversation,
        ...(name.trim() ? { name: name.trim() } : {}),
        ...(prompt.trim() ? { prompt } : {}),
      }),
    );
    if (!worker) return;
    onClose();
    go({ view: 'worker', id: worker.id, tab: null, file: null });
  };
  return (
    <Dialog
      open
      guarded
      onClose={onClose}
      title={`Fork from ${checkpointOption(checkpoint)}`}
      description="A new worker in a worktree of its own begins with these files. This one stays as it is."
      width={520}
    >
      <form
        className="grid min-h-0 gap-2.5 overflow-y-auto px-5 pt-3 pb-4"
        onSubmit={(event) => {
          event.preventDefault();
          void fork();
        }}
      >
        <textarea
          autoFocus
          aria-label="What it is told first"
          placeholder="What it is told first; without it the worker waits"
          rows={4}
          value={prompt}
          onChange={(event) => setPrompt(event.target.value)}
          className={areaLook}
        />
        <TextField
          aria-label="Name"
          placeholder="Name; made from this worker’s when empty"
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        {mayTalk && (
          <Tick checked={conversation} onChange={setConversation}>
            It knows what was said until then
          </Tick>
        )}
        {doing.error && <Problem>{doing.error}</Problem>}
        <div className="flex justify-end gap-2 pt-1">
          <Button look="ghost" className="max-phone:h-11" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="primary" icon={GitFork} disabled={doing.busy !== null} className="max-phone:h-11">
            {doing.busy ? 'Forking…' : 'Fork'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
