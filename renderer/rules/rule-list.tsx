import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { RuleField } from './rule-field.tsx';
import { parseRule, ruleHint, ruleWords } from './rule-notation.ts';

/** A list of rules that can be added to and taken from. `onChange` answers whether the new list holds. */
export function RuleList({
  rules,
  effect,
  label,
  placeholder,
  onChange,
  error = null,
  disabled = false,
}: {
  rules: readonly string[];
  effect: 'allow' | 'deny';
  label: string;
  placeholder: string;
  onChange: (rules: string[]) => boolean | Promise<boolean>;
  error?: string | null;
  disabled?: boolean;
}) {
  const [typed, setTyped] = useState('');
  const rule = typed.trim();
  const wrong = 'problem' in parseRule(rule);
  const add = async (): Promise<void> => {
    if (!rule || wrong) return;
    if (rules.includes(rule) || (await onChange([...rules, rule]))) setTyped('');
  };
  return (
    <div className="grid min-w-0 gap-2.5">
      <ul className="flex min-w-0 flex-wrap gap-1.5">
        {rules.length === 0 && <li className="text-sm text-ink-3">None.</li>}
        {rules.map((one) => {
          const hint = ruleHint(one, effect);
          return (
            <li
              key={one}
              className={cx(
                'inline-flex h-6 max-w-full items-center rounded-1 pl-2 ring-1 ring-inset max-phone:h-9',
                hint ? 'ring-needs-line' : 'ring-hair-strong',
              )}
            >
              <code
                className={cx('truncate text-[12px]', hint && 'text-needs')}
                title={hint ?? `${one}: ${ruleWords(one) ?? 'not a rule'}`}
              >
                {one}
              </code>
              {disabled ? (
                <span className="w-2" />
              ) : (
                <Button
                  look="ghost"
                  size="xs"
                  icon={X}
                  aria-label={`Remove ${one}`}
                  className="max-phone:size-9"
                  onClick={() => void onChange(rules.filter((other) => other !== one))}
                />
              )}
            </li>
          );
        })}
      </ul>
      {!disabled && (
        // Not a form: this list also stands inside of forms.
        <fieldset
          aria-label={label}
          className="min-w-0 max-w-[520px]"
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.metaKey || event.ctrlKey || event.target instanceof HTMLButtonElement) {
              return;
            }
            event.preventDefault();
            void add();
          }}
        >
          <RuleField
            label={label}
            value={typed}
            onChange={setTyped}
            effect={effect}
            placeholder={placeholder}
            error={error}
          >
            <Button icon={Plus} disabled={!rule || wrong} className="max-phone:h-11" onClick={() => void add()}>
              Add
            </Button>
          </RuleField>
        </fieldset>
      )}
    </div>
  );
}
