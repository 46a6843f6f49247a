import { Segments, TextField } from '../ui/fields.tsx';
import { type LimitDraft, limitsOf } from './limit-words.ts';

/** Money, tokens, time, and what happens when one of them is used up. */
export function LimitFields({
  draft,
  onChange,
  disabled = false,
  placeholders = {},
  what = 'limit',
}: {
  draft: LimitDraft;
  onChange: (draft: LimitDraft) => void;
  disabled?: boolean;
  /** What holds where a field is empty. */
  placeholders?: Partial<Record<'costUsd' | 'tokens' | 'time', string>>;
  /** What the fields are limits of, for people who hear them. */
  what?: string;
}) {
  const parsed = limitsOf(draft);
  const wrong = 'problem' in parsed ? parsed.field : null;
  const field = (key: 'costUsd' | 'tokens' | 'time', label: string, width: string) => (
    <TextField
      aria-label={`${label} ${what}`}
      placeholder={placeholders[key] ?? 'none'}
      value={draft[key]}
      disabled={disabled}
      invalid={wrong === key}
      onChange={(event) => onChange({ ...draft, [key]: event.target.value })}
      className={width}
    />
  );
  return (
    <div className="grid min-w-0 gap-2">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 text-sm text-ink-2">
        <span className="flex items-center gap-1.5">
          <span aria-hidden>$</span>
          {field('costUsd', 'Money', 'w-20')}
        </span>
        <span className="flex items-center gap-1.5">
          {field('tokens', 'Token', 'w-20')}
          <span aria-hidden>tokens</span>
        </span>
        <span className="flex items-center gap-1.5">
          {field('time', 'Time', 'w-24')}
          <span aria-hidden>at work</span>
        </span>
        <Segments
          label={`When the ${what} is reached`}
          value={draft.onLimit}
          disabled={disabled}
          onChange={(onLimit) => onChange({ ...draft, onLimit })}
          options={[
            { value: 'pause', label: 'Pause after the turn' },
            { value: 'stop', label: 'Stop at once' },
          ]}
        />
      </div>
      {'problem' in parsed && (
        <p role="alert" className="text-sm text-failed">
          {parsed.problem}
        </p>
      )}
    </div>
  );
}
