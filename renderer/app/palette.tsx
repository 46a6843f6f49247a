import { Command as Cmdk } from 'cmdk';
import { FileDiff, FolderGit2, type LucideIcon, Search, Terminal, TextSearch, Zap } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useNow } from '../data/clock.ts';
import { markOf } from '../data/worker-state.ts';
import { ItemMark } from '../inbox/item-words.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Since } from '../ui/instruments.tsx';
import { CommandKey, KeyCap } from '../ui/key-cap.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import { useApp } from './app-context.ts';
import { runCommand, useAvailableCommands } from './commands.ts';
import { go } from './router.ts';
import { stateWords } from './state-words.ts';
import { showDialog, useUi } from './ui-state.ts';
import { useInbox, useProjects, useWorkers } from './use-rows.ts';

/** At most this many of a kind; more words narrow it down. */
const most = 50;

const row =
  'mx-2 flex h-9 items-center gap-[11px] rounded-2 px-2 data-[selected=true]:bg-accent-bg data-[selected=true]:ring-1 data-[selected=true]:ring-accent-line data-[selected=true]:ring-inset max-phone:h-12';
const heading =
  '[&_[cmdk-group-heading]]:px-4 [&_[cmdk-group-heading]]:pt-2.5 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:leading-4 [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-ink-3';

function Row({
  value,
  keywords,
  icon,
  end,
  onRun,
  children,
}: {
  value: string;
  keywords?: string[];
  icon: ReactNode;
  end?: ReactNode;
  onRun: () => void;
  children: ReactNode;
}) {
  return (
    <Cmdk.Item
      value={value}
      keywords={keywords}
      className={row}
      onSelect={() => {
        useUi.setState({ paletteOpen: false });
        onRun();
      }}
    >
      <span className="flex w-4 shrink-0 justify-center text-ink-3">{icon}</span>
      <span className="min-w-0 flex-1 truncate">{children}</span>
      <span className="flex shrink-0 items-center gap-2 text-sm text-ink-3">{end}</span>
    </Cmdk.Item>
  );
}

function icon(Icon: LucideIcon): ReactNode {
  return <Icon size={15} aria-hidden />;
}

/** Everything one can do or go to, by typing a part of its name. ">" leaves commands alone, "@" workers. */
export function Palette() {
  const open = useUi((state) => state.paletteOpen);
  return (
    <Dialog
      open={open}
      onClose={() => useUi.setState({ paletteOpen: false })}
      title="Search or run a command"
      hideTitle
      width={640}
      top={96}
    >
      <PaletteBody />
    </Dialog>
  );
}

function PaletteBody() {
  const [typed, setTyped] = useState('');
  const workers = useWorkers();
  const inbox = useInbox();
  const projects = useProjects();
  const commands = useAvailableCommands();
  const selectedId = useUi((state) => state.selectedWorkerId);
  const { actions, signOut } = useApp();
  const now = useNow(15_000);
  const only = typed.startsWith('>') ? 'commands' : typed.startsWith('@') ? 'workers' : null;
  const search = only ? typed.slice(1).trimStart() : typed;
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (text: string): boolean => words.every((word) => text.toLowerCase().includes(word));
  const shownWorkers =
    only === 'commands'
      ? []
      : workers
          .filter((worker) =>
            fits(`${worker.name} ${worker.branch ?? ''} ${worker.role ?? ''} ${worker.prompt.slice(0, 300)}`),
          )
          .slice(0, typed ? most : 6);
  const shownCommands =
    only === 'workers'
      ? []
      : commands.filter((command) => !command.keyOnly && fits(`${command.title} ${command.group}`));
  const names = new Map(workers.map(({ id, name }) => [id, name]));
  const shownItems = only
    ? []
    : inbox
        .map((item) => ({ item, name: (item.workerId && names.get(item.workerId)) ?? 'Repository' }))
        .filter(({ item, name }) => fits(`${name} ${item.text}`))
        .slice(0, typed ? most : 4);
  const selected = workers.find((worker) => worker.id === selectedId && worker.worktreePath !== null);
  const places = [
    ...projects.map((project) => ({
      key: `new ${project.id}`,
      text: `New worker in ${project.name}`,
      Icon: FolderGit2,
      end: project.defaultBranch,
      run: () => showDialog({ kind: 'new-worker', projectId: project.id }),
    })),
    ...(selected?.worktreeId
      ? [
          {
            key: `review ${selected.id}`,
            text: `Review the changes of ${selected.name}`,
            Icon: FileDiff,
            end: selected.branch,
            run: () => go({ view: 'review', id: selected.worktreeId ?? '', query: '' }),
          },
        ]
      : []),
    ...(selected
      ? [
          {
            key: `terminal ${selected.id}`,
            text: `Open terminal beside ${selected.name}`,
            Icon: Terminal,
            end: selected.branch,
            run: () => void actions.openTerminal({ workerId: selected.id }),
          },
        ]
      : []),
    ...projects.map((project) => ({
      key: `terminal ${project.id}`,
      text: `Open terminal in ${project.name}`,
      Icon: Terminal,
      end: null,
      run: () => void actions.openTerminal({ projectId: project.id }),
    })),
    {
      key: 'terminal home',
      text: 'Open terminal at home',
      Icon: Terminal,
      end: null,
      run: () => void actions.openTerminal({}),
    },
  ];
  const shownPlaces = only ? [] : places.filter((place) => fits(place.text)).slice(0, typed ? most : 8);
  return (
    <Cmdk label="Search or run a command" shouldFilter={false} loop className="flex min-h-0 flex-1 flex-col">
      <div className="flex h-[52px] shrink-0 items-center gap-3 border-b border-hair px-4">
        <Search size={16} aria-hidden className="shrink-0 text-ink-2" />
        <Cmdk.Input
          value={typed}
          onValueChange={setTyped}
          placeholder="Search or run a command"
          className="h-full min-w-0 flex-1 bg-transparent text-lg outline-none"
          autoFocus
        />
      </div>
      <Cmdk.List className="min-h-0 overflow-y-auto pb-2 phone:h-[min(420px,50vh)] phone:flex-none max-phone:flex-1">
        <Cmdk.Empty className="px-4 py-6 text-center text-ink-2">
          Nothing has these words. Fewer words find more.
        </Cmdk.Empty>
        {shownItems.length > 0 && (
          <Cmdk.Group heading="Waiting for you" className={heading}>
            {shownItems.map(({ item, name }) => (
              <Row
                key={item.id}
                value={`item ${item.id}`}
                icon={<ItemMark item={item} now={now} />}
                end={<Since at={item.since} />}
                onRun={() => go({ view: 'inbox', id: item.id })}
              >
                {name} <span className="text-ink-3">{item.text}</span>
              </Row>
            ))}
          </Cmdk.Group>
        )}
        {shownWorkers.length > 0 && (
          <Cmdk.Group heading="Workers" className={heading}>
            {shownWorkers.map((worker) => {
              const text = stateWords(worker);
              return (
                <Row
                  key={worker.id}
                  value={`worker ${worker.id}`}
                  icon={<StateMark mark={markOf(worker, now)} />}
                  end={text.at === null ? text.before : <Since at={text.at} before={text.before} after={text.after} />}
                  onRun={() => go({ view: 'worker', id: worker.id, tab: null, file: null })}
                >
                  {worker.name} {worker.branch && <span className="text-ink-3">{worker.branch}</span>}
                </Row>
              );
            })}
          </Cmdk.Group>
        )}
        {shownCommands.length > 0 && (
          <Cmdk.Group heading="Commands" className={heading}>
            {shownCommands.map((command) => (
              <Row
                key={command.id}
                value={`command ${command.id}`}
                icon={icon(Zap)}
                end={<CommandKey id={command.id} />}
                onRun={() => runCommand(command.id)}
              >
                {command.group === 'Go to' ? `Go to ${command.title}` : command.title}
              </Row>
            ))}
            {signOut && fits('Forget the token and sign out') && typed && (
              <Row value="command sign-out" icon={icon(Zap)} onRun={signOut}>
                Forget the token and sign out
              </Row>
            )}
          </Cmdk.Group>
        )}
        {!only && search.trim() && (
          <Cmdk.Group heading="Everything that was said" className={heading}>
            <Row
              value="search sessions"
              icon={icon(TextSearch)}
              end={<CommandKey id="go.sessions" />}
              onRun={() => go({ view: 'sessions', query: String(new URLSearchParams({ q: search.trim() })) })}
            >
              Search all sessions: <span className="text-ink-2">{search.trim()}</span>
            </Row>
          </Cmdk.Group>
        )}
        {shownPlaces.length > 0 && (
          <Cmdk.Group heading="Projects and terminals" className={heading}>
            {shownPlaces.map((place) => (
              <Row key={place.key} value={place.key} icon={icon(place.Icon)} end={place.end} onRun={place.run}>
                {place.text}
              </Row>
            ))}
          </Cmdk.Group>
        )}
      </Cmdk.List>
      <div className="flex h-9 shrink-0 items-center gap-4 border-t border-hair px-4 text-xs text-ink-3 max-phone:hidden">
        <span className="flex items-center gap-1.5">
          <KeyCap keys="ArrowUp" />
          <KeyCap keys="ArrowDown" /> move
        </span>
        <span className="flex items-center gap-1.5">
          <KeyCap keys="Enter" /> run
        </span>
        <span className="ml-auto flex items-center gap-1.5">
          <KeyCap keys=">" /> commands
        </span>
        <span className="flex items-center gap-1.5">
          <KeyCap keys="@" /> workers
        </span>
      </div>
    </Cmdk>
  );
}
