import { Play, Square } from 'lucide-react';
import { useRef, useState } from 'react';
import type { TrialStep } from '../../shared/doctor.ts';
import { useApp } from '../app/app-context.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Panel } from '../settings/panel.tsx';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';
import { StateMark } from '../ui/state-mark.tsx';

/** Starts a worker of each kind for one word, if one wants to: only so it is known that both work. */
export function TryWorkers() {
  const { connection } = useApp();
  const admin = useStore((state) => state.access === 'admin');
  const [steps, setSteps] = useState<Partial<Record<TrialStep['kind'], TrialStep>>>({});
  const [error, setError] = useState<string | null>(null);
  const running = useRef<AbortController | null>(null);
  const [busy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    const ended = new AbortController();
    running.current = ended;
    setBusy(true);
    setSteps({});
    setError(null);
    try {
      for await (const step of await connection.client.doctor.tryWorkers(undefined, { signal: ended.signal }))
        setSteps((before) => ({ ...before, [step.kind]: step }));
    } catch (problem) {
      if (!ended.signal.aborted) setError(errorText(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Panel
      title="Try workers"
      about="Starts one worker of each kind with one short prompt, and removes both. It asks the model, and costs about a cent."
      end={
        busy ? (
          <Button size="sm" icon={Square} className="max-phone:h-11" onClick={() => running.current?.abort()}>
            Stop
          </Button>
        ) : (
          <Button size="sm" icon={Play} className="max-phone:h-11" disabled={!admin} onClick={() => void run()}>
            Try it
          </Button>
        )
      }
    >
      {error && <Problem className="m-3">{error}</Problem>}
      {Object.values(steps).map((step) => (
        <p key={step.kind} className="flex items-center gap-2 border-t border-hair-soft px-4 py-2 first:border-t-0">
          <StateMark mark={step.state === 'ok' ? 'done' : step.state === 'failed' ? 'failed' : 'working'} />
          <span className="font-medium">{step.kind}</span>
          <span className="min-w-0 text-sm text-ink-2 wrap-anywhere">{step.words}</span>
        </p>
      ))}
    </Panel>
  );
}
