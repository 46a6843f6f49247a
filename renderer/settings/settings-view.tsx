import {
  FolderGit2,
  FolderPlus,
  Info,
  Keyboard,
  Lock,
  type LucideIcon,
  MonitorCog,
  Plus,
  Search,
  Shield,
  Terminal,
  Trash2,
  Users,
  X,
} from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import type { Project } from '../../shared/projects.ts';
import type { Settings } from '../../shared/settings.ts';
import { useApp } from '../app/app-context.ts';
import { commands, keyOf, keysOf } from '../app/commands.ts';
import { hrefOf, type SettingsSection } from '../app/router.ts';
import { showDialog, tell } from '../app/ui-state.ts';
import { useProjects } from '../app/use-rows.ts';
import { errorText } from '../data/error-text.ts';
import { setPreferences, usePreferences } from '../data/preferences.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Problem, Segments, Switch, TextField } from '../ui/fields.tsx';
import { exactTime, plural } from '../ui/format.ts';
import { KeyCap } from '../ui/key-cap.tsx';
import { CopyValue } from '../workers/facts-tab.tsx';

const sections: readonly { id: SettingsSection; name: string; icon: LucideIcon; words: string }[] = [
  { id: 'workers', name: 'Workers', icon: Users, words: 'max workers at once kind model branch prefix default' },
  { id: 'rules', name: 'Rules', icon: Shield, words: 'allowed denied tools network permissions' },
  { id: 'projects', name: 'Projects', icon: FolderGit2, words: 'repository trust name remove' },
  { id: 'look', name: 'Look', icon: MonitorCog, words: 'theme dark light density compact' },
  { id: 'keys', name: 'Keys', icon: Keyboard, words: 'shortcuts keyboard' },
  { id: 'about', name: 'About', icon: Info, words: 'version data folder token sign out' },
];

/** Settings: one section at a time. Values apply when they are left; those a flag holds say so. */
export function SettingsView({ section }: { section: SettingsSection }) {
  const [find, setFind] = useState('');
  const shown = sections.filter((one) => `${one.name} ${one.words}`.toLowerCase().includes(find.trim().toLowerCase()));
  return (
    <main className="flex min-h-0 min-w-0 flex-col">
      <div className="flex h-(--viewbar-h) shrink-0 items-center gap-4 border-b border-hair px-4 max-phone:hidden">
        <h1 className="text-md font-strong tracking-[-.01em]">Settings</h1>
        <label className="relative flex items-center">
          <Search size={14} aria-hidden className="pointer-events-none absolute left-2 text-ink-3" />
          <TextField
            aria-label="Find a setting"
            placeholder="Find a setting"
            value={find}
            onChange={(event) => setFind(event.target.value)}
            className="w-56 pl-7"
          />
        </label>
        <span className="ml-auto text-sm text-ink-3 max-narrow:hidden">Changes apply at once</span>
      </div>
      <div className="grid min-h-0 flex-1 grid-cols-[200px_minmax(0,1fr)] max-phone:grid-cols-1 max-phone:grid-rows-[auto_minmax(0,1fr)]">
        <nav
          aria-label="Sections"
          className="grid content-start gap-px overflow-auto border-r border-hair px-2 py-3 max-phone:flex max-phone:border-r-0 max-phone:border-b max-phone:py-1"
        >
          {shown.map(({ id, name, icon: Icon }) => (
            <a
              key={id}
              href={hrefOf({ view: 'settings', section: id })}
              aria-current={section === id ? 'page' : undefined}
              className={cx(
                'focus-inset flex h-7 shrink-0 items-center gap-[9px] rounded-2 px-2 max-phone:h-11',
                section === id ? 'bg-active font-medium text-ink' : 'text-ink-2 hover:bg-hover',
              )}
            >
              <Icon size={16} aria-hidden className={section === id ? 'text-ink' : 'text-ink-3'} />
              {name}
            </a>
          ))}
          {shown.length === 0 && <p className="px-2 text-sm text-ink-3">No setting has these words.</p>}
        </nav>
        <div className="min-h-0 overflow-y-auto px-8 py-5 max-phone:px-3">
          <div className="grid max-w-[820px] gap-4">
            {section === 'workers' && <WorkersSection />}
            {section === 'rules' && <RulesSection />}
            {section === 'projects' && <ProjectsSection />}
            {section === 'look' && <LookSection />}
            {section === 'keys' && <KeysSection />}
            {section === 'about' && <AboutSection />}
          </div>
        </div>
      </div>
    </main>
  );
}

function Panel({
  title,
  about,
  end,
  children,
}: {
  title: string;
  about: string;
  end?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section aria-label={title} className="min-w-0 overflow-hidden rounded-3 bg-surface ring-1 ring-inset ring-hair">
      <header className="flex items-center gap-3 border-b border-hair px-4 py-2.5">
        <div className="min-w-0 flex-1">
          <h2 className="font-strong">{title}</h2>
          <p className="text-sm text-ink-2">{about}</p>
        </div>
        {end}
      </header>
      {children}
    </section>
  );
}

function SettingRow({
  label,
  hint,
  error,
  lockedBy,
  children,
}: {
  label: string;
  hint?: string;
  error?: string | null;
  lockedBy?: string;
  children: ReactNode;
}) {
  return (
    <div className="border-t border-hair-soft px-4 py-2 first:border-t-0">
      <div className="grid min-h-8 grid-cols-[160px_minmax(0,1fr)] items-center gap-3 max-phone:grid-cols-1 max-phone:gap-1">
        <span className="text-ink-2">{label}</span>
        <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
          {children}
          {lockedBy ? (
            <span className="flex items-center gap-1.5 text-sm text-ink-3">
              <Lock size={12} aria-hidden />
              held by <code>{lockedBy}</code>
            </span>
          ) : (
            hint && <span className="text-sm text-ink-3">{hint}</span>
          )}
        </div>
      </div>
      {error && (
        <p role="alert" className="mt-1 pl-[172px] text-sm text-failed max-phone:pl-0">
          {error} The last good value holds.
        </p>
      )}
    </div>
  );
}

/** What is wrong with a value, without the field's own name: it stands beside it. */
function fieldText(problem: unknown): string {
  const text = errorText(problem).replace(/^[A-Za-z.[\]\d]+: /, '');
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

/** Writes one setting; the answer comes back as an event. Says what was wrong, beside the field. */
function useSetting<K extends keyof Settings>(key: K) {
  const { connection } = useApp();
  const value = useStore((state) => state.rows.settings?.values[key]);
  const lockedBy = useStore((state) => state.rows.settings?.lockedBy[key]);
  const admin = useStore((state) => state.access === 'admin');
  const [error, setError] = useState<string | null>(null);
  const save = async (next: Settings[K]): Promise<boolean> => {
    const before = value;
    try {
      await connection.client.settings.update({ [key]: next });
      setError(null);
      if (before !== undefined) {
        tell('Saved.', {
          action: {
            label: 'Undo',
            run: () =>
              void connection.client.settings
                .update({ [key]: before })
                .catch((problem: unknown) => setError(fieldText(problem))),
          },
        });
      }
      return true;
    } catch (problem) {
      setError(fieldText(problem));
      return false;
    }
  };
  return { value, lockedBy, error, save, disabled: lockedBy !== undefined || !admin };
}

/** A text or number that is saved when it is left or Enter is pressed. */
function SavedText({
  label,
  value,
  disabled,
  invalid,
  onSave,
  type = 'text',
  mono = false,
  className,
  placeholder,
  min,
  max,
}: {
  label: string;
  value: string;
  disabled: boolean;
  invalid: boolean;
  onSave: (value: string) => void;
  type?: 'text' | 'number';
  mono?: boolean;
  className?: string;
  placeholder?: string;
  min?: number;
  max?: number;
}) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const save = (): void => {
    if (typed !== value) onSave(typed);
  };
  return (
    <TextField
      aria-label={label}
      type={type}
      mono={mono}
      min={min}
      max={max}
      value={typed}
      placeholder={placeholder}
      disabled={disabled}
      invalid={invalid}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') save();
        if (event.key === 'Escape') setTyped(value);
      }}
      className={className}
    />
  );
}

function WorkersSection() {
  const maxWorkers = useSetting('maxWorkers');
  const kind = useSetting('defaultKind');
  const model = useSetting('defaultModel');
  const prefix = useSetting('branchPrefix');
  return (
    <Panel title="Workers" about="What a new worker gets unless you choose otherwise, and how many run at once.">
      <SettingRow
        label="At once"
        hint="further ones wait in the queue"
        error={maxWorkers.error}
        lockedBy={maxWorkers.lockedBy}
      >
        <SavedText
          label="Workers at once"
          type="number"
          min={1}
          max={100}
          value={String(maxWorkers.value ?? '')}
          disabled={maxWorkers.disabled}
          invalid={maxWorkers.error !== null}
          onSave={(value) => void maxWorkers.save(Number(value))}
          className="w-20"
        />
      </SettingRow>
      <SettingRow
        label="Kind"
        hint={kind.value === 'interactive' ? 'Claude Code in a terminal' : 'a conversation with tool cards'}
        error={kind.error}
        lockedBy={kind.lockedBy}
      >
        <Segments
          label="Kind"
          value={kind.value ?? 'headless'}
          disabled={kind.disabled}
          onChange={(value) => void kind.save(value)}
          options={[
            { value: 'headless', label: 'Headless' },
            { value: 'interactive', label: 'Interactive' },
          ]}
        />
      </SettingRow>
      <SettingRow label="Model" hint="empty: the CLI’s own default" error={model.error} lockedBy={model.lockedBy}>
        <SavedText
          label="Default model"
          mono
          value={model.value ?? ''}
          disabled={model.disabled}
          invalid={model.error !== null}
          onSave={(value) => void model.save(value)}
          placeholder="default"
          className="w-56"
        />
      </SettingRow>
      <SettingRow
        label="Branch prefix"
        hint="put before a worker’s name"
        error={prefix.error}
        lockedBy={prefix.lockedBy}
      >
        <SavedText
          label="Branch prefix"
          mono
          value={prefix.value ?? ''}
          disabled={prefix.disabled}
          invalid={prefix.error !== null}
          onSave={(value) => void prefix.save(value)}
          className="w-56"
        />
      </SettingRow>
    </Panel>
  );
}

function RuleList({
  setting,
  label,
  placeholder,
}: {
  setting: ReturnType<typeof useSetting<'allowedTools'>> | ReturnType<typeof useSetting<'deniedTools'>>;
  label: string;
  placeholder: string;
}) {
  const [typed, setTyped] = useState('');
  const rules = setting.value ?? [];
  const add = async (): Promise<void> => {
    const rule = typed.trim();
    if (!rule) return;
    if (rules.includes(rule) || (await setting.save([...rules, rule]))) setTyped('');
  };
  return (
    <div className="px-4 py-3">
      {setting.lockedBy && (
        <p className="mb-2 flex items-center gap-1.5 text-sm text-ink-3">
          <Lock size={12} aria-hidden />
          held by <code>{setting.lockedBy}</code>
        </p>
      )}
      <ul className="flex flex-wrap gap-1.5">
        {rules.length === 0 && <li className="text-sm text-ink-3">None.</li>}
        {rules.map((rule) => (
          <li
            key={rule}
            className="inline-flex h-6 max-w-full items-center rounded-1 pl-2 ring-1 ring-inset ring-hair-strong"
          >
            <code className="truncate text-[12px]" title={rule}>
              {rule}
            </code>
            {setting.disabled ? (
              <span className="w-2" />
            ) : (
              <Button
                look="ghost"
                size="xs"
                icon={X}
                aria-label={`Remove ${rule}`}
                onClick={() => void setting.save(rules.filter((other) => other !== rule))}
              />
            )}
          </li>
        ))}
      </ul>
      {!setting.disabled && (
        <form
          className="mt-2.5 flex max-w-[460px] gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            void add();
          }}
        >
          <TextField
            mono
            aria-label={label}
            placeholder={placeholder}
            value={typed}
            invalid={setting.error !== null}
            onChange={(event) => setTyped(event.target.value)}
            className="flex-1"
          />
          <Button type="submit" icon={Plus} disabled={!typed.trim()}>
            Add
          </Button>
        </form>
      )}
      {setting.error && (
        <p role="alert" className="mt-1.5 text-sm text-failed">
          {setting.error} The last good list holds.
        </p>
      )}
    </div>
  );
}

function RulesSection() {
  const allowed = useSetting('allowedTools');
  const denied = useSetting('deniedTools');
  const network = useSetting('allowNetwork');
  return (
    <>
      <Panel
        title="Allowed"
        about="Runs without asking. What no rule names waits for you in the inbox. New workers get this list."
      >
        <RuleList setting={allowed} label="New allow rule" placeholder="Bash(npm test:*)" />
      </Panel>
      <Panel title="Denied" about="Never runs, whatever else allows it. Denials beat allows.">
        <RuleList setting={denied} label="New deny rule" placeholder="Bash(git push:*)" />
      </Panel>
      <Panel
        title="Network"
        about="Whether workers may use the tools that fetch and search the web. Commands in a shell are not held by this."
      >
        <SettingRow
          label="Network tools"
          hint={network.value ? 'allowed' : 'not offered to workers'}
          error={network.error}
          lockedBy={network.lockedBy}
        >
          <Switch
            aria-label="Network tools"
            checked={network.value ?? false}
            disabled={network.disabled}
            onCheckedChange={(value) => void network.save(value)}
          />
        </SettingRow>
      </Panel>
    </>
  );
}

function ProjectsSection() {
  const projects = useProjects();
  return (
    <Panel
      title="Projects"
      about="Git repositories that workers may work in."
      end={
        <Button size="sm" icon={FolderPlus} onClick={() => showDialog({ kind: 'add-project' })}>
          Add a project
        </Button>
      }
    >
      {projects.length === 0 && (
        <p className="px-4 py-3 text-ink-2">None yet. Add the folder of a repository to start.</p>
      )}
      {projects.map((project) => (
        <ProjectRow key={project.id} project={project} />
      ))}
    </Panel>
  );
}

function ProjectRow({ project }: { project: Project }) {
  const { connection, actions } = useApp();
  const [error, setError] = useState<string | null>(null);
  const [removing, setRemoving] = useState(false);
  const live = useStore(
    (state) =>
      Object.values(state.rows.workers).filter((worker) => worker.projectId === project.id && worker.state !== 'ended')
        .length,
  );
  const attempt = async (call: Promise<unknown>): Promise<void> => {
    try {
      await call;
      setError(null);
    } catch (problem) {
      setError(errorText(problem));
    }
  };
  return (
    <div className="border-t border-hair-soft px-4 py-3 first:border-t-0">
      <div className="flex flex-wrap items-center gap-2">
        <SavedText
          label={`Name of ${project.name}`}
          value={project.name}
          disabled={false}
          invalid={false}
          onSave={(name) => void attempt(connection.client.projects.update({ id: project.id, name }))}
          className="w-48 font-medium"
        />
        <span className="min-w-0 flex-1 text-sm text-ink-3">
          <CopyValue value={project.path} />
        </span>
        <Button
          look="ghost"
          size="sm"
          icon={Terminal}
          onClick={() => void actions.openTerminal({ projectId: project.id })}
        >
          Open terminal
        </Button>
        <Button
          look="ghost"
          size="sm"
          icon={Plus}
          onClick={() => showDialog({ kind: 'new-worker', projectId: project.id })}
        >
          New worker
        </Button>
      </div>
      <div className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-ink-2">
        <span>
          new workers start from <code>{project.defaultBranch}</code>
        </span>
        {project.remoteUrl && <code className="truncate text-ink-3">{project.remoteUrl}</code>}
        <span className="text-ink-3">{live > 0 ? plural(live, 'live worker') : 'no live worker'}</span>
      </div>
      <div className="mt-2 flex flex-wrap items-center gap-2.5">
        <Switch
          aria-label={`Trust ${project.name}`}
          checked={project.trusted}
          onCheckedChange={(trusted) => void attempt(connection.client.projects.update({ id: project.id, trusted }))}
        />
        <span className="min-w-0 flex-1 text-sm text-ink-2">
          {project.trusted
            ? 'Trusted: its own Claude settings, hooks and MCP servers run in its workers.'
            : 'Not trusted: its own Claude settings, hooks and MCP servers are left out.'}
        </span>
        {removing ? (
          <>
            <span className="text-sm text-ink-2">The repository stays. Forget the project?</span>
            <Button
              size="sm"
              look="danger"
              onClick={() =>
                void attempt(connection.client.projects.remove({ id: project.id })).then(() => setRemoving(false))
              }
            >
              Forget it
            </Button>
            <Button size="sm" look="ghost" onClick={() => setRemoving(false)}>
              Keep
            </Button>
          </>
        ) : (
          <Button size="sm" look="ghost" icon={Trash2} onClick={() => setRemoving(true)}>
            Remove
          </Button>
        )}
      </div>
      {error && <Problem className="mt-2">{error}</Problem>}
    </div>
  );
}

function LookSection() {
  const theme = usePreferences((state) => state.theme);
  const density = usePreferences((state) => state.density);
  return (
    <Panel title="Look" about="For this browser alone.">
      <SettingRow label="Theme">
        <Segments
          label="Theme"
          value={theme}
          onChange={(value) => setPreferences({ theme: value })}
          options={[
            { value: 'system', label: 'As the system' },
            { value: 'dark', label: 'Dark' },
            { value: 'light', label: 'Light' },
          ]}
        />
      </SettingRow>
      <SettingRow
        label="Rows of the rail"
        hint={density === 'compact' ? 'one line: name and cost' : 'two lines: with branch and changed lines'}
      >
        <Segments
          label="Density"
          value={density}
          onChange={(value) => setPreferences({ density: value })}
          options={[
            { value: 'normal', label: 'Normal' },
            { value: 'compact', label: 'Compact' },
          ]}
        />
      </SettingRow>
    </Panel>
  );
}

function KeysSection() {
  const own = usePreferences((state) => state.keys);
  const [listening, setListening] = useState<string | null>(null);
  const [taken, setTaken] = useState<string | null>(null);
  useEffect(() => {
    if (!listening) return;
    const listen = (event: KeyboardEvent): void => {
      event.preventDefault();
      event.stopImmediatePropagation();
      const key = keyOf(event);
      if (!key) return;
      if (key === 'Escape') {
        setListening(null);
        return;
      }
      const { keys } = usePreferences.getState();
      const other = commands.find((command) => command.id !== listening && keysOf(command.id, keys).includes(key));
      if (other) {
        setTaken(`${key.replace('mod', 'Ctrl')} is the key of “${other.title}”. Change that one first.`);
        return;
      }
      setPreferences({ keys: { ...keys, [listening]: [key] } });
      setTaken(null);
      setListening(null);
    };
    window.addEventListener('keydown', listen, true);
    return () => window.removeEventListener('keydown', listen, true);
  }, [listening]);
  return (
    <Panel
      title="Keys"
      about="For this browser alone. Press a key cap, then the new key; Escape leaves it as it was."
      end={
        Object.keys(own).length > 0 && (
          <Button size="sm" onClick={() => setPreferences({ keys: {} })}>
            All as at first
          </Button>
        )
      }
    >
      {taken && <Problem className="m-3">{taken}</Problem>}
      <div className="py-1.5">
        {commands.map((command) => (
          <div key={command.id} className="flex min-h-8 items-center gap-3 px-4">
            <span className="flex-1">{command.title}</span>
            <span className="text-sm text-ink-3">{command.group}</span>
            <button
              type="button"
              title="Change this key"
              onClick={() => {
                setTaken(null);
                setListening(command.id);
              }}
              className="flex min-h-6 w-40 items-center justify-end gap-1 rounded-2 px-1 hover:bg-hover"
            >
              <span className="sr-only">Change the key of {command.title}: </span>
              {listening === command.id ? (
                <span className="text-sm text-accent-text">press a key…</span>
              ) : (
                keysOf(command.id, own).map((keys) => <KeyCap key={keys} keys={keys} />)
              )}
              {listening !== command.id && keysOf(command.id, own).length === 0 && (
                <span className="text-sm text-ink-3">none</span>
              )}
            </button>
            <Button
              look="ghost"
              size="xs"
              icon={X}
              aria-label={`As at first: ${command.title}`}
              className={own[command.id] ? undefined : 'invisible'}
              onClick={() => {
                const { [command.id]: _gone, ...rest } = own;
                setPreferences({ keys: rest });
              }}
            />
          </div>
        ))}
      </div>
    </Panel>
  );
}

function AboutSection() {
  const system = useStore((state) => state.system);
  const access = useStore((state) => state.access);
  const { signOut } = useApp();
  if (!system) return null;
  return (
    <Panel title="About" about="What this page talks to.">
      <SettingRow label="Control Room">{system.version}</SettingRow>
      <SettingRow label="Claude Code">
        {system.claude.version ?? 'not found'}{' '}
        {system.claude.path && <code className="text-ink-3">{system.claude.path}</code>}
        {system.claude.problem && <span className="text-sm text-needs">{system.claude.problem}</span>}
      </SettingRow>
      <SettingRow label="Data folder">
        <CopyValue value={system.dataDir} />
      </SettingRow>
      <SettingRow label="Running since">{exactTime(system.startedAt)}</SettingRow>
      <SettingRow label="Processes">
        orchestrator {system.pid}
        {system.hostPid ? `, host ${system.hostPid}` : ', no host running'} on {system.platform}
      </SettingRow>
      <SettingRow label="You may" hint={signOut ? 'with the token of this browser' : 'in this window'}>
        {access}
      </SettingRow>
      {signOut && (
        <SettingRow label="This browser" hint="the next visit asks for the token">
          <Button size="sm" onClick={signOut}>
            Forget the token
          </Button>
        </SettingRow>
      )}
    </Panel>
  );
}
