import { type ReactNode, useId } from 'react';
import { TextField } from '../ui/fields.tsx';
import { parseRule, ruleHint, ruleWords } from './rule-notation.ts';

/** A rule being written: what it means, or what is wrong with it, stands under it while it is typed. */
export function RuleField({
  label,
  value,
  onChange,
  effect,
  placeholder,
  error = null,
  children,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  effect: 'allow' | 'deny' | 'ask';
  placeholder: string;
  /** What the orchestrator said against it. */
  error?: string | null;
  /** What stands beside it: the button that adds it. */
  children?: ReactNode;
}) {
  const id = useId();
  const typed = value.trim();
  const rule = parseRule(typed);
  const problem = error ?? (typed && 'problem' in rule ? rule.problem : null);
  const words = typed ? ruleWords(typed) : null;
  const hint = typed ? ruleHint(typed, effect) : null;
  return (
    <div className="grid min-w-0 gap-1">
      <div className="flex min-w-0 gap-2">
        <TextField
          mono
          aria-label={label}
          aria-describedby={id}
          placeholder={placeholder}
          value={value}
          invalid={problem !== null}
          onChange={(event) => onChange(event.target.value)}
          className="flex-1"
        />
        {children}
      </div>
      <p id={id} role="status" className="min-h-5 text-sm wrap-anywhere">
        {problem ? (
          <span className="text-failed">{problem}</span>
        ) : (
          <>
            {words && <span className="text-ink-2">Means {words}.</span>}{' '}
            {hint && <span className="text-needs">{hint}</span>}
          </>
        )}
      </p>
    </div>
  );
}
