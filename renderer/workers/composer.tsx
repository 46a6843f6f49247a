import { Shield } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { Worker } from '../../shared/workers.ts';
import { usePending } from '../app/actions.ts';
import { useApp } from '../app/app-context.ts';
import { useCommand } from '../app/commands.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { Problem } from '../ui/fields.tsx';
import { modeWords } from './mode-words.ts';

const draftKey = (workerId: string): string => `control-room.draft.${workerId}`;

/** What the composer says about when the words arrive. */
function placeholder(worker: Worker, waits: boolean): string {
  if (worker.state === 'ended') return `Write to ${worker.name}. Sending resumes it.`;
  if (waits) return `Write to ${worker.name}. It is read when the request above is decided.`;
  if (worker.state === 'working') return `Write to ${worker.name}. It is read when its turn allows.`;
  if (worker.state === 'queued' || worker.state === 'preparing' || worker.state === 'starting')
    return `Write to ${worker.name}. It is read after its first prompt.`;
  return `Write to ${worker.name}`;
}

/** Where one writes to a worker. What is typed is kept until it was taken. */
export function Composer({ worker, waits }: { worker: Worker; waits: boolean }) {
  const { connection, actions } = useApp();
  const live = useStore((state) => state.connection.status === 'live');
  const [text, setText] = useState(() => localStorage.getItem(draftKey(worker.id)) ?? '');
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const pending = usePending((state) => state.workers[worker.id]);
  const box = useRef<HTMLTextAreaElement>(null);
  useCommand('message', () => box.current?.focus());

  useEffect(() => {
    setText(localStorage.getItem(draftKey(worker.id)) ?? '');
    setError(null);
  }, [worker.id]);

  const change = (value: string): void => {
    setText(value);
    try {
      if (value) localStorage.setItem(draftKey(worker.id), value);
      else localStorage.removeItem(draftKey(worker.id));
    } catch {
      // The draft is larger than the storage: it lives as long as the page does.
    }
  };

  const send = async (): Promise<void> => {
    const said = text.trim();
    if (!said || sending) return;
    setSending(true);
    setError(null);
    try {
      if (worker.state === 'ended') {
        const resumed = await actions.resume(worker, said);
        if (!resumed) {
          setError(usePending.getState().workers[worker.id]?.error ?? 'It could not be resumed.');
          actions.dismissError(worker.id);
          return;
        }
      } else await connection.client.workers.send({ id: worker.id, text: said });
      change('');
    } catch (problem) {
      setError(errorText(problem));
    } finally {
      setSending(false);
    }
  };

  const ended = worker.state === 'ended';
  return (
    <div>
      {error && (
        <Problem
          className="mb-2"
          action={
            <Button size="sm" onClick={() => void send()}>
              Send again
            </Button>
          }
        >
          {error} What you wrote is kept.
        </Problem>
      )}
      <div className="rounded-[8px] bg-surface pt-2.5 pr-2.5 pb-2 pl-3.5 ring-1 ring-inset ring-hair-strong focus-within:ring-focus">
        <textarea
          ref={box}
          aria-label={`Message to ${worker.name}`}
          placeholder={placeholder(worker, waits)}
          value={text}
          rows={1}
          onChange={(event) => change(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
              event.preventDefault();
              void send();
            }
            if (event.key === 'Escape') event.currentTarget.blur();
          }}
          className="field-sizing-content block max-h-48 min-h-5 w-full resize-none bg-transparent leading-[1.55] outline-none max-phone:text-[16px]"
        />
        <div className="mt-2.5 flex items-center gap-1.5">
          <Chip title={modeWords[worker.permissionMode].means}>
            <Shield size={12} aria-hidden />
            {modeWords[worker.permissionMode].short}
          </Chip>
          {worker.model && <Chip className="max-phone:hidden">{worker.model}</Chip>}
          <span className="ml-auto text-xs text-ink-3">
            {!live
              ? 'not connected'
              : sending
                ? 'sending…'
                : text && worker.state === 'working'
                  ? 'will be queued'
                  : ''}
          </span>
          <Button
            size="sm"
            look={text.trim() ? 'primary' : 'plain'}
            disabled={!text.trim() || sending || !live || pending?.error === null}
            keys="mod+Enter"
            className="max-phone:h-10 max-phone:px-4"
            onClick={() => void send()}
          >
            {ended ? 'Resume' : worker.state === 'working' || waits ? 'Queue' : 'Send'}
          </Button>
        </div>
      </div>
    </div>
  );
}
