import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { AnswerForm } from './answer-form.tsx';

/** A box for what to tell the worker with a denial, and whether its turn ends with it. */
export function DenyForm({
  onDeny,
  onCancel,
  plan = false,
  question = false,
  touch = false,
  verb = 'Deny',
}: {
  onDeny: (message: string, interrupt: boolean) => void;
  onCancel: () => void;
  plan?: boolean;
  question?: boolean;
  touch?: boolean;
  verb?: string;
}) {
  const [message, setMessage] = useState('');
  const [interrupt, setInterrupt] = useState(false);
  const send = (): void => onDeny(message.trim(), interrupt);
  return (
    <AnswerForm className="grid gap-2" onSend={send} onCancel={onCancel}>
      <textarea
        // The person asked for this box: it is where the next key belongs.
        // biome-ignore lint/a11y/noAutofocus: see above
        autoFocus
        aria-label={plan ? 'What should change' : 'What the worker is told'}
        placeholder={
          plan
            ? 'What should change in the plan…'
            : question
              ? 'Say something else than the options…'
              : 'Say why and what to do instead. The worker reads it.'
        }
        value={message}
        rows={2}
        onChange={(event) => setMessage(event.target.value)}
        className="field-sizing-content max-h-40 min-h-14 w-full resize-none rounded-3 bg-well px-3 py-2 ring-1 ring-inset ring-hair-control/70 focus-visible:ring-focus max-phone:text-[16px]"
      />
      <div className="flex flex-wrap items-center gap-2">
        <Button
          type="submit"
          look="primary"
          size={touch ? 'touch' : 'lg'}
          keys="mod+Enter"
          className={touch ? 'flex-1' : undefined}
        >
          {plan ? 'Ask for changes' : question ? 'Say this' : `${verb} and say this`}
        </Button>
        <Button look="ghost" size={touch ? 'touch' : 'lg'} keys="Escape" onClick={onCancel}>
          Back
        </Button>
        {!plan && (
          <label className="flex min-h-8 items-center gap-2 text-sm text-ink-2 max-phone:min-h-12 max-phone:w-full">
            <input
              type="checkbox"
              checked={interrupt}
              onChange={(event) => setInterrupt(event.target.checked)}
              className="size-3.5 accent-(--accent) max-phone:size-5"
            />
            End its turn too
          </label>
        )}
      </div>
    </AnswerForm>
  );
}
