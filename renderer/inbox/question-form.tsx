import { useEffect, useState } from 'react';
import type { Approval } from '../../shared/approvals.ts';
import { useCommand } from '../app/commands.ts';
import { cx } from '../ui/cx.ts';
import { KeyCap } from '../ui/key-cap.tsx';
import { questionsOf } from '../workers/tool-summary.ts';
import { useDigits } from './use-digits.ts';

export interface Answers {
  /** By question text, ready to send; null while a question is open. */
  complete: Record<string, string> | null;
  /** What the answer is, in a few words, for the button. */
  words: string;
}

/** Options of one or more questions with room for an own answer; keys 1 to 9 choose in the first open question. */
export function QuestionForm({
  approval,
  onChange,
  onSubmit,
  keys = true,
}: {
  approval: Approval;
  onChange: (answers: Answers) => void;
  /** Enter in a field of its own. */
  onSubmit?: () => void;
  keys?: boolean;
}) {
  const questions = questionsOf(approval.input);
  const [chosen, setChosen] = useState<Record<string, readonly string[]>>({});
  const [own, setOwn] = useState<Record<string, string>>({});

  const answerOf = (question: string): string =>
    [...(chosen[question] ?? []), own[question]?.trim()].filter(Boolean).join(', ');

  // biome-ignore lint/correctness/useExhaustiveDependencies: the questions of an approval never change
  useEffect(() => {
    const pairs = questions.map(({ question }) => [question, answerOf(question)] as const);
    const complete = pairs.length > 0 && pairs.every(([, answer]) => answer !== '');
    onChange({
      complete: complete ? Object.fromEntries(pairs) : null,
      words: complete ? (pairs.length === 1 ? (pairs[0]?.[1] ?? '') : `${pairs.length} questions`) : '',
    });
  }, [chosen, own]);

  const choose = (question: string, label: string, multiple: boolean): void => {
    setChosen((all) => {
      const now = all[question] ?? [];
      if (!multiple) return { ...all, [question]: [label] };
      return { ...all, [question]: now.includes(label) ? now.filter((other) => other !== label) : [...now, label] };
    });
    if (!multiple) setOwn((all) => ({ ...all, [question]: '' }));
  };

  // A number is meant for one question: after a single choice the next one, after several when Enter says so.
  const [at, setAt] = useState(0);
  const current = questions[at];
  const next = (): void => setAt(Math.min(questions.length - 1, at + 1));
  useDigits((digit) => {
    const option = current?.options[digit - 1];
    if (!current || !option) return false;
    choose(current.question, option.label, current.multiple);
    if (!current.multiple) next();
    return true;
  }, keys);
  useCommand(
    'open',
    () => {
      if (questions.every(({ question }) => answerOf(question) !== '')) onSubmit?.();
      else next();
    },
    keys,
  );

  return (
    <div className="grid gap-5">
      {questions.map(({ question, header, multiple, options }, index) => (
        <fieldset key={question} className="min-w-0">
          <legend className={cx(questions.length === 1 && 'sr-only', 'mb-2 text-md font-strong')}>
            {header && <span className="mr-2 text-sm font-normal text-ink-3">{header}</span>}
            {question}
          </legend>
          <div className="grid gap-1.5">
            {options.map((option, place) => {
              const on = chosen[question]?.includes(option.label) ?? false;
              return (
                <label
                  key={option.label}
                  className={cx(
                    'grid min-h-11 grid-cols-[16px_minmax(0,1fr)_auto] items-start gap-3 rounded-3 px-3 py-2.5 leading-[18px] ring-inset has-focus-visible:outline-2 has-focus-visible:outline-focus',
                    on ? 'bg-accent-bg ring-1 ring-accent' : 'bg-surface ring-1 ring-hair hover:ring-hair-strong',
                  )}
                >
                  <input
                    type={multiple ? 'checkbox' : 'radio'}
                    name={`${approval.id}-${index}`}
                    checked={on}
                    onChange={() => choose(question, option.label, multiple)}
                    className="mt-0.5 size-3.5 accent-(--accent) outline-none"
                  />
                  <span>
                    <span className="font-medium">{option.label}</span>
                    {option.description && (
                      <span className="mt-0.5 block text-sm text-ink-2">{option.description}</span>
                    )}
                  </span>
                  {keys && place < 9 && (questions.length === 1 || question === current?.question) && (
                    <KeyCap keys={String(place + 1)} className="text-ink-3 ring-hair-strong max-phone:hidden" />
                  )}
                </label>
              );
            })}
            <input
              type="text"
              aria-label={`Own answer to: ${question}`}
              placeholder="Something else…"
              value={own[question] ?? ''}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && !event.repeat && !event.nativeEvent.isComposing) {
                  event.preventDefault();
                  onSubmit?.();
                }
                if (event.key === 'Escape') {
                  event.stopPropagation();
                  event.currentTarget.blur();
                }
              }}
              onChange={(event) => {
                const { value } = event.target;
                setOwn((all) => ({ ...all, [question]: value }));
                if (!multiple && value) setChosen((all) => ({ ...all, [question]: [] }));
              }}
              className="h-10 rounded-3 bg-transparent pr-3 pl-10 ring-1 ring-inset ring-hair focus-visible:ring-focus max-phone:h-12 max-phone:text-[16px]"
            />
          </div>
        </fieldset>
      ))}
    </div>
  );
}
