import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import type { Component } from '../../shared/health.ts';
import { useApp } from '../app/app-context.ts';
import { hrefOf, type Route } from '../app/router.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { CheckMark } from '../ui/check-mark.tsx';
import { cx } from '../ui/cx.ts';
import { exactTime } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';

const order: Record<Component['state'], number> = { error: 0, warning: 1, ok: 2, 'not-installed': 3 };

/** Where something can be done about a component that is not well. */
function remedyOf(id: string): { label: string; to: Route } {
  if (id === 'server') return { label: 'Port', to: { view: 'settings', section: 'port' } };
  if (id === 'ollama') return { label: 'Models', to: { view: 'settings', section: 'models' } };
  if (id === 'database') return { label: 'Data', to: { view: 'settings', section: 'data' } };
  if (id === 'backups') return { label: 'Backups', to: { view: 'settings', section: 'data' } };
  if (id === 'disk') return { label: 'Board', to: { view: 'board' } };
  return { label: 'Doctor', to: { view: 'doctor' } };
}

/** What Control Room needs, how each stands and since when; what is wrong comes first, with what to do. */
export function CheckList() {
  const { connection } = useApp();
  const health = useStore((state) => state.rows.health);
  const [busy, setBusy] = useState(false);
  const [seen, setSeen] = useState<{ since: number; components: readonly Component[] } | null>(null);
  const present = health?.components ?? [];
  // What was just looked at is newer than what was told, until something is told.
  const fresh = seen && seen.since === health?.since ? seen.components : present;
  const components = [...fresh].sort((a, b) => order[a.state] - order[b.state]);
  const well = components.filter(({ state }) => state === 'ok').length;
  const look = async (): Promise<void> => {
    setBusy(true);
    try {
      await connection.client.health.doctor();
      const report = await connection.client.health.report();
      setSeen({ since: useStore.getState().rows.health?.since ?? 0, components: report.components });
    } catch (error) {
      tell(errorText(error), { tone: 'error' });
    } finally {
      setBusy(false);
    }
  };
  return (
    <section aria-label="Checks" className="min-w-0 rounded-3 bg-surface ring-1 ring-inset ring-hair">
      <header className="flex h-10 items-center gap-3 border-b border-hair px-4">
        <h2 className="font-strong">Checks</h2>
        <span className="flex-1 text-right text-sm text-ink-3">
          {well} of {components.length} well
        </span>
        <a href={hrefOf({ view: 'doctor' })} className="rounded-2 text-sm text-accent-text hover:underline">
          Doctor
        </a>
        <Button size="sm" icon={RotateCw} disabled={busy} onClick={() => void look()}>
          {busy ? 'Looking…' : 'Look again'}
        </Button>
      </header>
      <ul>
        {components.map((component) => {
          const { id, title, state, detail, fix, since } = component;
          const wrong = state === 'error' || state === 'warning';
          const remedy = remedyOf(id);
          return (
            <li key={id} className="flex gap-3 border-t border-hair-soft px-4 py-1.5 first:border-t-0">
              <CheckMark state={state} />
              <div className="grid min-w-0 flex-1 grid-cols-[112px_minmax(0,1fr)] gap-x-3">
                <h3 className="truncate leading-5">{title}</h3>
                <p
                  className={cx('min-w-0 text-sm leading-5', wrong ? 'wrap-anywhere text-ink' : 'truncate text-ink-3')}
                  title={`${detail}\nso since ${exactTime(since)}`}
                >
                  {detail}
                </p>
                {wrong && (
                  <p className="col-start-2 text-sm wrap-anywhere text-ink-2">
                    <span className="text-ink-3">
                      <Since at={since} before="for" />
                      {fix && fix !== detail ? ' · ' : ''}
                    </span>
                    {fix !== detail && fix}
                  </p>
                )}
              </div>
              {wrong && (
                <a
                  href={hrefOf(remedy.to)}
                  className="h-6 shrink-0 rounded-3 bg-control px-2 text-sm leading-6 font-medium ring-1 ring-inset ring-hair-strong hover:bg-active max-phone:h-11 max-phone:leading-[44px]"
                >
                  {remedy.label}
                </a>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
