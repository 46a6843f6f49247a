import { Send } from 'lucide-react';
import { useState } from 'react';
import type { Comment } from '../../shared/review.ts';
import { useCommand } from '../app/commands.ts';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';

/** All comments that wait, and the button that makes one message to the worker of them. */
export function SendBar({
  drafts,
  workerName,
  send,
}: {
  drafts: readonly Comment[];
  workerName: string | null;
  /** Answers what went wrong, or null. */
  send: (note: string) => Promise<string | null>;
}) {
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  const run = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    const problem = await send(note.trim());
    setBusy(false);
    setError(problem);
    if (problem === null) setNote('');
  };
  useCommand('review.send', () => void run(), workerName !== null);
  return (
    <form
      aria-label="Comments for the worker"
      className="shrink-0 border-t border-hair bg-surface px-3 py-2"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <div className="flex flex-wrap items-center gap-2">
        <span className="text-sm font-medium">{plural(drafts.length, 'comment')}</span>
        <input
          type="text"
          aria-label="A note before them"
          placeholder={workerName ? 'A note before them, if you like' : 'No worker works in this worktree any more'}
          value={note}
          disabled={workerName === null}
          onChange={(event) => setNote(event.target.value)}
          className="h-7 min-w-32 flex-1 rounded-3 bg-well px-2.5 ring-1 ring-inset ring-hair-control/70 focus-visible:ring-focus max-phone:h-11 max-phone:text-[16px]"
        />
        <Button
          type="submit"
          look="primary"
          icon={Send}
          command="review.send"
          disabled={busy || workerName === null}
          className="max-phone:h-11"
        >
          {busy ? 'Sending…' : `Send to ${workerName ?? 'the worker'}`}
        </Button>
      </div>
      {error && <Problem className="mt-2">{error}</Problem>}
    </form>
  );
}
