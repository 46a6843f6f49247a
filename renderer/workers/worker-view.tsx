import {
  CircleStop,
  Ellipsis,
  MessageCircle,
  PanelRight,
  Pencil,
  RotateCcw,
  Square,
  Terminal,
  Trash2,
} from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { Worker } from '../../shared/workers.ts';
import { usePending } from '../app/actions.ts';
import { useApp } from '../app/app-context.ts';
import { useCommand } from '../app/commands.ts';
import { InspectorFrame, toggleInspector } from '../app/inspector-frame.tsx';
import { go, hrefOf, type Route, type WorkerTab } from '../app/router.ts';
import { stateWords } from '../app/state-words.ts';
import { showDialog, useUi } from '../app/ui-state.ts';
import { useMedia } from '../app/use-media.ts';
import { useWaitingApproval, useWorker } from '../app/use-rows.ts';
import { Where } from '../board/worker-card.tsx';
import { CheckpointsTab } from '../checkpoints/checkpoints-tab.tsx';
import { serverNow, useNow } from '../data/clock.ts';
import { markSeen } from '../data/preferences.ts';
import { useStore } from '../data/store.ts';
import { markOf } from '../data/worker-state.ts';
import { WorkerFiles } from '../files/worker-files.tsx';
import { ApprovalBlock } from '../inbox/approval-block.tsx';
import { WorkerReview } from '../review/review-view.tsx';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Problem } from '../ui/fields.tsx';
import { Since } from '../ui/instruments.tsx';
import { menuItem, menuLook } from '../ui/menu-item.ts';
import { markTextColors, StateMark } from '../ui/state-mark.tsx';
import { useOnChange } from '../ui/use-on-change.ts';
import { ConversationView } from './conversation-view.tsx';
import { FactsTab } from './facts-tab.tsx';
import { HealthMark } from './health-panel.tsx';
import { Inspector } from './inspector.tsx';
import { NoticeBar } from './notice-bar.tsx';
import { TerminalPane } from './terminal-pane.tsx';
import { useWatchResources } from './use-resources.ts';
import { useWorktreeStatus } from './use-worktree-status.ts';
import { healthIsNews } from './worker-notices.ts';

const tabNames: Record<WorkerTab, string> = {
  terminal: 'Terminal',
  conversation: 'Conversation',
  changes: 'Changes',
  checkpoints: 'Checkpoints',
  files: 'Files',
  facts: 'Facts',
};

export function WorkerView({ route }: { route: Extract<Route, { view: 'worker' }> }) {
  const worker = useWorker(route.id);
  const ready = useStore((state) => state.system !== null);
  if (!worker) {
    return (
      <main className="grid content-start justify-items-start gap-3 p-6 text-ink-2">
        {ready && (
          <>
            <h1 className="text-lg font-strong text-ink">There is no such worker</h1>
            <p>It was removed, or the address is from another machine.</p>
            <Button onClick={() => go({ view: 'board' })}>To the board</Button>
          </>
        )}
      </main>
    );
  }
  return <OpenWorker key={worker.id} worker={worker} route={route} />;
}

function OpenWorker({ worker, route }: { worker: Worker; route: Extract<Route, { view: 'worker' }> }) {
  const { actions } = useApp();
  const look = useWorktreeStatus(worker);
  useWatchResources(worker.pid !== null);
  const pending = usePending((state) => state.workers[worker.id]);
  const approval = useWaitingApproval(worker.id);
  // On a phone the conversation comes first and the terminal is for viewing: a thumb's keyboard would shrink its screen.
  const phone = useMedia('(max-width: 639.98px)');
  const tab: WorkerTab = route.tab ?? (worker.kind === 'interactive' && !phone ? 'terminal' : 'conversation');
  const tabs: WorkerTab[] =
    worker.kind === 'interactive'
      ? ['terminal', 'conversation', 'changes', 'checkpoints', 'files', 'facts']
      : ['conversation', 'changes', 'checkpoints', 'files', 'facts'];

  // Each change that is seen here is read.
  useOnChange(() => {
    markSeen(worker.id, serverNow());
    useUi.setState({ selectedWorkerId: worker.id });
  }, [worker.id, worker.stateChangedAt]);

  const running = worker.state === 'working' || worker.state === 'waiting';
  const alive = worker.state !== 'ended';
  useCommand('interrupt', () => void actions.interrupt(worker), running);
  useCommand('stop', () => void actions.stop(worker), alive);
  useCommand('resume', () => void actions.resume(worker), !alive);

  const banner =
    !alive &&
    (tab === 'terminal' ||
      worker.outcome === 'failed' ||
      worker.outcome === 'limit' ||
      worker.recovery.nextAt !== null);
  return (
    <InspectorFrame inspector={<Inspector worker={worker} look={look} file={route.file} />}>
      <main className="relative flex min-h-0 min-w-0 flex-col">
        <Head
          worker={worker}
          tab={tab}
          tabs={tabs}
          resume={!banner}
          files={look.status?.files.length ?? worker.changes?.files ?? null}
        />
        {pending?.error && (
          <Problem
            className="mx-4 mt-3"
            action={
              <Button size="sm" onClick={() => actions.dismissError(worker.id)}>
                Close
              </Button>
            }
          >
            {pending.error}
          </Problem>
        )}
        <NoticeBar worker={worker} ended={banner} />
        {tab === 'conversation' && <ConversationView worker={worker} />}
        {tab === 'terminal' &&
          (worker.terminalId ? (
            <>
              <TerminalPane terminalId={worker.terminalId} readOnly={!alive || phone} />
              {approval && (
                <div className="max-h-[50%] shrink-0 overflow-y-auto border-t border-hair p-3">
                  <ApprovalBlock approval={approval} worker={worker} />
                </div>
              )}
            </>
          ) : (
            <p className="p-6 text-ink-2">
              {alive
                ? 'Its screen appears here when it starts.'
                : 'Its screen is not kept any more. The conversation is.'}
            </p>
          ))}
        {tab === 'changes' &&
          (worker.worktreeId ? (
            <WorkerReview
              id={worker.worktreeId}
              file={route.file}
              onFile={(file) => go({ view: 'worker', id: worker.id, tab: 'changes', file }, true)}
            />
          ) : (
            <NoWorktree worker={worker} what="Changes" />
          ))}
        {tab === 'checkpoints' &&
          (worker.worktreeId ? (
            <CheckpointsTab id={worker.worktreeId} worker={worker} />
          ) : (
            <NoWorktree worker={worker} what="Checkpoints" />
          ))}
        {tab === 'files' && <WorkerFiles worker={worker} file={route.file} />}
        {tab === 'facts' && <FactsTab worker={worker} />}
      </main>
    </InspectorFrame>
  );
}

/** Said where there is no worktree to look at. */
function NoWorktree({ worker, what }: { worker: Worker; what: string }) {
  return (
    <p className="p-6 text-ink-2">
      {worker.state === 'queued' || worker.state === 'preparing'
        ? `Its worktree is made when it starts. ${what} are shown here from then on.`
        : 'This worker works in the project’s own folder, so its changes cannot be told from yours. Look at them with git there.'}
    </p>
  );
}

function Head({
  worker,
  tab,
  tabs,
  files,
  resume,
}: {
  worker: Worker;
  tab: WorkerTab;
  tabs: readonly WorkerTab[];
  files: number | null;
  /** Whether Resume stands here; it stands in the banner when there is one. */
  resume: boolean;
}) {
  const { actions } = useApp();
  const now = useNow(15_000);
  const mark = markOf(worker, now);
  const words = stateWords(worker);
  const pending = usePending((state) => state.workers[worker.id]);
  const doing = pending && pending.error === null ? pending.doing : null;
  const alive = worker.state !== 'ended';
  const other = worker.kind === 'interactive' ? 'headless' : 'interactive';
  return (
    <header className="shrink-0 border-b border-hair px-4 pt-2.5">
      <div className="flex min-w-0 items-center gap-x-2.5 gap-y-1.5 max-phone:flex-wrap">
        <StateMark mark={mark} size={20} />
        <h1
          className="max-w-[50%] min-w-16 truncate text-lg max-phone:max-w-none max-phone:flex-1 leading-6 font-strong tracking-[-.012em]"
          title={worker.name}
        >
          {worker.name}
        </h1>
        <span
          className={cx(
            'shrink-0 text-sm max-phone:order-last max-phone:-mt-2 max-phone:basis-full max-phone:pl-[30px]',
            markTextColors[mark],
          )}
          title={`Known from: ${worker.evidence}`}
        >
          {words.at === null ? words.before : <Since at={words.at} before={words.before} after={words.after} />}
        </span>
        {healthIsNews(worker) ? (
          <span className="min-w-0 flex-1 text-sm max-phone:order-last max-phone:-mt-1 max-phone:basis-full max-phone:pl-[30px]">
            <HealthMark worker={worker} line />
          </span>
        ) : (
          <Where worker={worker} className="flex-1 font-mono text-sm text-ink-3 max-narrow:hidden" />
        )}
        <div className="ml-auto flex shrink-0 items-center gap-1.5">
          {worker.state === 'working' && (
            <Button
              size="sm"
              icon={Square}
              command="interrupt"
              disabled={doing !== null}
              title="Ends this turn; the worker stays"
              className="max-phone:h-10"
              onClick={() => void actions.interrupt(worker)}
            >
              {doing === 'interrupt' ? 'Interrupting…' : 'Interrupt'}
            </Button>
          )}
          {!alive && resume && (
            <Button
              size="sm"
              icon={RotateCcw}
              command="resume"
              disabled={doing !== null}
              className="max-phone:h-10"
              onClick={() => void actions.resume(worker)}
            >
              {doing === 'resume' ? 'Resuming…' : 'Resume'}
            </Button>
          )}
          {alive && worker.state !== 'queued' && (
            <span className="contents max-phone:hidden">
              <Button
                size="sm"
                icon={other === 'interactive' ? Terminal : MessageCircle}
                disabled={doing !== null}
                title={
                  other === 'interactive'
                    ? 'Goes on as Claude Code in a terminal, same session'
                    : 'Goes on as a conversation, same session'
                }
                className="max-narrow:hidden"
                onClick={() => void takeOver(worker, actions.switchKind, other)}
              >
                {doing === 'switch'
                  ? 'Switching…'
                  : other === 'interactive'
                    ? 'Take over in a terminal'
                    : 'Go on headless'}
              </Button>
            </span>
          )}
          {alive && (
            <Button
              size="sm"
              icon={CircleStop}
              disabled={doing !== null}
              title="Ends the worker and its processes; it can be resumed"
              className="max-phone:h-10"
              onClick={() => void actions.stop(worker)}
            >
              {doing === 'stop' ? 'Stopping…' : worker.state === 'queued' ? 'Cancel' : 'Stop'}
            </Button>
          )}
          <DropdownMenu.Root>
            <DropdownMenu.Trigger asChild>
              <Button look="ghost" size="sm" icon={Ellipsis} aria-label="More" className="max-phone:size-10" />
            </DropdownMenu.Trigger>
            <DropdownMenu.Portal>
              <DropdownMenu.Content align="end" sideOffset={4} className={menuLook}>
                {worker.state === 'waiting' && (
                  <DropdownMenu.Item className={menuItem} onSelect={() => void actions.interrupt(worker)}>
                    <Square size={14} aria-hidden className="text-ink-3" /> Interrupt the turn
                  </DropdownMenu.Item>
                )}
                <DropdownMenu.Item
                  className={menuItem}
                  onSelect={() => showDialog({ kind: 'rename', workerId: worker.id })}
                >
                  <Pencil size={14} aria-hidden className="text-ink-3" /> Rename…
                </DropdownMenu.Item>
                <DropdownMenu.Item
                  className={menuItem}
                  disabled={!worker.worktreePath}
                  onSelect={() => void actions.openTerminal({ workerId: worker.id })}
                >
                  <Terminal size={14} aria-hidden className="text-ink-3" /> Open terminal here
                </DropdownMenu.Item>
                <DropdownMenu.Item
                  className={menuItem}
                  disabled={worker.state === 'queued'}
                  onSelect={() => void takeOver(worker, actions.switchKind, other)}
                >
                  {other === 'interactive' ? (
                    <Terminal size={14} aria-hidden className="text-ink-3" />
                  ) : (
                    <MessageCircle size={14} aria-hidden className="text-ink-3" />
                  )}
                  {other === 'interactive' ? 'Take over in a terminal' : 'Go on headless'}
                </DropdownMenu.Item>
                {!alive && (worker.outcome === 'failed' || worker.outcome === 'limit') && (
                  <DropdownMenu.Item className={menuItem} onSelect={() => actions.setAside(worker)}>
                    <CircleStop size={14} aria-hidden className="text-ink-3" /> Put aside
                  </DropdownMenu.Item>
                )}
                <DropdownMenu.Separator className="my-1 h-px bg-hair" />
                <DropdownMenu.Item
                  className={cx(menuItem, 'text-failed')}
                  disabled={alive}
                  onSelect={() => showDialog({ kind: 'remove-worker', workerId: worker.id })}
                >
                  <Trash2 size={14} aria-hidden /> {alive ? 'Remove (stop it first)' : 'Remove…'}
                </DropdownMenu.Item>
              </DropdownMenu.Content>
            </DropdownMenu.Portal>
          </DropdownMenu.Root>
          <Button
            look="ghost"
            size="sm"
            icon={PanelRight}
            aria-label="Show or hide the inspector"
            className="max-phone:hidden"
            onClick={() => toggleInspector()}
          />
        </div>
      </div>
      <nav aria-label="Parts of the worker" className="mt-1.5 -ml-2.5 flex h-9 items-stretch gap-0.5 overflow-x-auto">
        {tabs.map((name) => (
          <a
            key={name}
            href={hrefOf({ view: 'worker', id: worker.id, tab: name, file: null })}
            aria-current={tab === name ? 'page' : undefined}
            className={cx(
              'focus-inset relative inline-flex items-center gap-1.5 px-2.5 whitespace-nowrap',
              tab === name
                ? 'font-medium text-ink after:absolute after:inset-x-2 after:bottom-0 after:h-0.5 after:rounded-t-[2px] after:bg-accent'
                : 'text-ink-3 hover:text-ink-2',
            )}
          >
            {tabNames[name]}
            {name === 'changes' && files !== null && files > 0 && (
              <span className="font-normal text-ink-3">{files}</span>
            )}
          </a>
        ))}
      </nav>
    </header>
  );
}

async function takeOver(
  worker: Worker,
  switchKind: (worker: Worker, kind: Worker['kind']) => Promise<unknown>,
  kind: Worker['kind'],
): Promise<void> {
  const switched = await switchKind(worker, kind);
  if (switched)
    go({ view: 'worker', id: worker.id, tab: kind === 'interactive' ? 'terminal' : 'conversation', file: null });
}
