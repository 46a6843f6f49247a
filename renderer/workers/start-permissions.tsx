import { TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { NotationHelp } from '../rules/notation-help.tsx';
import { RuleList } from '../rules/rule-list.tsx';
import { Button } from '../ui/button.tsx';
import { Segments, TextField } from '../ui/fields.tsx';
import { LimitFields } from './limit-fields.tsx';
import { draftOf, type LimitDraft, limitsOf, limitsWords } from './limit-words.ts';
import { type Chosen, sourceWords, type startOf } from './worker-start.ts';

type Start = ReturnType<typeof startOf>;

/** The word that has to be typed before a worker may do everything. */
export const dangerousWord = 'dangerous';

/** Says loudly what "never ask" means, and has it confirmed by a typed word. */
export function DangerPanel({
  allowed,
  typed,
  onType,
}: {
  /** Whether Control Room was started with leave for it. */
  allowed: boolean;
  typed: string;
  onType: (text: string) => void;
}) {
  return (
    <div
      role="alert"
      className="flex basis-full items-start gap-3 rounded-3 bg-failed-bg px-3 py-2.5 ring-1 ring-inset ring-failed-line"
    >
      <TriangleAlert size={20} aria-hidden className="mt-0.5 shrink-0 text-failed" />
      <div className="grid min-w-0 flex-1 gap-2">
        <p>
          <b className="font-strong text-failed">Everything will run without a question,</b> with your rights on this
          machine: it can delete files, read keys, push and send what it reads anywhere. Only deny rules hold it back.
        </p>
        {allowed ? (
          <label className="flex flex-wrap items-center gap-2 text-sm">
            <span>
              Type <code className="font-strong">{dangerousWord}</code> to go on
            </span>
            <TextField
              mono
              aria-label={`Type ${dangerousWord} to go on`}
              value={typed}
              invalid={typed !== '' && !dangerousWord.startsWith(typed)}
              onChange={(event) => onType(event.target.value)}
              className="w-32"
            />
          </label>
        ) : (
          <p className="text-sm">
            It is not allowed here. Start Control Room with <code>--allow-dangerous</code>, or choose another mode.
          </p>
        )}
      </div>
    </div>
  );
}

/** What the new worker may do: its rules and network, from the role or the settings until they are changed here. */
export function StartPermissions({ start, change }: { start: Start; change: (part: Partial<Chosen>) => void }) {
  const [open, setOpen] = useState(false);
  const own = [start.allowedTools, start.deniedTools].some(({ source }) => source === 'chosen');
  return (
    <>
      <span className="text-sm">
        {start.allowedTools.value.length} allowed, {start.deniedTools.value.length} denied
      </span>
      <span className="text-sm text-ink-3">
        {sourceWords(own ? 'chosen' : start.allowedTools.source === 'role' ? 'role' : start.deniedTools.source)}
      </span>
      <Segments
        label="Network"
        small
        value={start.allowNetwork.value ? 'on' : 'off'}
        onChange={(value) => change({ allowNetwork: value === 'on' })}
        options={[
          { value: 'off', label: 'No network' },
          { value: 'on', label: 'Network' },
        ]}
      />
      <Button size="sm" look="ghost" aria-expanded={open} className="ml-auto" onClick={() => setOpen(!open)}>
        {open ? 'Fold' : 'Change rules'}
      </Button>
      {open && (
        <div className="grid basis-full gap-3 rounded-3 bg-well p-3 ring-1 ring-inset ring-hair">
          <div className="grid gap-1.5">
            <h3 className="text-sm text-done">Allowed</h3>
            <RuleList
              rules={start.allowedTools.value}
              effect="allow"
              label="New allow rule for this worker"
              placeholder="Bash(npm test *)"
              onChange={(allowedTools) => {
                change({ allowedTools });
                return true;
              }}
            />
          </div>
          <div className="grid gap-1.5">
            <h3 className="text-sm text-failed">Denied</h3>
            <RuleList
              rules={start.deniedTools.value}
              effect="deny"
              label="New deny rule for this worker"
              placeholder="Bash(git push *)"
              onChange={(deniedTools) => {
                change({ deniedTools });
                return true;
              }}
            />
          </div>
          <NotationHelp />
          {own && (
            <Button size="sm" className="w-max" onClick={() => change({ allowedTools: null, deniedTools: null })}>
              Back to what it was
            </Button>
          )}
        </div>
      )}
    </>
  );
}

/** Limits of the new worker: shown as they come, opened to be changed. `onWrong` says whether they cannot be sent. */
export function StartLimits({
  start,
  draft,
  onDraft,
}: {
  start: Start;
  /** What is typed; null while nothing was changed. */
  draft: LimitDraft | null;
  onDraft: (draft: LimitDraft | null) => void;
}) {
  if (!draft) {
    return (
      <>
        <span className="text-sm">{limitsWords(start.limits.value) ?? 'none'}</span>
        <span className="text-sm text-ink-3">{sourceWords(start.limits.source)}</span>
        <Button
          size="sm"
          look="ghost"
          className="ml-auto"
          aria-label="Change the limits"
          onClick={() => onDraft(draftOf(start.limits.value))}
        >
          Change
        </Button>
      </>
    );
  }
  const wrong = 'problem' in limitsOf(draft);
  return (
    <div className="grid min-w-0 gap-1.5 py-1">
      <LimitFields draft={draft} onChange={onDraft} what="limit" />
      <Button size="sm" look="ghost" className="w-max" onClick={() => onDraft(null)}>
        {wrong ? 'Leave them' : 'Back to what they were'}
      </Button>
    </div>
  );
}
