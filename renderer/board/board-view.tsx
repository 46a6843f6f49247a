import { LayoutGrid, List, Plus } from 'lucide-react';
import { Fragment, useEffect, useMemo, useRef, useState } from 'react';
import { limitUse } from '../../shared/limit-use.ts';
import type { Worker } from '../../shared/workers.ts';
import { useApp } from '../app/app-context.ts';
import { useCommand } from '../app/commands.ts';
import { KeyBar } from '../app/key-bar.tsx';
import { go } from '../app/router.ts';
import { showDialog, useUi } from '../app/ui-state.ts';
import { useProject, useProjects, useWorkers } from '../app/use-rows.ts';
import { useNow } from '../data/clock.ts';
import { setPreferences, usePreferences } from '../data/preferences.ts';
import { useStore } from '../data/store.ts';
import { isOnBoard, type Mark, markOf, waitingApproval } from '../data/worker-state.ts';
import { OverlapBanner } from '../overlaps/overlap-notice.tsx';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Segments } from '../ui/fields.tsx';
import { money } from '../ui/format.ts';
import { StateMark } from '../ui/state-mark.tsx';
import { LimitLine } from '../workers/limit-meter.tsx';
import { useWatchResources } from '../workers/use-resources.ts';
import { BoardEmpty } from './board-empty.tsx';
import { stepOnBoard } from './board-steps.ts';
import { EndedStrip } from './ended-strip.tsx';
import { useOptionKeys } from './use-option-keys.ts';
import { useSteady } from './use-steady.ts';
import { WorkerCard } from './worker-card.tsx';
import { WorkerList } from './worker-list.tsx';

type Filter = 'all' | 'needs' | 'working' | 'idle' | 'queued';

const filterMarks: Record<Exclude<Filter, 'all'>, readonly Mark[]> = {
  needs: ['late', 'failed', 'needs'],
  working: ['working', 'starting'],
  idle: ['idle', 'unknown', 'done', 'stopped'],
  queued: ['queued'],
};
const filterNames: Record<Filter, string> = {
  all: 'All',
  needs: 'Needs you',
  working: 'Working',
  idle: 'Idle',
  queued: 'Queued',
};

/** Above this many cards the list shows more at one glance than miniatures do. */
const listFrom = 60;

export function BoardView() {
  const now = useNow(15_000);
  const order = usePreferences((state) => state.boardOrder);
  const layout = usePreferences((state) => state.boardLayout);
  const projects = useProjects();
  const all = useWorkers();
  const { actions } = useApp();
  const [filter, setFilter] = useState<Filter>('all');
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const selectedId = useUi((state) => state.selectedWorkerId);
  const ready = useStore((state) => state.system !== null);
  useWatchResources();

  const onBoard = useMemo(() => all.filter(isOnBoard), [all]);
  const ended = useMemo(() => all.filter((worker) => !isOnBoard(worker)), [all]);
  const counts = useMemo(() => {
    const result: Record<Filter, number> = { all: onBoard.length, needs: 0, working: 0, idle: 0, queued: 0 };
    for (const worker of onBoard) {
      const mark = markOf(worker, now);
      for (const name of ['needs', 'working', 'idle', 'queued'] as const)
        if (filterMarks[name].includes(mark)) result[name] += 1;
    }
    return result;
  }, [onBoard, now]);
  const shownUnsteady = useMemo(() => {
    const filtered =
      filter === 'all' ? onBoard : onBoard.filter((worker) => filterMarks[filter].includes(markOf(worker, now)));
    if (order === 'urgency') return filtered;
    const place = new Map(projects.map((project, index) => [project.id as string, index]));
    return [...filtered].sort(
      (a, b) => (place.get(a.projectId) ?? 0) - (place.get(b.projectId) ?? 0) || a.createdAt - b.createdAt,
    );
  }, [onBoard, filter, order, projects, now]);
  const boardRef = useRef<HTMLDivElement>(null);
  const shown = useSteady(shownUnsteady, boardRef);

  const shownRef = useRef(shown);
  shownRef.current = shown;
  const selected = shown.find((worker) => worker.id === selectedId) ?? null;
  // The primary follows the focus, and the keyboard starts where it is most needed.
  const firstId = shown[0]?.id;
  useEffect(() => {
    if (firstId && !shownRef.current.some((worker) => worker.id === useUi.getState().selectedWorkerId))
      useUi.setState({ selectedWorkerId: firstId });
  }, [firstId]);
  const select = (id: string | null): void => useUi.setState({ selectedWorkerId: id });
  const asList = layout === 'list' || shown.length > listFrom;
  const groups = useMemo(() => (order === 'project' ? groupsOf(shown) : [{ id: '', workers: shown }]), [shown, order]);

  // As it is seen: a card that came while the order is held stands in its own group.
  const ordered = groups.flatMap(({ workers }) => workers);
  const move = (across: number, down: number): void => {
    if (ordered.length === 0) return;
    const index = selected ? ordered.indexOf(selected) : -1;
    if (index < 0) {
      select(ordered[0]?.id ?? null);
      return;
    }
    const next = asList
      ? Math.max(0, Math.min(ordered.length - 1, index + across + down))
      : stepOnBoard(
          groups.map(({ workers }) => workers.length),
          columnsOf(boardRef.current),
          index,
          across,
          down,
        );
    select(ordered[next]?.id ?? null);
  };
  useCommand('move.down', () => move(0, 1));
  useCommand('move.up', () => move(0, -1));
  useCommand('move.left', () => move(-1, 0));
  useCommand('move.right', () => move(1, 0));
  useCommand(
    'open',
    () => selected && go({ view: 'worker', id: selected.id, tab: null, file: null }),
    selected !== null,
  );
  const approvals = useStore((state) => state.rows.approvals);
  const chosen = picked.size > 0 ? shown.filter((worker) => picked.has(worker.id)) : selected ? [selected] : [];
  const asking = chosen
    .flatMap((worker) => waitingApproval(approvals, worker.id) ?? [])
    .filter((approval) => approval.kind !== 'question');
  useCommand(
    'allow',
    () => asking.forEach((approval) => void actions.decide(approval, { decision: 'allow' })),
    asking.length > 0,
  );
  useCommand(
    'deny',
    () => asking.forEach((approval) => void actions.decide(approval, { decision: 'deny' })),
    asking.length > 0,
  );
  useCommand(
    'message',
    () =>
      selected &&
      go({
        view: 'worker',
        id: selected.id,
        tab: selected.kind === 'interactive' ? 'terminal' : 'conversation',
        file: null,
      }),
    selected !== null,
  );
  const interruptible = chosen.filter((worker) => worker.state === 'working' || worker.state === 'waiting');
  useCommand(
    'interrupt',
    () => interruptible.forEach((worker) => void actions.interrupt(worker)),
    interruptible.length > 0,
  );
  const stoppable = chosen.filter((worker) => worker.state !== 'ended');
  useCommand('stop', () => stoppable.forEach((worker) => void actions.stop(worker)), stoppable.length > 0);
  const resumable = chosen.filter((worker) => worker.state === 'ended');
  useCommand('resume', () => resumable.forEach((worker) => void actions.resume(worker)), resumable.length > 0);
  useCommand(
    'select',
    () => {
      if (!selected) return;
      setPicked((before) => {
        const next = new Set(before);
        if (!next.delete(selected.id)) next.add(selected.id);
        return next;
      });
    },
    selected !== null,
  );
  useOptionKeys(selected);

  if (ready && all.length === 0) return <BoardEmpty />;
  return (
    <main className="flex min-h-0 min-w-0 flex-col">
      <div className="flex h-(--viewbar-h) shrink-0 items-center gap-3 border-b border-hair px-4">
        <h1 className="text-md font-strong tracking-[-.01em]">Board</h1>
        <fieldset aria-label="Filter by state" className="flex min-w-0 items-center gap-0.5 overflow-x-auto">
          {(Object.keys(filterNames) as Filter[]).map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={filter === name}
              onClick={() => setFilter(name)}
              className={cx(
                'focus-inset inline-flex h-6 shrink-0 items-center gap-1.5 rounded-2 px-2 text-sm whitespace-nowrap',
                filter === name ? 'bg-active font-medium text-ink' : 'text-ink-2 hover:bg-hover',
              )}
            >
              {name !== 'all' && (
                <StateMark
                  mark={
                    name === 'needs' && onBoard.some((worker) => ['late', 'failed'].includes(markOf(worker, now)))
                      ? 'late'
                      : name
                  }
                  size={12}
                  label={false}
                />
              )}
              {filterNames[name]}
              <span className="font-normal text-ink-3">{counts[name]}</span>
            </button>
          ))}
        </fieldset>
        <div className="ml-auto flex items-center gap-2">
          {picked.size > 0 ? (
            <>
              <span className="text-sm text-ink-2">{picked.size} selected</span>
              {asking.length > 0 && (
                <Button
                  size="sm"
                  command="allow"
                  onClick={() => asking.forEach((approval) => void actions.decide(approval, { decision: 'allow' }))}
                >
                  Allow {asking.length} once
                </Button>
              )}
              {stoppable.length > 0 && (
                <Button
                  size="sm"
                  look="danger"
                  onClick={() => stoppable.forEach((worker) => void actions.stop(worker))}
                >
                  Stop {stoppable.length}
                </Button>
              )}
              <Button size="sm" look="ghost" onClick={() => setPicked(new Set())}>
                Clear
              </Button>
            </>
          ) : (
            <>
              <OverlapBanner />
              <span className="contents max-narrow:hidden">
                <Segments
                  label="Order"
                  value={order}
                  onChange={(value) => setPreferences({ boardOrder: value })}
                  options={[
                    { value: 'urgency', label: 'By urgency' },
                    { value: 'project', label: 'By project' },
                  ]}
                />
              </span>
              <Segments
                label="Layout"
                value={asList ? 'list' : 'grid'}
                disabled={shown.length > listFrom}
                onChange={(value) => setPreferences({ boardLayout: value })}
                options={[
                  { value: 'grid', label: <LayoutGrid size={14} aria-hidden />, title: 'Cards' },
                  {
                    value: 'list',
                    label: <List size={14} aria-hidden />,
                    title: shown.length > listFrom ? `List: over ${listFrom} workers it is the list by itself` : 'List',
                  },
                ]}
              />
            </>
          )}
        </div>
      </div>
      {shown.length === 0 && ready ? (
        <div className="flex flex-1 flex-col items-center justify-center gap-3 p-6 text-center text-ink-2">
          {filter === 'all' ? (
            <>
              <p>No worker is alive. {ended.length > 0 ? 'The ended ones stand below; each can be resumed.' : ''}</p>
              <Button
                look="primary"
                icon={Plus}
                command="worker.new"
                onClick={() => showDialog({ kind: 'new-worker' })}
              >
                New worker
              </Button>
            </>
          ) : (
            <>
              <p>No worker is in this state now.</p>
              <Button onClick={() => setFilter('all')}>Show all</Button>
            </>
          )}
        </div>
      ) : asList ? (
        <WorkerList
          workers={shown}
          selectedId={selected?.id ?? null}
          picked={picked}
          onSelect={select}
          innerRef={boardRef}
        />
      ) : (
        <div
          ref={boardRef}
          className={cx(
            'grid min-h-0 flex-1 gap-3 overflow-x-hidden overflow-y-auto px-4 py-3',
            // Headings are rows of their own height between rows of cards.
            order === 'project' ? 'content-start [&>article]:h-[248px]' : 'auto-rows-[minmax(226px,1fr)]',
            'grid-cols-[repeat(auto-fill,minmax(min(340px,100%),1fr))]',
          )}
          style={shown.length < 4 ? { gridAutoRows: order === 'project' ? 'auto' : 'minmax(226px, 280px)' } : undefined}
        >
          {groups.map(({ id, workers }) => (
            <Fragment key={id}>
              {id && <GroupHead projectId={id} workers={workers} />}
              {workers.map((worker) => (
                <WorkerCard
                  key={worker.id}
                  worker={worker}
                  selected={worker.id === selected?.id}
                  picked={picked.has(worker.id)}
                  onSelect={select}
                />
              ))}
            </Fragment>
          ))}
        </div>
      )}
      {ended.length > 0 && <EndedStrip ended={ended} />}
      <KeyBar
        hints={[
          [['move.down', 'move.up', 'move.left', 'move.right'], 'move'],
          [['open'], 'open'],
          [['allow'], 'allow'],
          [['deny'], 'deny'],
          [['select'], 'select'],
          [['message'], 'message'],
          [['interrupt'], 'interrupt'],
        ]}
      />
    </main>
  );
}

/** Workers by project, in the order they are given. */
function groupsOf(workers: readonly Worker[]): { id: string; workers: Worker[] }[] {
  const groups = new Map<string, Worker[]>();
  for (const worker of workers) {
    const group = groups.get(worker.projectId);
    if (group) group.push(worker);
    else groups.set(worker.projectId, [worker]);
  }
  return [...groups].map(([id, own]) => ({ id, workers: own }));
}

/** The heading of a project on the board: how many of its workers are shown and what it spent today. */
function GroupHead({ projectId, workers }: { projectId: string; workers: readonly Worker[] }) {
  const project = useProject(projectId);
  const spending = useStore((state) => state.rows.spending?.projects[projectId]);
  const use = project && spending ? limitUse(project.limits, spending.total)[0] : undefined;
  return (
    <h2 className="col-span-full flex h-6 items-center gap-3 text-sm not-first:mt-1">
      <span className="font-strong">{project?.name ?? 'removed project'}</span>
      <span className="text-ink-3">{workers.length}</span>
      {spending && <span className="figures text-ink-3">{money(spending.today.costUsd)} today</span>}
      {use && (
        <span className="w-48">
          <LimitLine use={use} />
        </span>
      )}
    </h2>
  );
}

function columnsOf(board: HTMLElement | null): number {
  return board ? getComputedStyle(board).gridTemplateColumns.split(' ').length : 1;
}
