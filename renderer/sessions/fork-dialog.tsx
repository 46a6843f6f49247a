import { GitFork } from 'lucide-react';
import { useId, useState } from 'react';
import type { Session, SessionRecord } from '../../shared/sessions.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Segments } from '../ui/fields.tsx';
import { useSessionActions } from './session-actions.ts';

/** Asks how a fork from one prompt of a session begins: with that prompt put differently, or after its answer. */
export function ForkDialog({
  session,
  record,
  onClose,
}: {
  session: Session;
  record: SessionRecord;
  onClose: () => void;
}) {
  const actions = useSessionActions();
  // Nothing was said before the first prompt: a new worker is the way to put that one differently.
  const isFirst = record.index === 1;
  const [from, setFrom] = useState<'before' | 'after'>(isFirst ? 'after' : 'before');
  const [instead, setInstead] = useState(record.text);
  const [next, setNext] = useState('');
  const field = useId();
  const [doing, setDoing] = useState(false);
  const prompt = from === 'before' ? instead : next;
  const run = async (): Promise<void> => {
    setDoing(true);
    const done = await actions.resume(session, true, {
      upTo: record.index,
      answered: from === 'after',
      ...(prompt.trim() ? { prompt } : {}),
    });
    setDoing(false);
    if (done) onClose();
  };
  return (
    <Dialog
      open
      guarded
      onClose={onClose}
      title="Fork from here"
      description="A new worker in a worktree of its own knows the conversation up to this place. This session stays as it is."
      width={560}
    >
      <form
        className="grid min-h-0 gap-3 overflow-y-auto p-5 pt-2"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <Segments
          label="Where the fork begins"
          value={from}
          onChange={setFrom}
          options={[
            ...(isFirst ? [] : [{ value: 'before' as const, label: 'Before this prompt' }]),
            { value: 'after' as const, label: 'After its answer' },
          ]}
        />
        <div className="grid gap-1.5">
          <label htmlFor={field} className="text-sm text-ink-2">
            {from === 'before' ? 'Said in place of this prompt' : 'Said next; without it the worker waits'}
          </label>
          <textarea
            autoFocus
            id={field}
            rows={6}
            value={prompt}
            onChange={(event) => (from === 'before' ? setInstead : setNext)(event.target.value)}
            className="field-sizing-content max-h-[40vh] min-h-32 w-full resize-y rounded-3 bg-well px-3 py-2 leading-[1.55] ring-1 ring-inset ring-hair-control/70 focus-visible:ring-focus max-phone:text-[16px]"
          />
        </div>
        <span className="flex justify-end gap-2">
          <Button look="ghost" className="max-phone:h-11" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="primary" icon={GitFork} disabled={doing} className="max-phone:h-11">
            {doing ? 'Forking…' : 'Fork'}
          </Button>
        </span>
      </form>
    </Dialog>
  );
}
