import { PanelLeft, Plus, RotateCw, Search, TriangleAlert } from 'lucide-react';
import { useMemo } from 'react';
import { isBroken } from '../../shared/health-status.ts';
import { isLoud } from '../../shared/loud-alerts.ts';
import { serverNow, useNow } from '../data/clock.ts';
import { usePreferences } from '../data/preferences.ts';
import { useStore } from '../data/store.ts';
import { totalsOf } from '../data/worker-state.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { clockTime, duration, exactTime, money, plural, tokens } from '../ui/format.ts';
import { CommandKey } from '../ui/key-cap.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import { useApp } from './app-context.ts';
import { BrandSign } from './brand.tsx';
import { runCommand } from './commands.ts';
import { hrefOf } from './router.ts';
import { useUi } from './ui-state.ts';
import { useInboxSum } from './use-rows.ts';

const lampLook =
  'figures flex items-center gap-[7px] border-l border-hair px-3.5 text-sm whitespace-nowrap text-ink-2 max-wide:px-2.5';

/** The totals of the room. */
export function useTotals() {
  const workers = useStore((state) => state.rows.workers);
  const spending = useStore((state) => state.rows.spending);
  return useMemo(() => totalsOf(Object.values(workers), spending), [workers, spending]);
}

function Lamps() {
  const totals = useTotals();
  const { count, worst, oldestAt, snoozed } = useInboxSum();
  const now = useNow(15_000);
  const max = useStore((state) => state.rows.settings?.values.maxWorkers ?? null);
  const dayLimit = useStore((state) => state.rows.settings?.values.dayLimits.costUsd);
  const overDay = dayLimit !== undefined && totals.costTodayUsd >= dayLimit;
  const late = worst === 'late' || worst === 'failed';
  return (
    <>
      <a
        href={hrefOf({ view: 'board' })}
        className={cx(lampLook, 'focus-inset hover:bg-hover')}
        title={`${plural(totals.running, 'worker')} running, ${max ?? '?'} allowed at once, ${totals.queued} queued`}
      >
        <b className="font-strong text-ink">{totals.running}</b>
        <span className="-ml-0.5 text-ink-3">/ {max ?? '–'}</span>
        <span className="-ml-0.5 text-ink-3 max-wide:hidden">running</span>
      </a>
      <a
        href={hrefOf({ view: 'inbox', id: null })}
        className={cx(lampLook, 'focus-inset', late ? 'bg-late-bg text-late' : 'hover:bg-hover')}
        title={
          (oldestAt === null
            ? 'Nothing waits for you'
            : `${count === 1 ? 'One thing waits' : `${count} things wait`}, the oldest for ${duration(now - oldestAt)}`) +
          (snoozed > 0 ? `; ${snoozed} snoozed` : '')
        }
      >
        {worst === 'info' ? (
          <TriangleAlert size={14} aria-hidden className="text-needs" />
        ) : worst ? (
          <StateMark mark={worst} label={false} />
        ) : (
          <StateMark mark="done" label={false} size={12} className="text-ink-3" />
        )}
        <span>
          <b className={cx('font-strong', late ? '' : count > 0 ? 'text-needs' : 'text-ink')}>{count}</b> waiting
        </span>
      </a>
      <a
        href={hrefOf({ view: 'usage', query: '' })}
        className={cx(lampLook, 'focus-inset hover:bg-hover max-narrow:hidden')}
        title="Tokens of all workers since midnight, cache reads included"
      >
        <b className="font-strong text-ink">{tokens(totals.tokensToday)}</b>
        <span className="text-ink-3 max-wide:hidden">tokens</span>
      </a>
      <a
        href={hrefOf({ view: 'settings', section: 'workers' })}
        className={cx(lampLook, 'focus-inset hover:bg-hover')}
        title="Cost of all workers since midnight, at list prices"
      >
        <b className={cx('font-strong', overDay ? 'text-late' : 'text-ink')}>{money(totals.costTodayUsd)}</b>
        <span className="text-ink-3 max-wide:hidden">{dayLimit === undefined ? 'today' : `of ${money(dayLimit)}`}</span>
      </a>
    </>
  );
}

/** The worst thing about the room itself: the connection, or what the orchestrator cannot do. */
function HealthLamp() {
  const connection = useStore((state) => state.connection);
  const health = useStore((state) => state.rows.health);
  const alerts = useStore((state) => state.rows.alerts);
  const workers = useStore((state) => state.rows.workers);
  const { connection: link } = useApp();
  const status = health?.status ?? 'healthy';
  const broken = health?.components.filter(isBroken) ?? [];
  const firing = Object.values(alerts).filter((alert) => isLoud(alert, serverNow()));
  const unhealthy = useMemo(
    () => Object.values(workers).filter((worker) => worker.state !== 'ended' && worker.health === 'unhealthy').length,
    [workers],
  );
  if (connection.status === 'lost' || connection.status === 'away') {
    return (
      <button
        type="button"
        className={cx(lampLook, 'focus-inset hover:bg-hover')}
        title={`${connection.reason} It is tried again by itself. Press to try now.`}
        onClick={link.retry}
      >
        <RotateCw size={14} aria-hidden className="text-ink-3" />
        {connection.status === 'lost' ? (
          <span title={exactTime(connection.since)}>as of {clockTime(connection.since)}</span>
        ) : (
          <span>not connected</span>
        )}
      </button>
    );
  }
  const reasons = [
    ...broken.map(({ title, detail }) => `${title}: ${detail}`),
    ...firing.map(({ title, text }) => (text ? `${title}: ${text}` : title)),
    ...(unhealthy > 0 ? [`${plural(unhealthy, 'worker')} unhealthy`] : []),
  ];
  if (reasons.length === 0) return null;
  const bad = status === 'unhealthy' || firing.some(({ severity }) => severity === 'critical');
  return (
    <a
      href={hrefOf({ view: 'health', section: 'overview', span: '1h' })}
      className={cx(lampLook, 'focus-inset', bad ? 'bg-late-bg text-late' : 'hover:bg-hover')}
      title={reasons.join('\n')}
    >
      <TriangleAlert size={14} aria-hidden className={bad ? 'text-late' : 'text-needs'} />
      <span>{plural(reasons.length, 'warning')}</span>
    </a>
  );
}

/** The bar over everything: brand, search, lamps, New worker. In the desktop window it is also what the window is moved by. */
export function TopBar({ folded }: { folded: boolean }) {
  const lost = useStore((state) => state.connection.status !== 'live');
  const narrowRail = usePreferences((state) => state.railFolded);
  return (
    <header
      className={cx(
        'relative z-(--z-sticky) col-span-full flex min-w-0 items-stretch border-b border-hair bg-rail',
        window.controlRoom && '[app-region:drag] [&_:is(a,button)]:[app-region:no-drag]',
      )}
    >
      <div
        className={cx(
          'flex shrink-0 items-center gap-2.5 font-strong tracking-[-.005em]',
          folded ? 'w-(--rail-w-folded) justify-center' : 'w-(--rail-w) pr-3 pl-3.5',
        )}
      >
        <BrandSign />
        {!folded && (
          <>
            <span>Control Room</span>
            <Button
              look="ghost"
              size="sm"
              icon={PanelLeft}
              aria-label="Fold the rail"
              className="ml-auto"
              onClick={() => runCommand('rail')}
            />
          </>
        )}
      </div>
      <div className="flex min-w-0 flex-1 items-center gap-2 px-4">
        {folded && narrowRail && (
          <Button
            look="ghost"
            size="sm"
            icon={PanelLeft}
            aria-label="Unfold the rail"
            onClick={() => runCommand('rail')}
            className="max-narrow:hidden"
          />
        )}
        <button
          type="button"
          onClick={() => useUi.setState({ paletteOpen: true })}
          className="flex h-7 w-[420px] max-w-full min-w-0 items-center gap-2 rounded-3 bg-well px-2 text-left text-ink-3 ring-1 ring-inset ring-hair hover:ring-hair-strong"
        >
          <Search size={14} aria-hidden className="shrink-0" />
          <span className="min-w-0 flex-1 truncate">Search or run a command</span>
          <CommandKey id="palette" />
        </button>
      </div>
      <div className="flex shrink-0 items-stretch">
        <Lamps />
        <HealthLamp />
      </div>
      <div className="flex items-center border-l border-hair px-3">
        <Button size="sm" icon={Plus} command="worker.new" onClick={() => runCommand('worker.new')}>
          New worker
        </Button>
      </div>
      {lost && <div className="absolute inset-x-0 -bottom-px h-px bg-ink-3" data-testid="connection-line" />}
    </header>
  );
}
