import { useId, useState } from 'react';
import type { LimitName } from '../../shared/limit-use.ts';
import type { Limits } from '../../shared/limits.ts';
import type { Worker } from '../../shared/workers.ts';
import { useApp } from '../app/app-context.ts';
import { useProject } from '../app/use-rows.ts';
import { useNow } from '../data/clock.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';
import { duration, money, tokens } from '../ui/format.ts';
import { Meter } from '../ui/instruments.tsx';
import { type LimitSource, limitsOf } from './limit-sources.ts';

const names: Record<LimitName, { word: string; unit: string; scale: number; show: (value: number) => string }> = {
  costUsd: { word: 'Cost', unit: '$', scale: 1, show: money },
  tokens: { word: 'Tokens', unit: 'tokens', scale: 1, show: tokens },
  timeoutSeconds: {
    word: 'Time at work',
    unit: 'minutes',
    scale: 60,
    show: (seconds) => duration(seconds * 1000),
  },
};

/** Limits that are used less than this are no reason to stop. */
const shownFrom = 0.75;

/** The limits that hold a worker up or soon will, most used first; all of them when none is near. */
export function useNearLimits(worker: Worker): LimitSource[] {
  const project = useProject(worker.projectId);
  const spending = useStore((state) => state.rows.spending);
  const settings = useStore((state) => state.rows.settings?.values ?? null);
  const all = limitsOf(worker, { project, spending, settings }, useNow(15_000));
  const near = all.filter(({ use }) => use.part >= shownFrom);
  return near.length > 0 ? near : all;
}

/** How much of its limits a worker, its project and the day have used. */
export function LimitMeters({ sources }: { sources: readonly LimitSource[] }) {
  return (
    <dl className="overflow-hidden rounded-3 bg-surface text-sm ring-1 ring-inset ring-hair">
      {sources.map(({ of, label, use }) => (
        <div
          key={of + use.name}
          className="grid min-h-9 grid-cols-[minmax(0,1fr)_72px_auto] items-center gap-3 border-t border-hair-soft px-3 py-1.5 first:border-t-0"
        >
          <dt>
            {label} <span className="text-ink-3">{names[use.name].word.toLowerCase()}</span>
          </dt>
          <dd>
            <Meter percent={use.part * 100} label={`${label}, ${names[use.name].word}`} />
          </dd>
          <dd className="figures text-right whitespace-nowrap">
            {names[use.name].show(use.used)} <span className="text-ink-3">of {names[use.name].show(use.limit)}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Raises the limits that hold a worker up, half as high again unless told otherwise, and lets it go on. */
export function RaiseLimitForm({
  worker,
  onDone,
  touch = false,
}: {
  worker: Worker;
  onDone: () => void;
  touch?: boolean;
}) {
  const { connection, actions } = useApp();
  const sources = useNearLimits(worker);
  const id = useId();
  const [values, setValues] = useState<Record<string, string>>({});
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const keyOf = ({ of, use }: LimitSource): string => of + use.name;
  const typedFor = (source: LimitSource): string =>
    values[keyOf(source)] ?? String(suggested(source.use.limit / names[source.use.name].scale, source.use.name));
  const invalid = sources.find((source) => !(Number(typedFor(source)) > 0));

  async function save(): Promise<void> {
    setBusy(true);
    setError(null);
    const { client } = connection;
    try {
      for (const of of ['worker', 'project', 'day'] as const) {
        const own = sources.filter((source) => source.of === of);
        const [first] = own;
        if (!first) continue;
        const limits: Limits = { ...first.limits };
        for (const source of own) {
          const value = Number(typedFor(source)) * names[source.use.name].scale;
          limits[source.use.name] = source.use.name === 'costUsd' ? value : Math.round(value);
        }
        if (of === 'worker') await client.workers.update({ id: worker.id, limits });
        else if (of === 'project') await client.projects.update({ id: worker.projectId, limits, resetSpent: false });
        else await client.settings.update({ dayLimits: limits });
      }
      if (worker.state === 'ended') await actions.resume(worker);
      onDone();
    } catch (problem) {
      setError(errorText(problem));
      setBusy(false);
    }
  }

  return (
    <form
      aria-label="Raise the limit"
      className="grid gap-2.5"
      onSubmit={(event) => {
        event.preventDefault();
        if (!invalid && !busy) void save();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          onDone();
        }
      }}
    >
      {sources.length === 0 && (
        <p className="text-ink-2">No limit is set any more: the worker can go on. Resume it or write to it.</p>
      )}
      {sources.map((source, index) => (
        <div key={keyOf(source)} className="flex flex-wrap items-center gap-2 text-sm">
          <label htmlFor={id + keyOf(source)} className="w-52 text-ink-2 max-phone:w-full">
            {source.label}, {names[source.use.name].word.toLowerCase()}
          </label>
          <input
            id={id + keyOf(source)}
            // biome-ignore lint/a11y/noAutofocus: the person asked to raise it: it is where the next key belongs
            autoFocus={index === 0}
            type="number"
            min="0"
            step="any"
            value={typedFor(source)}
            onChange={(event) => {
              const { value } = event.target;
              setValues((all) => ({ ...all, [keyOf(source)]: value }));
            }}
            className="h-8 w-32 rounded-3 bg-well px-2 ring-1 ring-inset ring-hair-control/70 focus-visible:ring-focus max-phone:h-12 max-phone:text-[16px]"
          />
          <span className="text-ink-3">
            {names[source.use.name].unit}, used {names[source.use.name].show(source.use.used)}
          </span>
        </div>
      ))}
      {error && <Problem>{error}</Problem>}
      <div className="flex flex-wrap gap-2">
        <Button
          type="submit"
          look="primary"
          size={touch ? 'touch' : 'lg'}
          disabled={busy || invalid !== undefined}
          keys="Enter"
          className={touch ? 'flex-1' : undefined}
        >
          {worker.state === 'ended' ? 'Raise and resume' : 'Raise'}
        </Button>
        <Button look="ghost" size={touch ? 'touch' : 'lg'} keys="Escape" onClick={onDone}>
          Back
        </Button>
      </div>
    </form>
  );
}

/** Half as high again, in figures a person would choose. */
function suggested(limit: number, name: LimitName): number {
  const raised = limit * 1.5;
  return name === 'costUsd' ? Math.ceil(raised * 2) / 2 : Math.ceil(raised);
}
