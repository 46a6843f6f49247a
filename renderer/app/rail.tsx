import {
  Activity,
  Blend,
  ChartNoAxesColumn,
  ChevronDown,
  ChevronRight,
  FolderPlus,
  FolderTree,
  HardDrive,
  Inbox,
  LayoutGrid,
  type LucideIcon,
  Settings2,
  SquareTerminal,
  Stethoscope,
  Terminal,
  TextSearch,
} from 'lucide-react';
import { memo, type ReactNode } from 'react';
import type { Worker } from '../../shared/workers.ts';
import { useNow } from '../data/clock.ts';
import { setPreferences, usePreferences } from '../data/preferences.ts';
import { useStore } from '../data/store.ts';
import { isOnBoard, markOf } from '../data/worker-state.ts';
import { OverlapCount } from '../overlaps/overlap-notice.tsx';
import { useOverlapSum } from '../overlaps/use-overlaps.ts';
import { Count } from '../ui/chip.tsx';
import { cx } from '../ui/cx.ts';
import { money, ordinal } from '../ui/format.ts';
import { Delta } from '../ui/instruments.tsx';
import { CommandKey } from '../ui/key-cap.tsx';
import { markLabels, StateMark } from '../ui/state-mark.tsx';
import { hrefOf, type Route } from './router.ts';
import { showDialog } from './ui-state.ts';
import { useInboxSum, useProjects, useUnread, useWorkers } from './use-rows.ts';

interface Place {
  to: Route;
  icon: LucideIcon;
  label: string;
  command: string;
}

const places: readonly Place[] = [
  { to: { view: 'board' }, icon: LayoutGrid, label: 'Board', command: 'go.board' },
  { to: { view: 'inbox', id: null }, icon: Inbox, label: 'Inbox', command: 'go.inbox' },
  { to: { view: 'terminals', wall: false }, icon: SquareTerminal, label: 'Terminals', command: 'go.terminals' },
  { to: { view: 'files', path: null }, icon: FolderTree, label: 'Files', command: 'go.files' },
  { to: { view: 'sessions', query: '' }, icon: TextSearch, label: 'Sessions', command: 'go.sessions' },
  { to: { view: 'health', section: 'overview', span: '1h' }, icon: Activity, label: 'Health', command: 'go.health' },
  { to: { view: 'usage', query: '' }, icon: ChartNoAxesColumn, label: 'Usage', command: 'go.usage' },
  { to: { view: 'overlaps', id: null }, icon: Blend, label: 'Overlaps', command: 'go.overlaps' },
  { to: { view: 'disk' }, icon: HardDrive, label: 'Worktrees', command: 'go.disk' },
];

const placesOfTheRoom: readonly Place[] = [
  { to: { view: 'doctor' }, icon: Stethoscope, label: 'Doctor', command: 'go.doctor' },
  { to: { view: 'settings', section: 'workers' }, icon: Settings2, label: 'Settings', command: 'go.settings' },
];

/** Whether what is shown belongs to a place of the rail. Unfolded, a terminal has a row of its own. */
function isAt(route: Route, view: Route['view'], folded: boolean): boolean {
  if (view === 'sessions' && route.view === 'session') return true;
  if (view === 'terminals' && route.view === 'terminal') return folded;
  return route.view === view;
}

function NavRow({
  place: { to, icon: Icon, label, command },
  route,
  folded,
  end,
}: {
  place: Place;
  route: Route;
  folded: boolean;
  end?: ReactNode;
}) {
  const on = isAt(route, to.view, folded);
  return (
    <a
      href={hrefOf(to)}
      aria-current={on ? 'page' : undefined}
      title={folded ? label : undefined}
      className={cx(
        'focus-inset relative flex items-center rounded-2',
        folded ? 'h-8 w-9 justify-center' : 'h-7 gap-[9px] px-2',
        on ? 'bg-active font-medium text-ink' : 'text-ink-2 hover:bg-hover',
      )}
    >
      <Icon size={16} strokeWidth={2} aria-hidden className={on ? 'text-ink' : 'text-ink-3'} />
      {folded ? <span className="sr-only">{label}</span> : <span className="flex-1">{label}</span>}
      {end ?? (!folded && <CommandKey id={command} bare />)}
    </a>
  );
}

const WorkerRow = memo(function WorkerRow({ worker, on, folded }: { worker: Worker; on: boolean; folded: boolean }) {
  const mark = markOf(worker, useNow(15_000));
  const unread = useUnread(worker) && !on;
  const compact = usePreferences((state) => state.density === 'compact');
  const ended = worker.state === 'ended';
  const oneLine = compact || mark === 'done' || mark === 'stopped';
  const href = hrefOf({ view: 'worker', id: worker.id, tab: null, file: null });
  if (folded) {
    return (
      <a
        href={href}
        aria-current={on ? 'page' : undefined}
        title={`${worker.name}, ${markLabels[mark]}`}
        className={cx(
          'focus-inset relative flex h-8 w-9 items-center justify-center rounded-2',
          on ? 'bg-active' : 'hover:bg-hover',
        )}
      >
        <StateMark mark={mark} />
        <span className="sr-only">{worker.name}</span>
        {unread && <span className="absolute top-1.5 right-1.5 size-1.5 rounded-full bg-accent" />}
      </a>
    );
  }
  return (
    <a
      href={href}
      aria-current={on ? 'page' : undefined}
      className={cx(
        'group focus-inset relative grid grid-cols-[16px_minmax(0,1fr)_auto] items-center gap-x-[9px] rounded-2 px-2',
        oneLine ? 'min-h-7' : 'min-h-10 content-center',
        on
          ? 'bg-active before:absolute before:inset-y-2 before:-left-2 before:w-0.5 before:rounded-r-[2px] before:bg-accent'
          : 'hover:bg-hover',
      )}
    >
      <StateMark mark={mark} className={oneLine ? undefined : 'row-span-2 mt-px self-start'} />
      <span
        className={cx('flex min-w-0 items-center gap-1.5 leading-[18px]', ended && mark !== 'failed' && 'text-ink-3')}
      >
        <span className={cx('truncate', unread && 'font-strong')} title={worker.name}>
          {worker.name}
        </span>
        {unread && <span role="img" aria-label="unread" className="size-1.5 shrink-0 rounded-full bg-accent" />}
      </span>
      <span className="figures text-right text-xs leading-[18px] text-ink-3">
        {worker.state === 'queued' && worker.queuePosition
          ? `${ordinal(worker.queuePosition)} in queue`
          : money(worker.usage.costUsd)}
      </span>
      {!oneLine && (
        <>
          <span
            className="col-start-2 truncate font-mono text-2xs leading-4 text-ink-3"
            title={worker.branch ?? undefined}
          >
            {worker.branch ??
              (worker.worktreeId === null && worker.state !== 'queued' ? 'project folder' : worker.state)}
          </span>
          <span className="text-right text-xs leading-4 text-ink-3">
            {worker.changes && worker.changes.files > 0 ? (
              <Delta additions={worker.changes.additions} deletions={worker.changes.deletions} />
            ) : (
              <span aria-hidden>–</span>
            )}
          </span>
        </>
      )}
    </a>
  );
});

function Group({
  id,
  label,
  count,
  folded,
  children,
}: {
  id: string;
  label: string;
  count: number;
  folded: boolean;
  children: ReactNode;
}) {
  const closed = usePreferences((state) => state.foldedProjects.includes(id));
  if (folded) return closed ? null : children;
  const Icon = closed ? ChevronRight : ChevronDown;
  return (
    <section aria-label={label}>
      <button
        type="button"
        aria-expanded={!closed}
        onClick={() => {
          const all = usePreferences.getState().foldedProjects;
          setPreferences({ foldedProjects: closed ? all.filter((other) => other !== id) : [...all, id] });
        }}
        className="focus-inset mt-1 flex h-7 w-full items-center gap-1.5 rounded-2 px-2 text-sm text-ink-3 hover:bg-hover"
      >
        <Icon size={12} strokeWidth={2.6} aria-hidden className="shrink-0" />
        <b className="min-w-0 flex-1 truncate text-left font-medium text-ink-2">{label}</b>
        <span>{count}</span>
      </button>
      {!closed && children}
    </section>
  );
}

/** Rail: where one can go, and every worker by project. Folded it keeps the marks. */
export function Rail({ route, folded }: { route: Route; folded: boolean }) {
  const { count, worst } = useInboxSum();
  const overlaps = useOverlapSum();
  const late = worst === 'late' || worst === 'failed';
  const workers = useWorkers();
  const projects = useProjects();
  const terminals = useStore((state) => state.rows.terminals);
  const shells = Object.values(terminals).filter((terminal) => terminal.kind === 'shell');
  const open = workers.filter(isOnBoard);
  const ended = workers.filter((worker) => !isOnBoard(worker));
  const isOn = (worker: Worker): boolean => route.view === 'worker' && route.id === worker.id;
  const shownEnded = ended.slice(0, 30);
  const ends: Partial<Record<Route['view'], ReactNode>> = {
    inbox:
      count > 0 ? (
        <Count
          value={count}
          late={late}
          className={folded ? 'absolute -top-px -right-px h-3.5! min-w-3.5! px-0.5! leading-[14px]!' : undefined}
        />
      ) : undefined,
    overlaps: overlaps.count > 0 ? <OverlapCount sum={overlaps} folded={folded} /> : undefined,
  };
  return (
    <aside
      aria-label="Projects and workers"
      className="flex min-h-0 flex-col overflow-hidden border-r border-hair bg-rail"
    >
      <nav aria-label="Views" className={cx('grid gap-px', folded ? 'justify-center px-1.5 py-2' : 'p-2')}>
        {places.map((place) => (
          <NavRow key={place.label} place={place} route={route} folded={folded} end={ends[place.to.view]} />
        ))}
      </nav>
      <div
        className={cx(
          'min-h-0 flex-1 overflow-y-auto border-t border-hair-soft',
          folded ? 'grid content-start justify-center gap-0.5 p-1.5' : 'px-2 pt-1 pb-3',
        )}
      >
        {projects.map((project) => {
          const own = open.filter((worker) => worker.projectId === project.id);
          return (
            <Group key={project.id} id={project.id} label={project.name} count={own.length} folded={folded}>
              {own.map((worker) => (
                <WorkerRow key={worker.id} worker={worker} on={isOn(worker)} folded={folded} />
              ))}
            </Group>
          );
        })}
        {!folded && (
          <button
            type="button"
            onClick={() => showDialog({ kind: 'add-project' })}
            className="focus-inset mt-1 flex h-7 w-full items-center gap-2 rounded-2 px-2 text-sm text-ink-3 hover:bg-hover hover:text-ink-2"
          >
            <FolderPlus size={14} aria-hidden />
            Add a project
          </button>
        )}
        {shells.length > 0 && (
          <Group id="terminals" label="Terminals" count={shells.length} folded={folded}>
            {shells.map((terminal) => {
              const on = route.view === 'terminal' && route.id === terminal.id;
              return (
                <a
                  key={terminal.id}
                  href={hrefOf({ view: 'terminal', id: terminal.id })}
                  aria-current={on ? 'page' : undefined}
                  title={terminal.cwd}
                  className={cx(
                    'focus-inset flex items-center rounded-2',
                    folded ? 'h-8 w-9 justify-center' : 'h-7 gap-[9px] px-2',
                    on ? 'bg-active' : 'hover:bg-hover',
                    terminal.state === 'exited' && 'text-ink-3',
                  )}
                >
                  <Terminal size={14} aria-hidden className="mx-px shrink-0 text-ink-3" />
                  <span className={folded ? 'sr-only' : 'flex min-w-0 items-baseline gap-1.5'}>
                    <span className="shrink-0">{terminal.title}</span>
                    <span className="truncate font-mono text-2xs text-ink-3">{terminal.cwd.split('/').at(-1)}</span>
                  </span>
                </a>
              );
            })}
          </Group>
        )}
        {ended.length > 0 && (
          <Group id="ended" label="Ended" count={ended.length} folded={folded}>
            {!folded &&
              shownEnded.map((worker) => (
                <WorkerRow key={worker.id} worker={worker} on={isOn(worker)} folded={false} />
              ))}
            {!folded && ended.length > shownEnded.length && (
              <p className="px-2 py-1 text-xs text-ink-3">
                {ended.length - shownEnded.length} older ones: search by name
              </p>
            )}
          </Group>
        )}
      </div>
      <nav
        aria-label="The room itself"
        className={cx('grid gap-px border-t border-hair-soft', folded ? 'justify-center p-1.5' : 'p-2')}
      >
        {placesOfTheRoom.map((place) => (
          <NavRow key={place.label} place={place} route={route} folded={folded} />
        ))}
      </nav>
    </aside>
  );
}
