import {
  Activity,
  Inbox,
  LayoutGrid,
  type LucideIcon,
  Plus,
  Settings2,
  SquareTerminal,
  TextSearch,
} from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import { BoardView } from '../board/board-view.tsx';
import { PhoneBoard } from '../board/phone-board.tsx';
import { setPreferences, usePreferences } from '../data/preferences.ts';
import { useStore } from '../data/store.ts';
import { InboxView } from '../inbox/inbox-view.tsx';
import { PhoneInbox } from '../inbox/phone-inbox.tsx';
import { useNotices } from '../notifications/use-notices.ts';
import { useOverlapNotices } from '../overlaps/use-overlap-notices.ts';
import { Button } from '../ui/button.tsx';
import { Count } from '../ui/chip.tsx';
import { cx } from '../ui/cx.ts';
import { clockTime, money } from '../ui/format.ts';
import { loadMarkdown } from '../ui/markdown.tsx';
import { useOnChange } from '../ui/use-on-change.ts';
import { NewWorkerDialog } from '../workers/new-worker-dialog.tsx';
import type { Actions } from './actions.ts';
import { useApp } from './app-context.ts';
import { BrandSign } from './brand.tsx';
import { listenForKeys, useCommand } from './commands.ts';
import { later, loadTheRest } from './later.tsx';
import { listenForMenu } from './menu-commands.ts';
import { Palette } from './palette.tsx';
import { Rail } from './rail.tsx';
import { go, hrefOf, parseRoute, type Route, useRoute } from './router.ts';
import { focusSearch } from './search-focus.ts';
import { drawFavicon, titleOf } from './title.ts';
import { Toasts } from './toasts.tsx';
import { TopBar, useTotals } from './top-bar.tsx';
import { showDialog, tell, useUi } from './ui-state.ts';
import { useDataNotice } from './use-data-notice.ts';
import { useMedia } from './use-media.ts';
import { useInboxSum } from './use-rows.ts';
import { useTheme } from './use-theme.ts';

// What is typed right after its key (a new worker's prompt, the palette's words) is never left for later.
const WorkerView = later(async () => {
  // Its conversation is Markdown: both at once, so that no raw text is seen first.
  const [{ WorkerView: View }] = await Promise.all([import('../workers/worker-view.tsx'), loadMarkdown()]);
  return View;
});
const SettingsView = later(async () => (await import('../settings/settings-view.tsx')).SettingsView);
const SessionsView = later(async () => (await import('../sessions/sessions-view.tsx')).SessionsView);
const SessionView = later(async () => {
  const [{ SessionView: View }] = await Promise.all([import('../sessions/session-view.tsx'), loadMarkdown()]);
  return View;
});
const UsageView = later(async () => (await import('../usage/usage-view.tsx')).UsageView);
const ChangesView = later(async () => (await import('../sessions/changes-view.tsx')).ChangesView);
const ReviewView = later(async () => (await import('../review/review-view.tsx')).ReviewView);
const OverlapsView = later(async () => (await import('../overlaps/overlaps-view.tsx')).OverlapsView);
const DiskView = later(async () => (await import('../disk/disk-view.tsx')).DiskView);
const LogsView = later(async () => (await import('../logs/logs-view.tsx')).LogsView);
const HealthView = later(async () => (await import('../health/health-view.tsx')).HealthView);
const DoctorView = later(async () => (await import('../doctor/doctor-view.tsx')).DoctorView);
const TerminalsView = later(async () => (await import('../terminals/terminals-view.tsx')).TerminalsView);
const RecordingView = later(async () => (await import('../terminals/recording-view.tsx')).RecordingView);
const FilesView = later(async () => (await import('../files/files-view.tsx')).FilesView);
const ShareDialog = later(async () => (await import('../terminals/share-dialog.tsx')).ShareDialog);
const AddProjectDialog = later(async () => (await import('../projects/add-project-dialog.tsx')).AddProjectDialog);
const ShortcutsDialog = later(async () => (await import('./shortcuts-dialog.tsx')).ShortcutsDialog);
const RenameDialog = later(async () => (await import('../workers/worker-dialogs.tsx')).RenameDialog);
const RemoveWorkerDialog = later(async () => (await import('../workers/worker-dialogs.tsx')).RemoveWorkerDialog);

/** Keeps title and icon of the tab saying how much waits. */
function useTitle(route: Route): void {
  const { count, worst } = useInboxSum();
  const name = useStore((state) => (route.view === 'worker' ? state.rows.workers[route.id]?.name : undefined));
  const theme = usePreferences((state) => state.theme);
  const unwell = useStore((state) => (state.rows.health?.status ?? 'healthy') !== 'healthy');
  useEffect(() => {
    document.title = titleOf(count, route.view, name, unwell);
  }, [count, route.view, name, unwell]);
  // A change of the theme changes the colours read here.
  useOnChange(() => {
    const style = getComputedStyle(document.documentElement);
    const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (link) link.href = drawFavicon(worst, (token) => style.getPropertyValue(token).trim());
  }, [worst, theme]);
}

/** A terminal where the user is: beside the worker or the terminal that is open, else at home. */
function openTerminalHere(actions: Actions): void {
  const route = parseRoute(location.hash);
  const { rows } = useStore.getState();
  const beside = route?.view === 'terminal' ? rows.terminals[route.id] : undefined;
  const workerId = route?.view === 'worker' ? route.id : beside?.workerId;
  if (workerId && rows.workers[workerId]?.worktreePath) void actions.openTerminal({ workerId });
  else void actions.openTerminal(beside?.projectId ? { projectId: beside.projectId } : {});
}

function useGlobalCommands(): void {
  const { actions } = useApp();
  useCommand('terminal.new', () => openTerminalHere(actions));
  useCommand('go.terminals', () => go({ view: 'terminals', wall: false }));
  useCommand('go.files', () => go({ view: 'files', path: null }));
  useCommand('terminal.wall', () => go({ view: 'terminals', wall: true }));
  useEffect(listenForKeys, []);
  useEffect(listenForMenu, []);
  useCommand('palette', () => useUi.setState(({ paletteOpen }) => ({ paletteOpen: !paletteOpen })));
  useCommand('worker.new', () => showDialog({ kind: 'new-worker' }));
  useCommand('project.add', () => showDialog({ kind: 'add-project' }));
  useCommand('shortcuts', () => showDialog({ kind: 'shortcuts' }));
  useCommand('go.board', () => go({ view: 'board' }));
  useCommand('go.inbox', () => go({ view: 'inbox', id: null }));
  useCommand('go.sessions', () => {
    go({ view: 'sessions', query: '' });
    focusSearch();
  });
  useCommand('go.changes', () => go({ view: 'changes', deleted: false }));
  useCommand('go.usage', () => go({ view: 'usage', query: '' }));
  useCommand('go.settings', () => go({ view: 'settings', section: 'workers' }));
  useCommand('go.permissions', () => go({ view: 'settings', section: 'permissions' }));
  useCommand('go.tester', () => go({ view: 'settings', section: 'tester' }));
  useCommand('go.roles', () => go({ view: 'settings', section: 'roles' }));
  useCommand('go.limits', () => go({ view: 'settings', section: 'limits' }));
  useCommand('go.audit', () => go({ view: 'settings', section: 'audit' }));
  useCommand('go.overlaps', () => go({ view: 'overlaps', id: null }));
  useCommand('go.disk', () => go({ view: 'disk' }));
  useCommand('go.health', () => go({ view: 'health', section: 'overview', span: '1h' }));
  useCommand('go.alerts', () => go({ view: 'health', section: 'alerts', span: '1h' }));
  useCommand('go.doctor', () => go({ view: 'doctor' }));
  useCommand('go.logs', () => go({ view: 'logs', query: '' }));
  useCommand('go.configuration', () => go({ view: 'settings', section: 'configuration' }));
  useCommand('rail', () => setPreferences({ railFolded: !usePreferences.getState().railFolded }));
  useCommand('theme', () =>
    setPreferences({ theme: document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark' }),
  );
}

/** The first view draws and answers alone; what comes later is fetched when that has settled. */
const restAfterMs = 400;

/** The whole page once it is connected, or was. */
export function App() {
  const phone = useMedia('(max-width: 639.98px)');
  const address = useRoute();
  const route: Route = address ?? (phone ? { view: 'inbox', id: null } : { view: 'board' });
  useEffect(() => {
    if (address === null) go(phone ? { view: 'inbox', id: null } : { view: 'board' }, true);
  }, [address, phone]);
  useTheme();
  useTitle(route);
  useNotices();
  useOverlapNotices();
  useDataNotice();
  useGlobalCommands();
  const paletteOpen = useUi((state) => state.paletteOpen);
  useEffect(() => {
    const timer = setTimeout(
      () =>
        void loadTheRest().catch(() =>
          tell('A part of the page could not be loaded. Reload the page.', { tone: 'error' }),
        ),
      restAfterMs,
    );
    return () => clearTimeout(timer);
  }, []);
  // Another place closes what belonged to the last one.
  useOnChange(() => {
    useUi.setState({ inspectorDrawer: false });
  }, [route.view, 'id' in route ? route.id : null]);
  return (
    <>
      {phone ? <PhoneFrame route={route} /> : <Frame route={route} />}
      {paletteOpen && <Palette />}
      <Dialogs />
      <Toasts />
    </>
  );
}

function Dialogs() {
  const dialog = useUi((state) => state.dialog);
  switch (dialog?.kind) {
    case 'new-worker':
      return <NewWorkerDialog initialProjectId={dialog.projectId} initialPrompt={dialog.prompt} />;
    case 'add-project':
      return <AddProjectDialog />;
    case 'shortcuts':
      return <ShortcutsDialog />;
    case 'share-terminal':
      return <ShareDialog terminalId={dialog.terminalId} />;
    case 'rename':
      return <RenameDialog workerId={dialog.workerId} />;
    case 'remove-worker':
      return <RemoveWorkerDialog workerId={dialog.workerId} />;
    default:
      return null;
  }
}

/** Loads what shows a place, ahead of the first drawing of it. */
export async function loadView(route: Route | null): Promise<void> {
  const parts: Partial<Record<Route['view'], { load(): Promise<unknown> }>> = {
    worker: WorkerView,
    terminal: TerminalsView,
    terminals: TerminalsView,
    recording: RecordingView,
    files: FilesView,
    settings: SettingsView,
    doctor: DoctorView,
    logs: LogsView,
    health: HealthView,
    sessions: SessionsView,
    session: SessionView,
    usage: UsageView,
    changes: ChangesView,
    review: ReviewView,
    overlaps: OverlapsView,
    disk: DiskView,
  };
  if (route) await parts[route.view]?.load();
}

function View({ route }: { route: Route }): ReactNode {
  switch (route.view) {
    case 'board':
      return <BoardView />;
    case 'inbox':
      return <InboxView id={route.id} />;
    case 'worker':
      return <WorkerView route={route} />;
    case 'terminal':
    case 'terminals':
      return (
        <TerminalsView
          openId={route.view === 'terminal' ? route.id : null}
          wall={route.view === 'terminals' && route.wall}
        />
      );
    case 'files':
      return <FilesView path={route.path} />;
    case 'recording':
      return <RecordingView key={`${route.id} ${route.atMs ?? ''}`} id={route.id} atMs={route.atMs ?? null} />;
    case 'settings':
      return <SettingsView section={route.section} item={route.item ?? null} />;
    case 'doctor':
      return <DoctorView />;
    case 'logs':
      return <LogsView query={route.query} />;
    case 'health':
      return <HealthView section={route.section} span={route.span} />;
    case 'sessions':
      return <SessionsView query={route.query} />;
    case 'session':
      return <SessionView id={route.id} at={route.at} find={route.find} />;
    case 'usage':
      return <UsageView query={route.query} />;
    case 'changes':
      return <ChangesView deleted={route.deleted} />;
    case 'review':
      return <ReviewView key={route.id} route={route} />;
    case 'overlaps':
      return <OverlapsView projectId={route.id} />;
    case 'disk':
      return <DiskView />;
  }
}

function Frame({ route }: { route: Route }) {
  const narrow = useMedia('(max-width: 960.98px)');
  const folded = usePreferences((state) => state.railFolded) || narrow;
  return (
    <div
      className={cx(
        'grid h-dvh grid-rows-[var(--topbar-h)_minmax(0,1fr)]',
        folded ? 'grid-cols-[var(--rail-w-folded)_minmax(0,1fr)]' : 'grid-cols-[var(--rail-w)_minmax(0,1fr)]',
      )}
    >
      <TopBar folded={folded} />
      <Rail route={route} folded={folded} />
      <View route={route} />
    </div>
  );
}

const phoneTitles = {
  inbox: 'Inbox',
  board: 'Board',
  settings: 'Settings',
  doctor: 'Doctor',
  logs: 'Logs',
  health: 'Health',
  sessions: 'Sessions',
  usage: 'Usage',
  changes: 'Changes',
  overlaps: 'Overlaps',
  disk: 'Worktrees',
} as const;

function PhoneFrame({ route }: { route: Route }) {
  const totals = useTotals();
  const { count, worst } = useInboxSum();
  const connection = useStore((state) => state.connection);
  const max = useStore((state) => state.rows.settings?.values.maxWorkers ?? null);
  const { connection: link } = useApp();
  const title = route.view in phoneTitles ? phoneTitles[route.view as keyof typeof phoneTitles] : null;
  return (
    <div className="flex h-dvh flex-col text-md">
      {title && (
        <header className="relative flex shrink-0 items-center gap-2 px-4 pt-3.5 pb-2.5">
          <h1 className="flex-1 text-xl font-strong tracking-[-.02em]">
            {title}
            {route.view === 'inbox' && count > 0 && (
              <span className="ml-2 text-md font-normal tracking-normal text-ink-3">{count} waiting</span>
            )}
          </h1>
          {connection.status === 'lost' ? (
            <Button size="sm" look="ghost" onClick={link.retry}>
              as of {clockTime(connection.since)}
            </Button>
          ) : (
            <span className="flex gap-3 text-sm text-ink-3">
              <span>
                {totals.running} / {max ?? '–'} running
              </span>
              <span>{money(totals.costTodayUsd)}</span>
            </span>
          )}
          {connection.status !== 'live' && <div className="absolute inset-x-0 bottom-0 h-px bg-ink-3" />}
        </header>
      )}
      {route.view === 'inbox' || route.view === 'board' ? (
        <main className="min-h-0 flex-1 overflow-y-auto px-3 pb-4">
          {route.view === 'inbox' ? <PhoneInbox id={route.id} /> : <PhoneBoard />}
        </main>
      ) : (
        <div className="grid min-h-0 flex-1 grid-rows-[minmax(0,1fr)]">
          <View route={route} />
        </div>
      )}
      <nav
        aria-label="Views"
        className="grid shrink-0 grid-cols-7 border-t border-hair bg-rail pt-1.5 pb-[max(10px,env(safe-area-inset-bottom))]"
      >
        <PhoneTab
          to={{ view: 'inbox', id: null }}
          icon={Inbox}
          label="Inbox"
          on={route.view === 'inbox'}
          count={count}
          late={worst === 'late' || worst === 'failed'}
        />
        <PhoneTab
          to={{ view: 'board' }}
          icon={LayoutGrid}
          label="Board"
          on={['board', 'worker', 'review', 'overlaps', 'disk'].includes(route.view)}
        />
        <button
          type="button"
          onClick={() => showDialog({ kind: 'new-worker' })}
          className="focus-inset grid h-12 content-center justify-items-center gap-[3px] text-2xs leading-[14px] text-ink-3"
        >
          <Plus size={20} strokeWidth={1.8} aria-hidden />
          New
        </button>
        <PhoneTab
          to={{ view: 'sessions', query: '' }}
          icon={TextSearch}
          label="Sessions"
          on={['sessions', 'session', 'usage', 'changes'].includes(route.view)}
        />
        <PhoneTab
          to={{ view: 'terminals', wall: false }}
          icon={SquareTerminal}
          label="Terminals"
          on={route.view === 'terminals' || route.view === 'terminal' || route.view === 'recording'}
        />
        <PhoneTab
          to={{ view: 'health', section: 'overview', span: '1h' }}
          icon={Activity}
          label="Health"
          on={['health', 'doctor', 'logs'].includes(route.view)}
        />
        <PhoneTab
          to={{ view: 'settings', section: 'workers' }}
          icon={Settings2}
          label="Settings"
          on={route.view === 'settings'}
        />
      </nav>
    </div>
  );
}

function PhoneTab({
  to,
  icon: Icon,
  label,
  on,
  count = 0,
  late = false,
}: {
  to: Route;
  icon: LucideIcon;
  label: string;
  on: boolean;
  count?: number;
  late?: boolean;
}) {
  return (
    <a
      href={hrefOf(to)}
      aria-current={on ? 'page' : undefined}
      className={cx(
        'focus-inset relative grid h-12 content-center justify-items-center gap-[3px] text-2xs leading-[14px]',
        on ? 'text-accent-text' : 'text-ink-3',
      )}
    >
      <Icon size={20} strokeWidth={1.8} aria-hidden />
      {label}
      {count > 0 && <Count value={count} late={late} className="absolute top-px left-1/2 ml-1.5" />}
    </a>
  );
}

/** Before the first answer: the room is dark, and says why only when it takes long. */
export function Waiting() {
  const connection = useStore((state) => state.connection);
  const { connection: link } = useApp();
  return (
    <main className="grid h-full place-items-center p-6">
      <div className="grid justify-items-center gap-3 text-center">
        <BrandSign size={32} />
        {connection.status === 'away' && (
          <>
            <p className="max-w-[380px] text-ink-2">
              {connection.reason} It is tried again by itself. Is Control Room still running on that machine?
            </p>
            <Button onClick={link.retry}>Try now</Button>
          </>
        )}
      </div>
    </main>
  );
}
