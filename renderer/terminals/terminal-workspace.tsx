import { X } from 'lucide-react';
import {
  createContext,
  type ReactNode,
  type RefObject,
  useCallback,
  useContext,
  useEffect,
  useRef,
  useState,
} from 'react';
import {
  normalizeWorkspaceModel,
  type Orientation,
  Separator,
  type TabDropTarget,
  type TabNode,
  type TabRenderProps,
  type TabsetNode,
  useParentTabState,
  useWorkspaceRef,
  Workspace,
  type WorkspaceModel,
} from 'react-resizable-panels';
import type { ContractClient } from '../../shared/contract.ts';
import type { TerminalId } from '../../shared/ids.ts';
import { useCommand } from '../app/commands.ts';
import { go } from '../app/router.ts';
import { tell } from '../app/ui-state.ts';
import { useMedia } from '../app/use-media.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { cx } from '../ui/cx.ts';
import { useOnChange } from '../ui/use-on-change.ts';
import { closeShell } from './closing.ts';
import { isEarlierRun } from './earlier-runs.ts';
import { type Direction, neighbour, tabsetOf, tabsetsOf, terminalsOf, withReplaced } from './layout.ts';
import { NoTerminals } from './no-terminals.tsx';
import { TerminalMark, useTerminalName } from './terminal-name.tsx';
import { setTerminalSettings, useTerminalSettings } from './terminal-settings.ts';
import { type Parts, Toolbar } from './terminal-toolbar.tsx';
import { TerminalView } from './terminal-view.tsx';

const classNames = {
  tabset: 'flex h-full min-h-0 min-w-0 flex-col',
  header: 'group/head flex h-8 shrink-0 items-stretch border-b border-hair bg-rail',
  tabList: 'flex min-w-0 overflow-x-auto [scrollbar-width:none]',
  toolbar: 'ml-auto flex shrink-0 items-center gap-0.5 px-1',
  tabPanels: 'relative min-h-0 flex-1',
  dropIndicator: 'rounded-2 bg-accent-bg ring-1 ring-inset ring-accent',
  dragPreview: 'rounded-2 bg-raised px-2.5 py-1 text-sm shadow-(--shadow-pop)',
};

/** The terminal that has, or had last, the keyboard. */
const CurrentId = createContext<string | null>(null);

const emptyModel: WorkspaceModel<null> = { version: 1, root: { type: 'tabset', id: 'root', tabs: [] } };

/** What of the layout that was kept can be shown: terminals that are gone leave it. */
function startLayout(openId: string | null): WorkspaceModel<null> {
  const { terminals } = useStore.getState().rows;
  const kept = normalizeWorkspaceModel<null>(useTerminalSettings.getState().layout, {
    mapTab: (tab) => (terminals[tab.id] ? tab : null),
  });
  if (kept && terminalsOf(kept).length > 0) return kept;
  const first =
    openId ?? Object.values(terminals).find(({ kind, state }) => kind === 'shell' && state === 'running')?.id;
  if (!first || !terminals[first]) return emptyModel;
  return { version: 1, root: { type: 'tabset', id: 'root', selectedId: first, tabs: [{ id: first, data: null }] } };
}

/** Terminals in tabs and splits, to be dragged and driven by keys, kept as they were left. */
export function TerminalWorkspace({ openId, client }: { openId: string | null; client: ContractClient }) {
  const workspace = useWorkspaceRef<null>();
  const place = useRef<HTMLDivElement>(null);
  const replacing = useRef(new Set<string>());
  const [firstModel] = useState(() => startLayout(openId));
  const [current, setCurrent] = useState<string | null>(() => {
    const kept = useTerminalSettings.getState().focusedId;
    const all = terminalsOf(firstModel);
    return openId && all.includes(openId)
      ? openId
      : kept && all.includes(kept)
        ? kept
        : (tabsetsOf(firstModel)[0]?.selectedId ?? null);
  });
  const rows = useStore((state) => state.rows.terminals);
  const phone = useMedia('(max-width: 639.98px)');

  const bringForward = useCallback(
    (id: string, target?: TabDropTarget): void => {
      const space = workspace.current;
      if (!space || !useStore.getState().rows.terminals[id]) return;
      if (tabsetOf(space.getModel(), id)) space.selectTab(id);
      else space.addTab({ id, data: null }, target ? { target } : {});
      setCurrent(id);
      requestAnimationFrame(() => focusTerminal(id));
    },
    [workspace],
  );

  // The address says which terminal is in front, and follows when another one is brought there.
  const known = openId !== null && rows[openId] !== undefined;
  useEffect(() => {
    if (openId && known) bringForward(openId);
  }, [openId, known, bringForward]);
  useEffect(() => {
    if (!current) return;
    setTerminalSettings({ focusedId: current });
    go({ view: 'terminal', id: current }, true);
  }, [current]);

  // Terminals that are gone leave their tabs; a worker that was resumed goes on in the tab of its last run.
  const earlier = useStore(({ rows: { terminals, workers } }) =>
    Object.values(terminals)
      .filter((terminal) => isEarlierRun(terminal, workers))
      .map(({ id }) => id)
      .join(' '),
  );
  useEffect(() => {
    const space = workspace.current;
    if (!space) return;
    const all = terminalsOf(space.getModel());
    for (const id of all) {
      if (rows[id]) replacing.current.delete(id);
      const { workers } = useStore.getState().rows;
      const next = earlier.split(' ').includes(id) ? workers[rows[id]?.workerId ?? '']?.terminalId : null;
      if (next && rows[next] && !all.includes(next)) {
        const model = withReplaced(space.getModel(), id, next);
        space.setModel(model);
        setTerminalSettings({ layout: model });
        setCurrent((before) => (before === id ? next : before));
      } else if (!rows[id] && !replacing.current.has(id)) space.closeTab(id);
    }
  }, [rows, earlier, workspace]);

  const keep = useCallback(
    (model: WorkspaceModel<null>): void => {
      setTerminalSettings({ layout: model });
      setCurrent((before) => {
        if (before && tabsetsOf(model).some(({ selectedId }) => selectedId === before)) return before;
        const sets = tabsetsOf(model);
        const active = sets.find(({ id }) => id === workspace.current?.getActiveTabsetId()) ?? sets[0];
        return active?.selectedId ?? null;
      });
    },
    [workspace],
  );

  const close = useCallback(
    (id: string): void => {
      const terminal = useStore.getState().rows.terminals[id];
      const model = workspace.current?.getModel();
      workspace.current?.closeTab(id);
      if (terminal)
        closeShell(client, terminal, () => {
          if (model && workspace.current) workspace.current.setModel(model);
          bringForward(id);
        });
    },
    [bringForward, client, workspace],
  );

  const openBeside = async (region: 'right' | 'bottom' | 'center', profile?: string): Promise<void> => {
    const beside = current ? rows[current] : undefined;
    const tabsetId = current && workspace.current ? tabsetOf(workspace.current.getModel(), current)?.id : undefined;
    try {
      const made = await client.terminals.create({
        ...(beside?.workerId
          ? { workerId: beside.workerId }
          : beside?.projectId
            ? { projectId: beside.projectId }
            : {}),
        ...(profile ? { profile } : {}),
      });
      waiting.current.set(made.id, tabsetId ? { tabsetId, region: phone ? 'center' : region } : undefined);
      showWaiting();
    } catch (error) {
      tell(errorText(error), { tone: 'error' });
    }
  };

  // A terminal that was just made is shown when its row has come.
  const waiting = useRef(new Map<string, TabDropTarget | undefined>());
  const showWaiting = useCallback((): void => {
    for (const [id, target] of waiting.current) {
      if (!useStore.getState().rows.terminals[id]) continue;
      waiting.current.delete(id);
      bringForward(id, target);
    }
  }, [bringForward]);
  // Each change of the rows may be the one that is waited for.
  useOnChange(showWaiting, [rows, showWaiting]);

  const restart = useCallback(
    async (id: string): Promise<void> => {
      replacing.current.add(id);
      try {
        const made = await client.terminals.restart({ id: id as TerminalId });
        const model = workspace.current?.getModel();
        if (model) {
          const next = withReplaced(model, id, made.id);
          // Its row comes with the next event: until then nothing throws it out.
          replacing.current.add(made.id);
          workspace.current?.setModel(next);
          setTerminalSettings({ layout: next });
        }
        setCurrent(made.id);
      } catch (error) {
        tell(errorText(error), { tone: 'error' });
      } finally {
        replacing.current.delete(id);
      }
    },
    [client, workspace],
  );

  function focusTowards(direction: Direction): void {
    const sets = [...(place.current?.querySelectorAll('[data-tabset]') ?? [])];
    const boxes = new Map(
      sets.map((element) => {
        const { left, right, top, bottom } = element.getBoundingClientRect();
        const shown = element.querySelector('[data-terminal-id]')?.getAttribute('data-terminal-id') ?? '';
        return [shown, { left, right, top, bottom }] as const;
      }),
    );
    const next = current === null ? undefined : neighbour(boxes, current, direction);
    if (next) bringForward(next);
  }
  function step(by: 1 | -1): void {
    const all = workspace.current ? terminalsOf(workspace.current.getModel()) : [];
    const next = all[(all.indexOf(current ?? '') + by + all.length) % all.length];
    if (next) bringForward(next);
  }
  function toggleWhole(): void {
    const space = workspace.current;
    if (!space || !current) return;
    const set = tabsetOf(space.getModel(), current);
    if (space.getModel().maximizedTabsetId) space.restoreTabset();
    else if (set) space.maximizeTabset(set.id);
  }
  useCommand('terminal.new', () => void openBeside('center'));
  useCommand('terminal.right', () => void openBeside('right'));
  useCommand('terminal.below', () => void openBeside('bottom'));
  useCommand('terminal.close', () => current && close(current), current !== null);
  useCommand('terminal.left', () => focusTowards('left'));
  useCommand('terminal.rightward', () => focusTowards('right'));
  useCommand('terminal.up', () => focusTowards('up'));
  useCommand('terminal.down', () => focusTowards('down'));
  useCommand('terminal.next', () => step(1));
  useCommand('terminal.previous', () => step(-1));
  useCommand('terminal.whole', toggleWhole);

  const parts: Parts = {
    close,
    restart: (id) => void restart(id),
    bringForward,
    openBeside: (region, profile) => void openBeside(region, profile),
    toggleWhole,
    setCurrent,
    shown: () => (workspace.current ? terminalsOf(workspace.current.getModel()) : []),
  };
  const latest = useRef(parts);
  latest.current = parts;

  const renderTab = useCallback(
    (tab: TabNode<null>, props: TabRenderProps): ReactNode => (
      <Tab id={tab.id} props={props} parts={latest} client={client} />
    ),
    [client],
  );
  const renderContent = useCallback((tab: TabNode<null>): ReactNode => <Content id={tab.id} parts={latest} />, []);
  const renderToolbar = useCallback(
    (tabset: TabsetNode<null>): ReactNode => (tabset.tabs.length > 0 ? <Toolbar parts={latest} /> : null),
    [],
  );
  return (
    <div ref={place} className="min-h-0 min-w-0 flex-1">
      <CurrentId value={current}>
        <Workspace<null>
          id="terminals"
          workspaceRef={workspace}
          defaultModel={firstModel}
          className="h-full"
          classNames={classNames}
          hiddenTabBehavior="unmount"
          lazyTabContent
          tabRemovalSelectionBehavior="recent"
          tabsetMinWidth="180px"
          tabsetMinHeight="80px"
          onModelChanged={keep}
          renderTab={renderTab}
          renderTabContent={renderContent}
          renderTabsetToolbar={renderToolbar}
          renderSeparator={renderSeparator}
          renderEmptyTabset={renderEmpty}
          renderDragPreview={renderPreview}
        />
      </CurrentId>
    </div>
  );
}

function focusTerminal(id: string): void {
  // A name that is being written keeps the keyboard.
  if (document.activeElement instanceof HTMLInputElement) return;
  document.querySelector<HTMLElement>(`[data-terminal-id="${CSS.escape(id)}"] textarea`)?.focus();
}

const renderEmpty = (): ReactNode => <NoTerminals />;
const renderPreview = (tab: TabNode<null>): ReactNode => <PreviewName id={tab.id} />;
const renderSeparator = (orientation: Orientation): ReactNode => (
  <Separator
    aria-label="Size of the terminals beside it"
    className={cx(
      'bg-hair transition-colors hover:bg-accent data-[separator=active]:bg-accent',
      orientation === 'horizontal' ? 'w-px' : 'h-px',
    )}
  />
);

function PreviewName({ id }: { id: string }) {
  return useTerminalName(useStore((state) => state.rows.terminals[id]));
}

/** A tab: state, name and the way to close it. Its name is changed by pressing it twice. */
function Tab({
  id,
  props,
  parts,
  client,
}: {
  id: string;
  props: TabRenderProps;
  parts: RefObject<Parts>;
  client: ContractClient;
}) {
  const terminal = useStore((state) => state.rows.terminals[id]);
  const name = useTerminalName(terminal);
  const selected = useParentTabState()?.isSelected ?? false;
  const current = useContext(CurrentId) === id;
  const [renaming, setRenaming] = useState(false);
  const rename = (title: string): void => {
    setRenaming(false);
    if (!title.trim() || title.trim() === name) return;
    client.terminals
      .rename({ id: id as TerminalId, title })
      .catch((error: unknown) => tell(errorText(error), { tone: 'error' }));
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its role and its keys come with the props
    // biome-ignore lint/a11y/useKeyWithClickEvents: its role and its keys come with the props
    <div
      {...props}
      className={cx(
        props.className,
        'focus-inset group relative flex max-w-52 min-w-24 cursor-default items-center gap-2 border-r border-hair-soft pr-1 pl-2.5 text-sm select-none',
        selected ? 'bg-term-bg text-ink' : 'text-ink-3 hover:bg-hover hover:text-ink-2',
        current && 'before:absolute before:inset-x-0 before:top-0 before:h-0.5 before:bg-accent',
      )}
      title={terminal?.cwd}
      onClick={(event) => {
        props.onClick?.(event);
        // The second press of two begins a new name, which must keep the keyboard.
        if (event.detail === 1) parts.current.bringForward(id);
      }}
      onAuxClick={(event) => event.button === 1 && parts.current.close(id)}
      onDoubleClick={() => terminal?.kind === 'shell' && setRenaming(true)}
    >
      <TerminalMark terminal={terminal} />
      {renaming ? (
        <input
          // biome-ignore lint/a11y/noAutofocus: it takes the place of what was just pressed
          autoFocus
          aria-label="Name of the terminal"
          defaultValue={name}
          maxLength={80}
          className="min-w-0 flex-1 rounded-1 bg-well px-1 outline-none ring-1 ring-inset ring-focus"
          onFocus={(event) => event.target.select()}
          onBlur={(event) => rename(event.target.value)}
          onKeyDown={(event) => {
            event.stopPropagation();
            if (event.key === 'Enter') event.currentTarget.blur();
            if (event.key === 'Escape') setRenaming(false);
          }}
        />
      ) : (
        <span className="min-w-0 flex-1 truncate">{name}</span>
      )}
      {/* Not a button: a tab holds no other control. By keyboard there are a key and the menu. */}
      <span
        aria-hidden
        title={`Close ${name}`}
        onPointerDown={(event) => event.stopPropagation()}
        className={cx(
          'grid size-5 shrink-0 place-items-center rounded-2 text-ink-3 hover:bg-active hover:text-ink',
          !selected && 'opacity-0 group-hover:opacity-100',
        )}
        onClick={(event) => {
          event.stopPropagation();
          parts.current.close(id);
        }}
      >
        <X size={13} aria-hidden />
      </span>
    </div>
  );
}

function Content({ id, parts }: { id: string; parts: RefObject<Parts> }) {
  const terminal = useStore((state) => state.rows.terminals[id]);
  const current = useContext(CurrentId) === id;
  const worker = useStore((state) =>
    terminal?.kind === 'worker' && terminal.workerId ? state.rows.workers[terminal.workerId] : undefined,
  );
  if (!terminal) return null;
  const readOnly = terminal.state === 'exited';
  return (
    <div data-terminal-id={id} className="absolute inset-0" onFocusCapture={() => parts.current.setCurrent(id)}>
      <TerminalView
        terminalId={terminal.id}
        readOnly={readOnly}
        active={current}
        focus={current}
        {...(worker ? {} : { onRestart: () => parts.current.restart(id) })}
      />
    </div>
  );
}
