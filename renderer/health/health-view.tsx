import { Bell, ChartSpline, Pause, Play, Table } from 'lucide-react';
import { useState } from 'react';
import { type ChartSpan, chartSpanNames } from '../../shared/figures.ts';
import { useCommand } from '../app/commands.ts';
import { KeyBar } from '../app/key-bar.tsx';
import { go } from '../app/router.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { cx } from '../ui/cx.ts';
import { Problem, Segments } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import { AlertsSection } from './alerts-section.tsx';
import { Charts } from './charts.tsx';
import { CheckList } from './check-list.tsx';
import { FiguresTable } from './figures-table.tsx';
import { FiringAlerts } from './firing-alerts.tsx';
import { useAlertRows } from './use-alerts.ts';
import { usePoints } from './use-points.ts';
import { WorstWorkers } from './worst-workers.tsx';

const spanWords: Record<ChartSpan, string> = { '1h': '1 h', '24h': '24 h', '7d': '7 d', '28d': '28 d' };
/** Fewer points than these are no chart yet. */
const fewPoints = 2;

function Status() {
  const health = useStore((state) => state.rows.health);
  const firing = useAlertRows().filter(({ state }) => state === 'firing').length;
  if (!health) return null;
  return (
    <>
      {firing > 0 && <Chip look="needs">{plural(firing, 'alert')} open</Chip>}
      <span className={cx('truncate text-sm', health.status === 'healthy' ? 'text-ink-3' : 'text-late')}>
        {health.status === 'healthy' ? (firing > 0 ? 'all else is well ' : 'all is well ') : `${health.status} `}
        <Since at={health.since} before="for" />
      </span>
    </>
  );
}

/** How the house stands: what fires, what happened over time, what is wrong with whom, and the checks. */
export function HealthView({ section, span: name }: { section: 'overview' | 'alerts'; span: ChartSpan }) {
  const [paused, setPaused] = useState(false);
  const [table, setTable] = useState(false);
  const firing = useAlertRows().filter(({ state }) => state === 'firing');
  const overview = section === 'overview';
  useCommand('health.pause', () => setPaused((before) => !before), overview);
  useCommand('health.table', () => setTable((before) => !before), overview);
  useCommand('health.alerts', () => go({ view: 'health', section: overview ? 'alerts' : 'overview', span: name }));
  return (
    <main className="flex min-h-0 min-w-0 flex-col">
      <header className="flex min-h-(--viewbar-h) shrink-0 flex-wrap items-center gap-x-3 gap-y-2 border-b border-hair px-4 py-1.5">
        <h1 className="text-md font-strong max-phone:sr-only">{overview ? 'Health' : 'Alerts'}</h1>
        <Status />
        <div className="ml-auto flex flex-wrap items-center gap-2">
          {overview && (
            <>
              <Segments
                label="Time"
                value={name}
                options={chartSpanNames.map((value) => ({ value, label: spanWords[value] }))}
                onChange={(span) => go({ view: 'health', section, span }, true)}
              />
              <Button
                icon={paused ? Play : Pause}
                aria-pressed={paused}
                className="max-phone:h-11"
                onClick={() => setPaused(!paused)}
              >
                <span className="max-phone:sr-only">{paused ? 'Go on' : 'Pause'}</span>
              </Button>
              <Button icon={Table} aria-pressed={table} className="max-phone:h-11" onClick={() => setTable(!table)}>
                <span className="max-phone:sr-only">Values</span>
              </Button>
            </>
          )}
          <Button
            icon={overview ? Bell : ChartSpline}
            className="max-phone:h-11"
            onClick={() => go({ view: 'health', section: overview ? 'alerts' : 'overview', span: name })}
          >
            <span className={cx(overview && 'max-phone:sr-only')}>{overview ? 'Alert rules' : 'Charts'}</span>
          </Button>
        </div>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto grid max-w-[1400px] gap-3 p-4">
          <FiringAlerts alerts={firing} />
          {overview ? <Overview name={name} paused={paused} table={table} /> : <AlertsSection />}
        </div>
      </div>
      <KeyBar
        hints={
          overview
            ? [
                [['health.pause'], 'pause'],
                [['health.table'], 'values'],
                [['health.alerts'], 'alert rules'],
              ]
            : [
                [['alert.new'], 'new rule'],
                [['health.alerts'], 'charts'],
              ]
        }
      />
    </main>
  );
}

function Overview({ name, paused, table }: { name: ChartSpan; paused: boolean; table: boolean }) {
  const { span, error } = usePoints(name, paused);
  return (
    <>
      {error && <Problem>{error}</Problem>}
      {span && span.points.length < fewPoints && (
        <p className="rounded-3 bg-surface px-4 py-3 text-ink-2 ring-1 ring-inset ring-hair">
          Control Room has just begun to look. A point is taken every ten seconds, and the charts fill from the right.
        </p>
      )}
      {span && <Charts span={span} />}
      {span && table && <FiguresTable span={span} />}
      <div className="grid grid-cols-[minmax(0,2fr)_minmax(0,1fr)] items-start gap-3 max-wide:grid-cols-1">
        <WorstWorkers />
        <CheckList />
      </div>
    </>
  );
}
