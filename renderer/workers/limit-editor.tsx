import { useState } from 'react';
import type { Limits } from '../../shared/limits.ts';
import type { Worker } from '../../shared/workers.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';
import { LimitFields } from './limit-fields.tsx';
import { draftOf, limitsOf } from './limit-words.ts';

/** Limits edited in place, saved together. */
export function LimitEditor({
  limits,
  onSave,
  onClose,
  note,
  what,
}: {
  limits: Limits;
  /** Keeps them; what it throws is shown here. */
  onSave: (limits: Limits) => Promise<void>;
  onClose: () => void;
  note?: string;
  what?: string;
}) {
  const [draft, setDraft] = useState(() => draftOf(limits));
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const parsed = limitsOf(draft);
  const save = async (): Promise<void> => {
    if ('problem' in parsed) return;
    setBusy(true);
    try {
      await onSave(parsed.limits);
      onClose();
    } catch (problem) {
      setError(errorText(problem));
      setBusy(false);
    }
  };
  return (
    <form
      className="grid gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onClose();
      }}
    >
      <LimitFields draft={draft} onChange={setDraft} what={what} />
      {error && <Problem>{error}</Problem>}
      <div className="flex flex-wrap items-center gap-2">
        <Button
          type="submit"
          size="sm"
          look="primary"
          disabled={busy || 'problem' in parsed}
          className="max-phone:h-11"
        >
          {busy ? 'Saving…' : 'Save limits'}
        </Button>
        <Button size="sm" look="ghost" onClick={onClose} className="max-phone:h-11">
          Cancel
        </Button>
        {note && <span className="text-sm text-ink-3">{note}</span>}
      </div>
    </form>
  );
}

/** The limits of a worker, edited in place; one that waits at its limit goes on when it is raised. */
export function WorkerLimitEditor({ worker, onClose }: { worker: Worker; onClose: () => void }) {
  const { connection } = useApp();
  return (
    <LimitEditor
      limits={worker.limits}
      what={`limit of ${worker.name}`}
      onClose={onClose}
      note={worker.waitingFor === 'limit' ? 'It goes on as soon as there is something left.' : undefined}
      onSave={async (limits) => {
        const before = worker.limits;
        await connection.client.workers.update({ id: worker.id, limits });
        tell(`The limits of ${worker.name} are changed.`, {
          action: {
            label: 'Undo',
            run: () =>
              void connection.client.workers
                .update({ id: worker.id, limits: before })
                .catch((problem: unknown) => tell(errorText(problem), { tone: 'error' })),
          },
        });
      }}
    />
  );
}
