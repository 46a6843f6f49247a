import { Download } from 'lucide-react';
import { useMemo, useState } from 'react';
import { go, hrefOf } from '../app/router.ts';
import { useTotals } from '../app/top-bar.tsx';
import { useNow } from '../data/clock.ts';
import { useStore } from '../data/store.ts';
import { useAsked } from '../data/use-asked.ts';
import { useIndex } from '../sessions/use-index.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Problem, Segments, SelectField } from '../ui/fields.tsx';
import { midnight, money, plural, tokens } from '../ui/format.ts';
import { Meter } from '../ui/instruments.tsx';
import { saveFile } from '../ui/save-file.ts';
import { UsageChart } from './usage-chart.tsx';
import {
  daysUpTo,
  isInSight,
  parseUsage,
  tokensOf,
  type UsageBy,
  type UsagePoint,
  type UsageQuery,
  usageCsv,
  usageText,
} from './usage-rows.ts';

const byNames: Record<UsageBy, string> = { day: 'Day', project: 'Project', worker: 'Worker', model: 'Model' };
const spanNames = { 7: 'last 7 days', 30: 'last 30 days', 90: 'last 90 days', 365: 'last year' } as const;

const axisMoney = (value: number): string => (value >= 10 || value === 0 ? `$${Math.round(value)}` : money(value));

const axisTokens = (value: number): string => tokens(value).replace(/\.0+ /, ' ');

/** Points by what they are asked by, read again when the range changes, or with a new `round`. */
function usePoints(by: UsageBy, from: number, round: number) {
  const { value, error } = useAsked<{ from: number; items: readonly UsagePoint[] }>(
    by,
    `${from} ${round}`,
    async (client, signal) => ({ from, items: (await client.sessions.usage({ by, from }, { signal })).items }),
  );
  return { items: value?.items ?? null, stale: value?.from !== from, error };
}

/** What all sessions of this machine used: by day as bars, and by day, project, worker or model as a table. */
export function UsageView({ query: text }: { query: string }) {
  const query = useMemo(() => parseUsage(text), [text]);
  const change = (part: Partial<UsageQuery>): void =>
    go({ view: 'usage', query: usageText({ ...query, ...part }) }, true);
  const today = midnight(useNow(60_000));
  const days = useMemo(() => daysUpTo(today, Number(query.days)), [today, query.days]);
  const from = days[0]?.at ?? today;
  const { index } = useIndex();
  // Minutes are soon enough for sums over weeks.
  const round = Math.floor(useNow(60_000) / 60_000) + (index?.state === 'up-to-date' ? 1 : 0);
  const byDay = usePoints('day', from, round);
  const table = usePoints(query.by, from, round);
  const dayLimits = useStore((state) => state.rows.settings?.values.dayLimits);
  const limit = (query.measure === 'cost' ? dayLimits?.costUsd : dayLimits?.tokens) ?? null;

  const value = (point: UsagePoint): number => (query.measure === 'cost' ? point.usage.costUsd : tokensOf(point));
  const measure = query.measure;
  const { at, values, sum } = useMemo(() => {
    const of = new Map(
      byDay.items?.map((point) => [point.key, measure === 'cost' ? point.usage.costUsd : tokensOf(point)]),
    );
    const all = days.map(({ key }) => of.get(key) ?? 0);
    return { at: days.map((day) => day.at), values: all, sum: all.reduce((total, one) => total + one, 0) };
  }, [byDay.items, days, measure]);
  const rows = useMemo(() => {
    const items = [...(table.items ?? [])];
    return query.by === 'day'
      ? items.sort((a, b) => b.key.localeCompare(a.key))
      : items.sort((a, b) => b.usage.costUsd - a.usage.costUsd);
  }, [table.items, query.by]);
  const most = Math.max(Number.EPSILON, ...rows.map(value));
  const [pointed, setPointed] = useState<number | null>(null);
  const words = measure === 'cost' ? money : tokens;
  const pointedDay = pointed === null ? undefined : days[pointed];
  const error = byDay.error ?? table.error;
  const empty = table.items?.length === 0;
  const limitShown = limit !== null && isInSight(limit, values);
  return (
    <main className="flex min-h-0 min-w-0 flex-col">
      <header className="flex min-h-(--viewbar-h) shrink-0 flex-wrap items-center gap-x-3 gap-y-2 border-b border-hair px-4 py-1.5">
        <h1 className="text-md font-strong max-phone:sr-only">Usage</h1>
        <SelectField
          aria-label="Range"
          value={query.days}
          onChange={(event) => change({ days: event.target.value as UsageQuery['days'] })}
        >
          {Object.entries(spanNames).map(([count, name]) => (
            <option key={count} value={count}>
              {name}
            </option>
          ))}
        </SelectField>
        <Segments
          label="Measure"
          value={query.measure}
          options={[
            { value: 'cost', label: 'Cost' },
            { value: 'tokens', label: 'Tokens' },
          ]}
          onChange={(next) => change({ measure: next })}
        />
        <Button
          size="md"
          icon={Download}
          disabled={rows.length === 0}
          className="ml-auto max-phone:h-11"
          onClick={() =>
            saveFile(
              `usage-by-${query.by}-${days[0]?.key}-to-${days.at(-1)?.key}.csv`,
              'text/csv',
              usageCsv(query.by, rows),
            )
          }
        >
          Save as CSV
        </Button>
      </header>
      {error && <Problem className="mx-4 mt-3">{error}</Problem>}
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto grid max-w-[1280px] grid-cols-[minmax(0,1fr)_300px] gap-4 p-4 max-wide:grid-cols-1">
          <section
            aria-label={`By day, ${spanNames[query.days]}`}
            className={cx('min-w-0 rounded-3 bg-surface ring-1 ring-inset ring-hair', byDay.stale && 'opacity-60')}
          >
            <div className="figures flex flex-wrap items-baseline gap-x-3 px-4 pt-3">
              <b className="text-xl font-strong tracking-[-.02em]">
                {byDay.items ? words(pointed === null ? sum : (values[pointed] ?? 0)) : '–'}
              </b>
              <span className="text-sm text-ink-3">
                {pointedDay
                  ? new Date(pointedDay.at).toLocaleDateString('en-GB', {
                      weekday: 'long',
                      day: 'numeric',
                      month: 'long',
                    })
                  : `all sessions of this machine, ${spanNames[query.days]}${measure === 'cost' ? ', at list price' : ', cache included'}`}
              </span>
              {limit !== null && (
                <span className="ml-auto flex items-center gap-1.5 text-sm text-ink-3">
                  {limitShown && <span aria-hidden className="w-4 border-t border-dashed border-needs" />}
                  limit of a day, {words(limit)}
                  {!limitShown && ', far above'}
                </span>
              )}
            </div>
            <div className="h-[240px] px-2 pb-2">
              {byDay.items && (
                <UsageChart
                  at={at}
                  values={values}
                  limit={limitShown ? limit : null}
                  format={measure === 'cost' ? axisMoney : axisTokens}
                  label={`${measure === 'cost' ? 'Cost' : 'Tokens'} by day, ${spanNames[query.days]}: ${words(sum)} together, ${words(values.at(-1) ?? 0)} today`}
                  onPoint={setPointed}
                />
              )}
            </div>
          </section>
          <Today costLimit={dayLimits?.costUsd} tokenLimit={dayLimits?.tokens} />
          <section
            aria-label="Table"
            className={cx(
              'col-span-full min-w-0 rounded-3 bg-surface ring-1 ring-inset ring-hair',
              table.stale && 'opacity-60',
            )}
          >
            <div className="flex items-center gap-3 px-4 py-2.5">
              <Segments
                label="By"
                value={query.by}
                options={(Object.keys(byNames) as UsageBy[]).map((by) => ({ value: by, label: byNames[by] }))}
                onChange={(by) => change({ by })}
              />
              <span className="text-sm text-ink-3">
                {rows.length > 0 && plural(rows.length, byNames[query.by].toLowerCase())}
              </span>
            </div>
            {empty ? (
              <p className="border-t border-hair-soft px-4 py-4 text-ink-2">
                {index && index.state !== 'up-to-date'
                  ? 'Nothing yet in what was read so far. The rest is being read.'
                  : 'Nothing was used in this time. Choose a longer one, or start a worker.'}
              </p>
            ) : (
              <Table by={query.by} rows={rows} most={most} value={value} />
            )}
          </section>
        </div>
      </div>
    </main>
  );
}

/** What workers spent today, against what the day may cost. */
function Today({ costLimit, tokenLimit }: { costLimit: number | undefined; tokenLimit: number | undefined }) {
  const totals = useTotals();
  return (
    <section aria-label="Today" className="rounded-3 bg-surface px-4 py-3 ring-1 ring-inset ring-hair">
      <h2 className="font-strong">Today’s limit</h2>
      <p className="mb-3 text-sm text-ink-3">What workers of Control Room used since midnight.</p>
      <dl className="figures grid gap-3 text-sm">
        <div>
          <dt className="text-ink-3">Cost</dt>
          <dd>
            <b className="text-lg font-strong">{money(totals.costTodayUsd)}</b>{' '}
            <span className="text-ink-3">{costLimit === undefined ? 'no limit' : `of ${money(costLimit)}`}</span>
            {costLimit !== undefined && (
              <span className="mt-1.5 block">
                <Meter wide percent={(totals.costTodayUsd / costLimit) * 100} label="Share of today’s cost limit" />
              </span>
            )}
          </dd>
        </div>
        <div>
          <dt className="text-ink-3">Tokens</dt>
          <dd>
            <b className="text-lg font-strong">{tokens(totals.tokensToday)}</b>{' '}
            <span className="text-ink-3">{tokenLimit === undefined ? 'no limit' : `of ${tokens(tokenLimit)}`}</span>
            {tokenLimit !== undefined && (
              <span className="mt-1.5 block">
                <Meter wide percent={(totals.tokensToday / tokenLimit) * 100} label="Share of today’s token limit" />
              </span>
            )}
          </dd>
        </div>
      </dl>
      <a
        href={hrefOf({ view: 'settings', section: 'limits' })}
        className="mt-3 inline-flex items-center text-sm text-accent-text hover:underline max-phone:h-11"
      >
        Change the limits
      </a>
    </section>
  );
}

function Table({
  by,
  rows,
  most,
  value,
}: {
  by: UsageBy;
  rows: readonly UsagePoint[];
  most: number;
  value: (point: UsagePoint) => number;
}) {
  return (
    <div className="overflow-x-auto border-t border-hair-soft">
      <table className="figures w-full text-sm">
        <thead>
          <tr className="text-xs text-ink-3 [&>th]:px-3 [&>th]:py-1.5 [&>th]:text-right [&>th]:font-medium [&>th]:whitespace-nowrap">
            <th scope="col" className="pl-4! text-left!">
              {byNames[by]}
            </th>
            <th scope="col" className="w-[30%] max-narrow:hidden">
              <span className="sr-only">Share</span>
            </th>
            <th scope="col" className="max-phone:hidden">
              Sessions
            </th>
            <th scope="col" className="max-narrow:hidden">
              Input
            </th>
            <th scope="col" className="max-narrow:hidden">
              Output
            </th>
            <th scope="col" className="max-narrow:hidden">
              From cache
            </th>
            <th scope="col" className="max-narrow:hidden">
              Into cache
            </th>
            <th scope="col">Tokens</th>
            <th scope="col" className="pr-4!">
              Cost
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((point) => (
            <tr
              key={point.key}
              className="border-t border-hair-soft hover:bg-hover [&>td]:px-3 [&>td]:py-1.5 [&>td]:text-right [&>td]:whitespace-nowrap max-phone:[&>td]:py-3"
            >
              <th scope="row" className="max-w-64 truncate py-1.5 pr-3 pl-4 text-left font-normal" title={point.label}>
                <Name by={by} point={point} />
              </th>
              <td className="max-narrow:hidden">
                <span aria-hidden className="block h-[3px] rounded-full bg-track">
                  <span
                    className="block h-full rounded-full bg-ink-3"
                    style={{ width: `${Math.min(100, (value(point) / most) * 100)}%` }}
                  />
                </span>
              </td>
              <td className="text-ink-2 max-phone:hidden">{point.sessions}</td>
              <td className="text-ink-3 max-narrow:hidden">{tokens(point.usage.inputTokens)}</td>
              <td className="text-ink-3 max-narrow:hidden">{tokens(point.usage.outputTokens)}</td>
              <td className="text-ink-3 max-narrow:hidden">{tokens(point.usage.cacheReadTokens)}</td>
              <td className="text-ink-3 max-narrow:hidden">{tokens(point.usage.cacheWriteTokens)}</td>
              <td>{tokens(tokensOf(point))}</td>
              <td className="pr-4! font-medium">{money(point.usage.costUsd)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A row's name, leading to its sessions. */
function Name({ by, point }: { by: UsageBy; point: UsagePoint }) {
  const date = /^(\d{4})-(\d\d)-(\d\d)$/.exec(point.key);
  const name =
    by === 'day' && date
      ? new Date(Number(date[1]), Number(date[2]) - 1, Number(date[3])).toLocaleDateString('en-GB', {
          weekday: 'short',
          day: 'numeric',
          month: 'short',
        })
      : point.label;
  const filter = by === 'day' ? { date: `${point.key}..${point.key}` } : { [by]: point.key };
  const linkable = point.key !== '' && (by === 'day' ? date !== null : point.key !== 'none');
  if (!linkable) return <span className="text-ink-2">{name || 'none'}</span>;
  return (
    <a
      href={hrefOf({ view: 'sessions', query: String(new URLSearchParams(filter)) })}
      title={`Sessions: ${point.label}`}
      className="rounded-2 hover:underline"
    >
      {name}
    </a>
  );
}
