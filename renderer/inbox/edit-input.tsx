import { useId, useState } from 'react';
import type { Approval } from '../../shared/approvals.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { AnswerForm } from './answer-form.tsx';

/** Fields of a call that are edited as they are; any other call is edited as JSON. */
const plainFields: Record<string, { name: string; label: string; mayBeEmpty?: boolean }[]> = {
  Bash: [{ name: 'command', label: 'Command' }],
  PowerShell: [{ name: 'command', label: 'Command' }],
  Write: [
    { name: 'file_path', label: 'File' },
    { name: 'content', label: 'Content', mayBeEmpty: true },
  ],
  Edit: [
    { name: 'file_path', label: 'File' },
    { name: 'old_string', label: 'Text that is replaced', mayBeEmpty: true },
    { name: 'new_string', label: 'What takes its place', mayBeEmpty: true },
  ],
  WebFetch: [
    { name: 'url', label: 'Address' },
    { name: 'prompt', label: 'Question', mayBeEmpty: true },
  ],
};

const boxLook =
  'field-sizing-content max-h-[40vh] w-full resize-y rounded-3 bg-term-bg px-3 py-2 font-mono text-sm leading-5 text-term-fg ring-1 ring-inset max-phone:text-[16px]';

/** Changes what a call would do. Nothing is allowed before it is valid and differs from nothing. */
export function EditInput({
  approval,
  onAllow,
  onCancel,
  touch = false,
}: {
  approval: Approval;
  onAllow: (input: Record<string, unknown>) => void;
  onCancel: () => void;
  touch?: boolean;
}) {
  const fields = (plainFields[approval.toolName] ?? []).filter(({ name }) => typeof approval.input[name] === 'string');
  const plain = fields.length > 0;
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(fields.map(({ name }) => [name, String(approval.input[name])])),
  );
  const [json, setJson] = useState(() => JSON.stringify(approval.input, null, 2));
  const id = useId();
  const parsed = plain ? parseFields(approval.input, fields, values) : parseInput(json);
  const problem = typeof parsed === 'string' ? parsed : null;
  const changed = typeof parsed !== 'string' && JSON.stringify(parsed) !== JSON.stringify(approval.input);
  const send = (): void => {
    if (typeof parsed !== 'string') onAllow(parsed);
  };
  return (
    <AnswerForm aria-label="Change what runs" className="grid gap-2.5" onSend={send} onCancel={onCancel}>
      {plain ? (
        fields.map(({ name, label }, index) => (
          <div key={name} className="grid gap-1">
            <label htmlFor={`${id}${name}`} className="text-sm text-ink-3">
              {label}
            </label>
            <textarea
              id={`${id}${name}`}
              // biome-ignore lint/a11y/noAutofocus: the person asked to edit: it is where the next key belongs
              autoFocus={index === (fields.length > 1 ? fields.length - 1 : 0)}
              spellCheck={false}
              rows={1}
              value={values[name]}
              onChange={(event) => {
                const { value } = event.target;
                setValues((all) => ({ ...all, [name]: value }));
              }}
              className={cx(boxLook, 'ring-hair-strong focus-visible:ring-focus')}
            />
          </div>
        ))
      ) : (
        <textarea
          // biome-ignore lint/a11y/noAutofocus: see above
          autoFocus
          aria-label="Input of the call, as JSON"
          aria-invalid={problem !== null || undefined}
          spellCheck={false}
          rows={6}
          value={json}
          onChange={(event) => setJson(event.target.value)}
          className={cx(boxLook, problem ? 'ring-failed' : 'ring-hair-strong focus-visible:ring-focus')}
        />
      )}
      <p role={problem ? 'alert' : undefined} className={cx('min-h-4 text-sm', problem ? 'text-failed' : 'text-ink-3')}>
        {problem ?? (changed ? 'Runs once as it stands here. The worker is told what ran.' : 'Nothing is changed yet.')}
      </p>
      <div className="flex flex-wrap gap-2">
        <Button
          type="submit"
          look="primary"
          size={touch ? 'touch' : 'lg'}
          keys="mod+Enter"
          disabled={problem !== null}
          className={touch ? 'flex-1' : undefined}
        >
          {changed ? 'Allow it like this' : 'Allow once'}
        </Button>
        <Button look="ghost" size={touch ? 'touch' : 'lg'} keys="Escape" onClick={onCancel}>
          Back
        </Button>
      </div>
    </AnswerForm>
  );
}

function parseFields(
  input: Record<string, unknown>,
  fields: readonly { name: string; label: string; mayBeEmpty?: boolean }[],
  values: Record<string, string>,
): Record<string, unknown> | string {
  const empty = fields.find(({ name, mayBeEmpty }) => !mayBeEmpty && (values[name] ?? '').trim() === '');
  return empty ? `${empty.label} must not be empty.` : { ...input, ...values };
}

/** The input that a text of JSON stands for, or what is wrong with it. */
export function parseInput(json: string): Record<string, unknown> | string {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return 'The input of a call is an object: it begins with { and ends with }.';
    return value as Record<string, unknown>;
  } catch (error) {
    return `This is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}
