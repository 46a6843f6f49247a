import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import type { ModelsView } from '../../shared/models.ts';
import { useApp } from '../app/app-context.ts';
import { useNow } from '../data/clock.ts';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { plural } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';

const names = { present: 'present', absent: 'absent', slow: 'slow', failing: 'failing' } as const;
const looks = { present: 'done', absent: 'plain', slow: 'needs', failing: 'failed' } as const;

/** Whether Ollama is there, what is wrong with it, and whether it is being left alone. */
export function OllamaState({ view }: { view: ModelsView }) {
  const { connection } = useApp();
  const [looking, setLooking] = useState(false);
  const now = useNow(1000);
  const { breaker } = view;
  const left = breaker.openUntil === null ? 0 : Math.ceil((breaker.openUntil - now) / 1000);
  return (
    <div className="grid gap-2 px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <Chip look={looks[view.state]}>{names[view.state]}</Chip>
        <span className="min-w-0 wrap-anywhere">
          {view.version ? `Ollama ${view.version}` : 'Ollama'} at <code>{view.url}</code>
        </span>
        <span className="text-sm text-ink-3">
          looked <Since at={view.lookedAt} after="ago" />
        </span>
        <Button
          size="sm"
          icon={RotateCw}
          className="ml-auto max-phone:h-11"
          disabled={looking}
          onClick={() => {
            setLooking(true);
            // What it saw, or why it could not look, comes with the stream of the view.
            void connection.client.models
              .get()
              .catch(() => undefined)
              .finally(() => setLooking(false));
          }}
        >
          {looking ? 'Looking…' : 'Look again'}
        </Button>
      </div>
      {view.problem && (
        <p role="status" className="text-sm text-ink-2 wrap-anywhere">
          {view.problem}
        </p>
      )}
      {breaker.state !== 'closed' && (
        <p role="status" className="rounded-2 bg-needs-bg px-2 py-1 text-sm ring-1 ring-inset ring-needs-line">
          It failed {plural(breaker.failures, 'time')} in a row, so the circuit is{' '}
          {left > 0
            ? `open: nothing is sent to it for ${left} s more`
            : 'half open: the next call tries whether it is well'}
          . Until then sessions are compressed without a model.
        </p>
      )}
    </div>
  );
}
