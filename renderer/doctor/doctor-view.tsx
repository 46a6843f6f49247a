import { RotateCw } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import type { DoctorCheck } from '../../shared/health.ts';
import { useApp } from '../app/app-context.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { CheckMark } from '../ui/check-mark.tsx';
import { cx } from '../ui/cx.ts';
import { Problem } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';

const order: Record<DoctorCheck['state'], number> = { error: 0, warning: 1, ok: 2, 'not-installed': 3 };

/** What Control Room needs and whether it is there; what is wrong comes first, with its fix. */
export function DoctorView() {
  const { connection } = useApp();
  const epoch = useStore((state) => state.epoch);
  const [report, setReport] = useState<{ checks: DoctorCheck[]; ranAt: number } | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const run = useCallback(
    async (signal?: AbortSignal): Promise<void> => {
      setBusy(true);
      try {
        setReport(await connection.client.health.doctor(undefined, { signal }));
        setError(null);
      } catch (problem) {
        if (!signal?.aborted) setError(errorText(problem));
      } finally {
        if (!signal?.aborted) setBusy(false);
      }
    },
    [connection],
  );
  useEffect(() => {
    if (epoch === 0) return;
    const ended = new AbortController();
    void run(ended.signal);
    return () => ended.abort();
  }, [run, epoch]);
  const checks = [...(report?.checks ?? [])].sort((a, b) => order[a.state] - order[b.state]);
  const wrong = checks.filter((check) => check.state === 'error' || check.state === 'warning').length;
  return (
    <main className="flex min-h-0 min-w-0 flex-col">
      <div className="flex h-(--viewbar-h) shrink-0 items-center gap-3 border-b border-hair px-4 max-phone:hidden">
        <h1 className="text-md font-strong tracking-[-.01em]">Doctor</h1>
        {report && (
          <span className="text-sm text-ink-3">
            looked <Since at={report.ranAt} after="ago" />
          </span>
        )}
        <Button size="sm" icon={RotateCw} className="ml-auto" disabled={busy} onClick={() => void run()}>
          {busy ? 'Looking…' : 'Look again'}
        </Button>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto p-4">
        <div className="grid max-w-[760px] gap-3">
          {error && (
            <Problem
              action={
                <Button size="sm" onClick={() => void run()}>
                  Try again
                </Button>
              }
            >
              {error}
            </Problem>
          )}
          {report && (
            <p className="text-ink-2">
              {wrong === 0
                ? 'All well. Everything workers need is here.'
                : `${plural(wrong, 'thing')} to look at; the rest is well.`}
            </p>
          )}
          {checks.length > 0 && (
            <ul className="overflow-hidden rounded-3 bg-surface ring-1 ring-inset ring-hair">
              {checks.map((check) => (
                <li key={check.id} className="flex gap-3 border-t border-hair-soft px-4 py-2.5 first:border-t-0">
                  <CheckMark state={check.state} />
                  <div className="min-w-0 flex-1">
                    <h2 className={cx('font-medium', check.state === 'ok' && 'text-ink')}>{check.title}</h2>
                    <p className="text-sm text-ink-2 wrap-anywhere">{check.detail}</p>
                    {check.fix && (
                      <p className="mt-1 rounded-2 bg-active px-2 py-1 text-sm wrap-anywhere">{check.fix}</p>
                    )}
                  </div>
                </li>
              ))}
            </ul>
          )}
        </div>
      </div>
    </main>
  );
}
