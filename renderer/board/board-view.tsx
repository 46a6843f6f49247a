import { useVirtualizer } from '@tanstack/react-virtual';
import { LayoutGrid, List, Plus } from 'lucide-react';
import { Fragment, useEffect, useMemo, useRef, useState } from 'react';
import { limitUse } from '../../shared/limit-use.ts';
import type { Worker } from '../../shared/workers.ts';
import { useApp } from '../app/app-context.ts';
import { useCommand } from '../app/commands.ts';
import { KeyBar } from '../app/key-bar.tsx';
import { go, hrefOf } from '../app/router.ts';
import { askWords, endWords, quietWords, stateWords } from '../app/state-words.ts';
import { showDialog, useUi } from '../app/ui-state.ts';
import { useProject, useProjects, useWaitingApproval, useWorkers } from '../app/use-rows.ts';
import { useNow } from '../data/clock.ts';
import { setPreferences, usePreferences } from '../data/preferences.ts';
import { useStore } from '../data/store.ts';
import { isOnBoard, type Mark, markOf, waitingApproval } from '../data/worker-state.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Segments } from '../ui/fields.tsx';
import { money } from '../ui/format.ts';
import { Delta, Meter, Since } from '../ui/instruments.tsx';
import { markTextColors, StateMark } from '../ui/state-mark.tsx';
import { ActivityText } from '../workers/activity-text.tsx';
import { LimitLine } from '../workers/limit-meter.tsx';
import { useWatchResources } from '../workers/use-resources.ts';
import { BoardEmpty } from './board-empty.tsx';
import { stepOnBoard } from './board-steps.ts';
import { KindTag, Where, WorkerCard } from './worker-card.tsx';

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

/** Numbers answer the selected worker's question. */
function useOptionKeys(selected: Worker | null): void {
  useEffect(() => {
    if (!selected) return;
    const listen = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || !/^[1-3]$/.test(event.key)) return;
      if (
        event.target instanceof HTMLElement &&
        event.target.closest('input, textarea, select, [role="dialog"], .xterm')
      )
        return;
      const approval = waitingApproval(useStore.getState().rows.approvals, selected.id);
      if (approval?.kind !== 'question') return;
      const button = document.querySelector<HTMLButtonElement>(
        `[data-worker="${selected.id}"] button:nth-of-type(${event.key})`,
      );
      button?.click();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [selected]);
}

/**
 * A card changes place only when nobody is in it: while the pointer or the focus is on the board the order of the cards
 * that are there stays; new ones come at the end.
 */
function useSteady(workers: readonly Worker[], board: React.RefObject<HTMLElement | null>): readonly Worker[] {
  const [held, setHeld] = useState<readonly string[] | null>(null);
  const latest = useRef(workers);
  latest.current = workers;
  useEffect(() => {
    const element = board.current;
    if (!element) return;
    const hold = (): void => setHeld((before) => before ?? latest.current.map((worker) => worker.id));
    const release = (): void => {
      if (!element.matches(':hover') && !element.contains(document.activeElement)) setHeld(null);
    };
    element.addEventListener('pointerenter', hold);
    element.addEventListener('focusin', hold);
    element.addEventListener('pointerleave', release);
    element.addEventListener('focusout', release);
    return () => {
      element.removeEventListener('pointerenter', hold);
      element.removeEventListener('focusin', hold);
      element.removeEventListener('pointerleave', release);
      element.removeEventListener('focusout', release);
    };
  });
  return useMemo(() => {
    if (!held) return workers;
    const place = new Map(held.map((id, index) => [id, index]));
    return [...workers].sort((a, b) => (place.get(a.id) ?? held.length) - (place.get(b.id) ?? held.length));
  }, [workers, held]);
}

function WorkerList({
  workers,
  selectedId,
  picked,
  onSelect,
  innerRef,
}: {
  workers: readonly Worker[];
  selectedId: string | null;
  picked: ReadonlySet<string>;
  onSelect: (id: string) => void;
  innerRef: React.RefObject<HTMLDivElement | null>;
}) {
  const virtual = useVirtualizer({
    count: workers.length,
    getScrollElement: () => innerRef.current,
    estimateSize: () => 34,
    overscan: 12,
  });
  const index = workers.findIndex((worker) => worker.id === selectedId);
  useEffect(() => {
    if (index >= 0) virtual.scrollToIndex(index);
  }, [index, virtual]);
  return (
    <div ref={innerRef} className="min-h-0 flex-1 overflow-auto">
      <ul className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const worker = workers[item.index];
          if (!worker) return null;
          return (
            <li
              key={worker.id}
              className="absolute inset-x-0 top-0"
              style={{ height: item.size, transform: `translateY(${item.start}px)` }}
            >
              <ListRow
                worker={worker}
                selected={worker.id === selectedId}
                picked={picked.has(worker.id)}
                onSelect={onSelect}
              />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function ListRow({
  worker,
  selected,
  picked,
  onSelect,
}: {
  worker: Worker;
  selected: boolean;
  picked: boolean;
  onSelect: (id: string) => void;
}) {
  const mark = markOf(worker, useNow(15_000));
  const words = stateWords(worker, true);
  const approval = useWaitingApproval(worker.id);
  const tone = mark === 'needs' || mark === 'late' || mark === 'failed';
  return (
    <a
      href={hrefOf({ view: 'worker', id: worker.id, tab: null, file: null })}
      onPointerDown={() => onSelect(worker.id)}
      data-worker={worker.id}
      className={cx(
        'focus-inset grid h-full grid-cols-[16px_minmax(120px,1.2fr)_minmax(0,1.4fr)_minmax(0,2fr)_90px_90px_64px_92px] items-center gap-3 border-b border-hair-soft px-4 text-sm max-narrow:grid-cols-[16px_minmax(0,1fr)_minmax(0,1.4fr)_64px_92px]',
        selected ? 'bg-active shadow-[inset_2px_0_0_var(--accent)]' : 'hover:bg-hover',
        picked && 'bg-accent-bg',
      )}
    >
      <StateMark mark={mark} />
      <span className="truncate text-base font-medium">{worker.name}</span>
      <Where worker={worker} className="font-mono text-xs text-ink-3 max-narrow:hidden" />
      <span className="truncate text-ink-2">
        {worker.state === 'ended' && worker.outcome !== 'done' && worker.outcome !== 'stopped' ? (
          endWords(worker)
        ) : worker.state === 'queued' ? (
          worker.prompt
        ) : tone ? (
          askWords(worker, approval)
        ) : (
          <ActivityText text={worker.activity?.text ?? quietWords(worker)} worker={worker} />
        )}
      </span>
      <KindTag worker={worker} className="text-xs text-ink-3 max-narrow:hidden" />
      <span className="text-xs max-narrow:hidden">
        {worker.changes && worker.changes.files > 0 ? (
          <Delta additions={worker.changes.additions} deletions={worker.changes.deletions} />
        ) : worker.contextPercent !== null ? (
          <Meter percent={worker.contextPercent} label="Context used" />
        ) : null}
      </span>
      <span className="text-right text-xs">{money(worker.usage.costUsd)}</span>
      <span className={cx('text-right text-xs whitespace-nowrap', tone ? markTextColors[mark] : 'text-ink-3')}>
        {words.at === null ? words.before : <Since at={words.at} before={words.before} after={words.after} />}
      </span>
    </a>
  );
}

function EndedStrip({ ended }: { ended: readonly Worker[] }) {
  const [open, setOpen] = useState(false);
  const now = useNow(15_000);
  const shown = open ? ended.slice(0, 200) : ended.slice(0, 2);
  return (
    <section
      aria-label="Ended workers"
      className={cx(
        'mx-4 mt-2 mb-3 shrink-0 rounded-3 text-sm ring-1 ring-inset ring-hair',
        open && 'max-h-[40%] overflow-y-auto',
      )}
    >
      <div className="flex h-8 min-w-0 items-center gap-3 px-3">
        <span className="shrink-0 text-ink-3">Ended</span>
        {!open &&
          shown.map((worker, index) => (
            <a
              key={worker.id}
              href={hrefOf({ view: 'worker', id: worker.id, tab: null, file: null })}
              className={cx(
                'flex min-w-0 items-center gap-3 hover:text-accent-text',
                index > 0 && 'border-l border-hair pl-3',
              )}
            >
              <StateMark mark={markOf(worker, now)} />
              <span className="truncate font-medium">{worker.name}</span>
              {worker.changes && worker.changes.files > 0 && (
                <Delta additions={worker.changes.additions} deletions={worker.changes.deletions} />
              )}
              <span className="text-ink-2 max-narrow:hidden">{money(worker.usage.costUsd)}</span>
            </a>
          ))}
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="ml-auto shrink-0 text-accent-text hover:underline"
        >
          {open ? 'Fold' : `Show all ${ended.length}`}
        </button>
      </div>
      {open &&
        shown.map((worker) => (
          <div key={worker.id} className="h-[34px] border-t border-hair-soft">
            <ListRow
              worker={worker}
              selected={false}
              picked={false}
              onSelect={(id) => useUi.setState({ selectedWorkerId: id })}
            />
          </div>
        ))}
    </section>
  );
}
