import { ChevronDown, ChevronRight, Folder, IdCard, MessageCircle, Shield, Terminal } from 'lucide-react';
import { type ReactNode, useId, useRef, useState } from 'react';
import type { ProjectId, WorkerId } from '../../shared/ids.ts';
import { nameFromPrompt } from '../../shared/worker-name.ts';
import type { PermissionMode, SpawnWorkerInput } from '../../shared/workers.ts';
import { useApp } from '../app/app-context.ts';
import { go } from '../app/router.ts';
import { useTotals } from '../app/top-bar.tsx';
import { showDialog, tell } from '../app/ui-state.ts';
import { useProjects } from '../app/use-rows.ts';
import { errorField, errorText } from '../data/error-text.ts';
import { setPreferences, usePreferences } from '../data/preferences.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Problem, SelectField, TextField } from '../ui/fields.tsx';
import { ordinal } from '../ui/format.ts';
import { StateMark } from '../ui/state-mark.tsx';
import { useOnChange } from '../ui/use-on-change.ts';
import { type LimitDraft, limitsOf } from './limit-words.ts';
import { modeWords, permissionModes } from './mode-words.ts';
import { DangerPanel, dangerousWord, StartLimits, StartPermissions } from './start-permissions.tsx';
import { TakenFiles } from './taken-files.tsx';
import { type Chosen, chosenInput, nothingChosen, startOf } from './worker-start.ts';
import { isWholeChoice, newWorktree, type WorktreeChoice, WorktreeField, worktreeInput } from './worktree-choice.tsx';

const draftKey = 'control-room.draft.new-worker';
const models = ['', 'opus', 'sonnet', 'haiku'] as const;

function FieldRow({
  label,
  children,
  error,
  htmlFor,
}: {
  label: string;
  children: ReactNode;
  error?: string | null;
  htmlFor?: string;
}) {
  return (
    <div className="grid grid-cols-[84px_minmax(0,1fr)] items-start gap-x-1 max-phone:grid-cols-1 max-phone:gap-y-1">
      <label htmlFor={htmlFor} className="leading-8 text-ink-3 max-phone:text-sm max-phone:leading-5">
        {label}
      </label>
      <div className="flex min-h-8 min-w-0 flex-wrap items-center gap-2">{children}</div>
      {error && (
        <p role="alert" className="col-start-2 pb-1 text-sm text-failed max-phone:col-start-1">
          {error}
        </p>
      )}
    </div>
  );
}

/** Prompt first; everything else has a good answer already. */
export function NewWorkerDialog({
  initialProjectId,
  initialPrompt,
}: {
  initialProjectId?: string;
  initialPrompt?: string;
}) {
  const { connection } = useApp();
  const projects = useProjects();
  const settings = useStore((state) => state.rows.settings?.values);
  const dangerousAllowed = useStore((state) => state.system?.dangerousAllowed ?? false);
  const sandboxProblem = useStore((state) =>
    state.system?.osSandbox.available ? null : state.system?.osSandbox.problem,
  );
  const lastProjectId = usePreferences((state) => state.lastProjectId);
  const totals = useTotals();
  const ids = useId();

  const [prompt, setPrompt] = useState(() => initialPrompt ?? localStorage.getItem(draftKey) ?? '');
  const [chosenProjectId, setProjectId] = useState<string | null>(null);
  // Found anew each time: a project just added may arrive a moment after the dialog has opened for it.
  const projectId =
    [chosenProjectId, initialProjectId, lastProjectId].find((id) => projects.some((project) => project.id === id)) ??
    projects[0]?.id ??
    '';
  const project = projects.find((candidate) => candidate.id === projectId);
  const [kind, setKind] = useState<'interactive' | 'headless'>(settings?.defaultKind ?? 'headless');
  const [chosen, setChosen] = useState<Chosen>(nothingChosen);
  const change = (part: Partial<Chosen>): void => setChosen((before) => ({ ...before, ...part }));
  const roles = useStore((state) => state.rows.roles);
  const workers = useStore((state) => state.rows.workers);
  const [roleName, setRoleName] = useState('');
  const [limitDraft, setLimitDraft] = useState<LimitDraft | null>(null);
  const [confirm, setConfirm] = useState('');
  const [ownModel, setOwnModel] = useState(false);
  const [name, setName] = useState('');
  const [worktree, setWorktree] = useState<WorktreeChoice>(newWorktree);
  const [more, setMore] = useState(false);
  const [priority, setPriority] = useState('0');
  const [team, setTeam] = useState('');
  const [after, setAfter] = useState<readonly WorkerId[]>([]);
  const [error, setError] = useState<{ field: string | null; text: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const [another, setAnother] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);

  // Another project has other branches and worktrees.
  useOnChange(() => {
    setWorktree(newWorktree);
    setAfter([]);
  }, [projectId]);

  const close = (): void => showDialog(null);
  const keep = (text: string): void => {
    setPrompt(text);
    try {
      if (text) localStorage.setItem(draftKey, text);
      else localStorage.removeItem(draftKey);
    } catch {
      // Larger than the storage: it lives as long as the dialog does.
    }
  };

  const suggested = nameFromPrompt(prompt);
  const finalName = name.trim() || suggested;
  const max = settings?.maxWorkers ?? 0;
  const free = Math.max(0, max - totals.running);
  const role = roles[roleName];
  const begin = startOf(chosen, role, settings);
  const mode = begin.permissionMode.value;
  const fromRole = [
    begin.model.source === 'role' && 'model',
    begin.permissionMode.source === 'role' && 'permissions',
  ].filter(Boolean);
  const typedLimits = limitDraft ? limitsOf(limitDraft) : null;
  const dangerous = mode === 'dangerous';
  const ready =
    (kind === 'interactive' || prompt.trim() !== '') &&
    isWholeChoice(worktree) &&
    !(typedLimits && 'problem' in typedLimits) &&
    (!dangerous || (dangerousAllowed && confirm === dangerousWord));

  const start = async (): Promise<void> => {
    if (!project || busy || !ready) return;
    setBusy(true);
    setError(null);
    const input: Partial<SpawnWorkerInput> & { projectId: ProjectId } = {
      projectId: project.id,
      kind,
      ...worktreeInput(worktree),
      priority: Number(priority) || 0,
      ...(prompt.trim() ? { prompt: prompt.trim() } : {}),
      ...(name.trim() ? { name: name.trim() } : {}),
      ...chosenInput(chosen),
      ...(typedLimits && 'limits' in typedLimits ? { limits: typedLimits.limits } : {}),
      ...(dangerous ? { permissionMode: mode, confirm } : {}),
      ...(role ? { role: role.name } : {}),
      ...(team.trim() ? { team: team.trim() } : {}),
      ...(after.length > 0 ? { dependsOn: [...after] } : {}),
    };
    try {
      const worker = await connection.client.workers.spawn(input);
      keep('');
      setPreferences({ lastProjectId: project.id });
      if (another) {
        setName('');
        setConfirm('');
        setBusy(false);
        tell(`${worker.name} ${worker.state === 'queued' ? 'is queued' : 'starts'}.`, {
          action: { label: 'Open', run: () => go({ view: 'worker', id: worker.id, tab: null, file: null }) },
        });
        box.current?.focus();
      } else {
        close();
        go({ view: 'worker', id: worker.id, tab: null, file: null });
      }
    } catch (problem) {
      const field = errorField(problem);
      setError({ field, text: errorText(problem) });
      if (field && ['team', 'priority'].includes(field)) setMore(true);
      setBusy(false);
    }
  };
  const errorAt = (...fields: string[]): string | null =>
    error?.field && fields.includes(error.field) ? error.text : null;
  const placed = [
    'name',
    'baseBranch',
    'worktree',
    'branch',
    'worktreeId',
    'model',
    'permissionMode',
    'confirm',
    'role',
    'team',
    'priority',
    'limits',
    'allowedTools',
    'deniedTools',
  ];

  if (projects.length === 0) {
    return (
      <Dialog
        open
        onClose={close}
        title="New worker"
        width={460}
        description="A worker works in a project: a git repository on the machine Control Room runs on. Add one first."
      >
        <div className="flex justify-end gap-2 px-5 pt-4 pb-4">
          <Button look="ghost" onClick={close}>
            Cancel
          </Button>
          <Button look="primary" onClick={() => showDialog({ kind: 'add-project' })}>
            Add a project
          </Button>
        </div>
      </Dialog>
    );
  }
  const modelValue = begin.model.value;
  const isOwnModel = ownModel || !models.includes(modelValue as (typeof models)[number]);
  return (
    <Dialog open onClose={close} title="New worker" hideTitle width={680} top={88} guarded={prompt.trim() !== ''}>
      <form
        className="flex min-h-0 flex-1 flex-col"
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
            event.preventDefault();
            void start();
          }
        }}
      >
        <div className="min-h-0 flex-1 overflow-y-auto">
          <div className="px-5 pt-3.5">
            <div className="mb-3 flex items-center gap-3">
              <h2 className="text-md font-strong">New worker</h2>
              <SelectField
                icon={Folder}
                aria-label="Project"
                value={projectId}
                onChange={(event) => setProjectId(event.target.value as ProjectId)}
              >
                {projects.map((candidate) => (
                  <option key={candidate.id} value={candidate.id}>
                    {candidate.name}
                  </option>
                ))}
              </SelectField>
            </div>
            <textarea
              ref={box}
              autoFocus
              aria-label="What should it do?"
              placeholder={
                kind === 'interactive'
                  ? 'What should it do? Leave it empty to start at the prompt.'
                  : 'What should it do? For example: return a problem document for every error and keep the status codes.'
              }
              value={prompt}
              rows={3}
              onChange={(event) => keep(event.target.value)}
              className="field-sizing-content block max-h-[34vh] min-h-24 w-full resize-none bg-transparent text-lg leading-6 outline-none"
            />
            <div className="mt-3 flex flex-wrap items-center gap-2 pb-4">
              <SelectField
                icon={IdCard}
                aria-label="Role"
                title={role?.description ?? 'Without a role it is told nothing more than your prompt'}
                value={roleName}
                onChange={(event) => {
                  setRoleName(event.target.value);
                  // Another role is another start: what was chosen against the last one does not stay.
                  setChosen(nothingChosen);
                  setLimitDraft(null);
                  setOwnModel(false);
                }}
              >
                <option value="">no role</option>
                {Object.values(roles)
                  .sort((a, b) => a.title.localeCompare(b.title))
                  .map((one) => (
                    <option key={one.name} value={one.name}>
                      {one.title.toLowerCase()}
                    </option>
                  ))}
              </SelectField>
              <SelectField
                icon={kind === 'interactive' ? Terminal : MessageCircle}
                aria-label="Kind"
                title={
                  kind === 'interactive'
                    ? 'Claude Code in a terminal, as you know it'
                    : 'A conversation: text, tool calls, approvals'
                }
                value={kind}
                onChange={(event) => setKind(event.target.value as typeof kind)}
              >
                <option value="headless">headless</option>
                <option value="interactive">interactive</option>
              </SelectField>
              {isOwnModel ? (
                <TextField
                  aria-label="Model"
                  mono
                  placeholder="model id"
                  value={modelValue}
                  onChange={(event) => change({ model: event.target.value })}
                  className="w-44"
                  invalid={errorAt('model') !== null}
                />
              ) : (
                <SelectField
                  aria-label="Model"
                  value={modelValue}
                  onChange={(event) => {
                    if (event.target.value === 'own') setOwnModel(true);
                    else change({ model: event.target.value });
                  }}
                >
                  {models.map((one) => (
                    <option key={one} value={one}>
                      {one || 'default model'}
                    </option>
                  ))}
                  <option value="own">another model…</option>
                </SelectField>
              )}
              <SelectField
                icon={Shield}
                aria-label="Permissions"
                title={modeWords[mode].means}
                value={mode}
                onChange={(event) => change({ permissionMode: event.target.value as PermissionMode })}
              >
                {permissionModes.map((one) => (
                  <option key={one} value={one} disabled={one === 'dangerous' && !dangerousAllowed}>
                    {modeWords[one].name.toLowerCase()}
                    {one === 'dangerous' && !dangerousAllowed ? ' (not allowed here)' : ''}
                  </option>
                ))}
              </SelectField>
              {dangerous ? (
                <DangerPanel allowed={dangerousAllowed} typed={confirm} onType={setConfirm} />
              ) : (
                <p className="basis-full text-sm text-ink-3">
                  {modeWords[mode].means}
                  {fromRole.length > 0 && ` From the role: ${fromRole.join(' and ')}.`}
                  {mode === 'sandbox' && sandboxProblem && (
                    <span className="text-needs"> It gets no shell on this machine. {sandboxProblem}</span>
                  )}
                </p>
              )}
              {errorAt('model', 'permissionMode', 'confirm', 'role') && (
                <p role="alert" className="basis-full text-sm text-failed">
                  {errorAt('model', 'permissionMode', 'confirm', 'role')}
                </p>
              )}
            </div>
          </div>
          <div className="grid gap-1 border-t border-hair px-5 py-3">
            <FieldRow label="Name" htmlFor={`${ids}name`} error={errorAt('name')}>
              <TextField
                id={`${ids}name`}
                value={name}
                placeholder={suggested || 'from the prompt'}
                maxLength={80}
                invalid={errorAt('name') !== null}
                onChange={(event) => setName(event.target.value)}
                className="w-56"
              />
              <span className="text-sm text-ink-3">{name.trim() ? 'stays as you leave it' : 'from the prompt'}</span>
            </FieldRow>
            <FieldRow label="Worktree" error={errorAt('baseBranch', 'worktree', 'branch', 'worktreeId')}>
              <WorktreeField
                projectId={projectId}
                defaultBranch={project?.defaultBranch ?? ''}
                name={finalName}
                choice={worktree}
                onChange={setWorktree}
              />
            </FieldRow>
            <FieldRow label="May" error={errorAt('allowedTools', 'deniedTools')}>
              <StartPermissions start={begin} change={change} />
            </FieldRow>
            <FieldRow label="Limits" error={errorAt('limits')}>
              <StartLimits start={begin} draft={limitDraft} onDraft={setLimitDraft} />
            </FieldRow>
            <FieldRow label="Start">
              <StateMark mark={free > 0 && after.length === 0 ? 'working' : 'queued'} size={12} label={false} />
              <span className="text-sm">
                {after.length > 0
                  ? `after ${after.map((id) => workers[id]?.name ?? 'a removed worker').join(', ')}`
                  : free > 0
                    ? `at once: ${free} of ${max} places ${free === 1 ? 'is' : 'are'} free`
                    : `queued: all ${max} places are taken, it would be ${ordinal(totals.queued + 1)}`}
              </span>
            </FieldRow>
            <button
              type="button"
              aria-expanded={more}
              onClick={() => setMore(!more)}
              className="flex h-7 w-max items-center gap-1.5 rounded-2 text-sm text-ink-3 hover:text-ink-2"
            >
              {more ? <ChevronDown size={12} aria-hidden /> : <ChevronRight size={12} aria-hidden />}
              More: priority, team
            </button>
            {more && (
              <>
                <FieldRow label="Priority" htmlFor={`${ids}priority`} error={errorAt('priority')}>
                  <TextField
                    id={`${ids}priority`}
                    type="number"
                    min={-100}
                    max={100}
                    value={priority}
                    onChange={(event) => setPriority(event.target.value)}
                    className="w-20"
                  />
                  <span className="text-sm text-ink-3">higher starts sooner</span>
                </FieldRow>
                <FieldRow label="Team" htmlFor={`${ids}team`} error={errorAt('team')}>
                  <TextField
                    id={`${ids}team`}
                    maxLength={50}
                    value={team}
                    onChange={(event) => setTeam(event.target.value)}
                    className="w-56"
                  />
                </FieldRow>
              </>
            )}
            {error && !(error.field && placed.includes(error.field)) && (
              <Problem className="mt-1">{error.text} Your prompt is kept.</Problem>
            )}
          </div>
          {worktree.kind !== 'existing' && (
            <TakenFiles projectId={projectId} prompt={prompt} after={after} onAfter={setAfter} />
          )}
        </div>
        <div className="flex shrink-0 items-center gap-2 border-t border-hair px-5 py-3 max-phone:flex-wrap">
          <label className="mr-auto flex items-center gap-2.5 text-ink-2">
            <input
              type="checkbox"
              checked={another}
              onChange={(event) => setAnother(event.target.checked)}
              className="size-3.5 accent-(--accent)"
            />
            Create another
          </label>
          <Button look="ghost" keys="Escape" className="max-phone:h-12" onClick={close}>
            Cancel
          </Button>
          <Button
            type="submit"
            look={dangerous ? 'danger' : 'primary'}
            keys="mod+Enter"
            className="max-phone:h-12 max-phone:flex-1"
            disabled={busy || !ready}
          >
            {busy ? 'Starting…' : free > 0 ? 'Start worker' : 'Queue worker'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
