import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import { useApp } from '../app/app-context.ts';
import { Panel } from '../settings/panel.tsx';
import { Button } from '../ui/button.tsx';
import { plural } from '../ui/format.ts';
import { useAttempt } from './use-attempt.ts';

type Slow = Awaited<ReturnType<ReturnType<typeof useApp>['connection']['client']['database']['slow']>>;

/** Statements that took longest, on request. */
export function SlowPanel() {
  const { connection } = useApp();
  const { busy, attempt } = useAttempt();
  const [slow, setSlow] = useState<Slow | null>(null);
  const load = (): void => void attempt(async () => setSlow(await connection.client.database.slow()));
  return (
    <Panel
      title="Slow statements"
      about="Those of 2 ms and more since the start; texts without their values."
      end={
        <span className="flex gap-1.5">
          {slow && slow.items.length > 0 && (
            <Button
              size="sm"
              look="ghost"
              disabled={busy}
              className="max-phone:h-11"
              onClick={() => void attempt(async () => setSlow(await connection.client.database.forgetSlow()))}
            >
              Begin anew
            </Button>
          )}
          <Button size="sm" icon={RotateCw} disabled={busy} className="max-phone:h-11" onClick={load}>
            {slow ? 'Again' : 'Show'}
          </Button>
        </span>
      }
    >
      {slow && (
        <p className="figures px-4 py-2 text-sm text-ink-2">
          {slow.items.length === 0
            ? `None of ${plural(slow.statements, 'statement')} was slow.`
            : `${plural(slow.items.length, 'slow one')} among ${plural(slow.statements, 'statement')}.`}
        </p>
      )}
      <ul>
        {slow?.items.slice(0, 20).map(({ sql, count, maxMs, totalMs }) => (
          <li key={sql} className="flex items-baseline gap-3 border-t border-hair-soft px-4 py-1.5 text-sm">
            <span className="figures w-20 shrink-0 text-right font-medium" title={`${totalMs.toFixed(0)} ms in all`}>
              {maxMs.toFixed(1)} ms
            </span>
            <span className="figures w-12 shrink-0 text-ink-3">× {count}</span>
            <code className="min-w-0 flex-1 truncate" title={sql}>
              {sql}
            </code>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
