import { ArrowLeft, Copy, RotateCcw, Trash2 } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import type { Role } from '../../shared/roles.ts';
import type { PermissionMode } from '../../shared/workers.ts';
import { useApp } from '../app/app-context.ts';
import { go, hrefOf } from '../app/router.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { NotationHelp } from '../rules/notation-help.tsx';
import { RuleList } from '../rules/rule-list.tsx';
import { SettingRow } from '../settings/panel.tsx';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { Problem, SelectField, TextField } from '../ui/fields.tsx';
import { LimitFields } from '../workers/limit-fields.tsx';
import { limitsWords } from '../workers/limit-words.ts';
import { modeWords, permissionModes } from '../workers/mode-words.ts';
import { nameOfTitle, type RoleDraft, roleInput } from './role-draft.ts';
import { newRoleHref } from './role-route.ts';

const list = { view: 'settings', section: 'roles' } as const;

/** A role in fields. Kept when Save is pressed: half a change would be a role nobody meant. */
export function RoleEditor({ edited: role, initial }: { edited: Role | null; initial: RoleDraft }) {
  const { connection } = useApp();
  const roles = useStore((state) => state.rows.roles);
  const settings = useStore((state) => state.rows.settings?.values);
  const admin = useStore((state) => state.access === 'admin');
  const dangerousAllowed = useStore((state) => state.system?.dangerousAllowed ?? false);
  const [draft, setDraft] = useState(initial);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const ids = useId();
  const change = (part: Partial<RoleDraft>): void => setDraft((before) => ({ ...before, ...part }));
  const others = Object.keys(roles).filter((name) => name !== role?.name);
  const parsed = roleInput(draft, others);
  const dirty = role === null || JSON.stringify(draft) !== JSON.stringify(initial);
  const problemOf = (field: keyof RoleDraft): string | null =>
    'problem' in parsed && parsed.field === field && (draft.title || field !== 'title') ? parsed.problem : null;

  const save = async (): Promise<void> => {
    if ('problem' in parsed || busy) return;
    setBusy(true);
    try {
      const saved = await connection.client.roles.save(parsed.input);
      setError(null);
      go(list, role === null);
      tell(`${saved.title} is saved. Workers that run keep what they were started with.`, {
        ...(role ? { action: { label: 'Undo', run: () => void putBack(role) } } : {}),
      });
    } catch (problem) {
      setError(errorText(problem));
      setBusy(false);
    }
  };
  const putBack = async (before: Role): Promise<void> => {
    try {
      const { builtIn: _b, changed: _c, ...input } = before;
      await connection.client.roles.save(input);
    } catch (problem) {
      tell(errorText(problem), { tone: 'error' });
    }
  };
  const remove = async (before: Role): Promise<void> => {
    setBusy(true);
    try {
      await connection.client.roles.remove({ name: before.name });
      go(list, true);
      tell(before.builtIn ? `${before.title} is as it came.` : `${before.title} is removed.`, {
        action: { label: 'Undo', run: () => void putBack(before) },
      });
    } catch (problem) {
      setError(errorText(problem));
      setBusy(false);
    }
  };

  return (
    <form
      aria-label={role ? `Role ${role.title}` : 'New role'}
      className="min-w-0 rounded-3 bg-surface ring-1 ring-inset ring-hair"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) void save();
      }}
    >
      <header className="flex flex-wrap items-center gap-2 border-b border-hair px-4 py-2.5">
        <a
          href={hrefOf(list)}
          aria-label="All roles"
          title="All roles"
          className="inline-flex size-7 items-center justify-center rounded-3 text-ink-2 hover:bg-hover max-phone:size-11"
        >
          <ArrowLeft size={16} aria-hidden />
        </a>
        <h2 className="font-strong">{role ? role.title : 'New role'}</h2>
        {role?.builtIn && <Chip look="plain">{role.changed ? 'built in, changed' : 'built in'}</Chip>}
        {role && admin && (
          <span className="ml-auto flex flex-wrap gap-1.5">
            <a
              href={newRoleHref(role.name)}
              className="inline-flex h-6 items-center gap-1.5 rounded-3 px-2 text-sm font-medium text-ink-2 hover:bg-hover hover:text-ink max-phone:h-11"
            >
              <Copy size={14} aria-hidden /> Duplicate
            </a>
            {role.builtIn ? (
              role.changed && (
                <Button
                  look="ghost"
                  size="sm"
                  icon={RotateCcw}
                  disabled={busy}
                  className="max-phone:h-11"
                  onClick={() => void remove(role)}
                >
                  Put back as it came
                </Button>
              )
            ) : (
              <Button
                look="ghost"
                size="sm"
                icon={Trash2}
                disabled={busy}
                className="max-phone:h-11"
                onClick={() => void remove(role)}
              >
                Delete
              </Button>
            )}
          </span>
        )}
      </header>
      <fieldset disabled={!admin} className="min-w-0">
        <SettingRow label="Title" error={problemOf('title')}>
          <TextField
            aria-label="Title"
            value={draft.title}
            maxLength={80}
            invalid={problemOf('title') !== null}
            onChange={(event) => change({ title: event.target.value })}
            className="w-56"
          />
          {role ? (
            <code className="text-ink-3">{role.name}</code>
          ) : (
            <TextField
              mono
              aria-label="Name"
              value={draft.name}
              maxLength={50}
              placeholder={nameOfTitle(draft.title) || 'name'}
              invalid={problemOf('name') !== null}
              onChange={(event) => change({ name: event.target.value })}
              className="w-48"
            />
          )}
          {problemOf('name') && <span className="basis-full text-sm text-failed">{problemOf('name')}</span>}
        </SettingRow>
        <SettingRow label="For what">
          <TextField
            aria-label="Description"
            value={draft.description}
            maxLength={500}
            placeholder="one line, for choosing it"
            onChange={(event) => change({ description: event.target.value })}
            className="w-full"
          />
        </SettingRow>
        <div className="border-t border-hair-soft px-4 py-3">
          <label htmlFor={`${ids}prompt`} className="text-ink-2">
            Prompt <span className="text-sm text-ink-3">added to Claude’s own system prompt</span>
          </label>
          <textarea
            id={`${ids}prompt`}
            value={draft.prompt}
            maxLength={50_000}
            rows={6}
            placeholder="You review changes. Look for…"
            onChange={(event) => change({ prompt: event.target.value })}
            className="mt-1.5 field-sizing-content max-h-[50vh] min-h-32 w-full resize-y rounded-3 bg-well px-3 py-2 leading-[1.55] ring-1 ring-inset ring-hair-control/70 focus-visible:ring-focus max-phone:text-[16px]"
          />
        </div>
        <SettingRow
          label="Mode"
          hint={
            draft.permissionMode ? modeWords[draft.permissionMode].means : 'asks unless allowed, or as the start says'
          }
        >
          <SelectField
            aria-label="Mode"
            value={draft.permissionMode ?? ''}
            onChange={(event) => change({ permissionMode: (event.target.value || null) as PermissionMode | null })}
          >
            <option value="">not set</option>
            {permissionModes.map((mode) => (
              <option key={mode} value={mode} disabled={mode === 'dangerous' && !dangerousAllowed}>
                {modeWords[mode].name.toLowerCase()}
              </option>
            ))}
          </SelectField>
        </SettingRow>
        <SettingRow
          label="Model"
          hint={draft.model ? undefined : `as in the settings: ${settings?.defaultModel || 'the CLI’s own'}`}
        >
          <TextField
            mono
            aria-label="Model"
            value={draft.model}
            maxLength={100}
            placeholder="not set"
            onChange={(event) => change({ model: event.target.value })}
            className="w-56"
          />
        </SettingRow>
        <SettingRow label="Network">
          <SelectField
            aria-label="Network"
            value={draft.allowNetwork === null ? '' : String(draft.allowNetwork)}
            onChange={(event) =>
              change({ allowNetwork: event.target.value === '' ? null : event.target.value === 'true' })
            }
          >
            <option value="">as in the settings: {settings?.allowNetwork ? 'allowed' : 'not allowed'}</option>
            <option value="true">allowed</option>
            <option value="false">not allowed</option>
          </SelectField>
        </SettingRow>
        <ToolsRow
          title="Allowed"
          about="runs without asking"
          effect="allow"
          rules={draft.allowedTools}
          fallback={settings?.allowedTools ?? []}
          disabled={!admin}
          onChange={(allowedTools) => change({ allowedTools })}
        />
        <ToolsRow
          title="Denied"
          about="never runs"
          effect="deny"
          rules={draft.deniedTools}
          fallback={settings?.deniedTools ?? []}
          disabled={!admin}
          onChange={(deniedTools) => change({ deniedTools })}
        >
          <NotationHelp />
        </ToolsRow>
        <SettingRow
          label="Limits"
          hint={
            'input' in parsed && !limitsWords(parsed.input.limits)
              ? `as in the settings: ${limitsWords(settings?.defaultLimits ?? {}) ?? 'none'}`
              : undefined
          }
        >
          <LimitFields draft={draft.limits} what="limit of the role" onChange={(limits) => change({ limits })} />
        </SettingRow>
      </fieldset>
      {error && <Problem className="mx-4 my-2">{error}</Problem>}
      {admin && (
        <footer className="sticky -bottom-5 flex items-center gap-2 rounded-b-3 border-t border-hair bg-surface px-4 py-2.5">
          <span className="mr-auto text-sm text-ink-3">
            {dirty ? 'Workers that run keep what they were started with.' : 'Nothing is changed.'}
          </span>
          <Button look="ghost" className="max-phone:h-11" onClick={() => go(list)}>
            Cancel
          </Button>
          <Button
            type="submit"
            look="primary"
            keys="mod+Enter"
            className="max-phone:h-11"
            disabled={busy || !dirty || 'problem' in parsed}
          >
            {busy ? 'Saving…' : role ? 'Save' : 'Make the role'}
          </Button>
        </footer>
      )}
    </form>
  );
}

function ToolsRow({
  title,
  about,
  effect,
  rules,
  fallback,
  disabled,
  onChange,
  children,
}: {
  title: string;
  about: string;
  effect: 'allow' | 'deny';
  rules: readonly string[] | null;
  fallback: readonly string[];
  disabled: boolean;
  onChange: (rules: readonly string[] | null) => void;
  children?: ReactNode;
}) {
  return (
    <section aria-label={title} className="grid gap-2 border-t border-hair-soft px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h3 className="text-ink-2">
          {title} <span className="text-sm text-ink-3">{about}</span>
        </h3>
        <SelectField
          aria-label={`${title}: where from`}
          className="ml-auto"
          value={rules === null ? 'settings' : 'own'}
          disabled={disabled}
          onChange={(event) => onChange(event.target.value === 'own' ? [...fallback] : null)}
        >
          <option value="settings">as in the settings ({fallback.length})</option>
          <option value="own">a list of its own</option>
        </SelectField>
      </div>
      {rules !== null && (
        <RuleList
          rules={rules}
          effect={effect}
          disabled={disabled}
          label={`New ${effect} rule of the role`}
          placeholder={effect === 'allow' ? 'Bash(npm test *)' : 'Bash(git push *)'}
          onChange={(next) => {
            onChange(next);
            return true;
          }}
        />
      )}
      {children}
    </section>
  );
}
