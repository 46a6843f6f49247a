import { useState } from 'react';
import { useCommand } from '../app/commands.ts';
import { cx } from '../ui/cx.ts';
import { KeyCap } from '../ui/key-cap.tsx';
import type { Answering } from './use-answers.ts';
import { useDigits } from './use-digits.ts';

/** Options of one or more questions with room for an own answer; keys 1 to 9 choose in the first open question. */
export function QuestionForm({
  name,
  answering,
  onSubmit,
  keys = true,
}: {
  /** Tells the choices of this form from those of others on the page. */
  name: string;
  answering: Answering;
  /** Enter, once everything is answered. */
  onSubmit: () => void;
  keys?: boolean;
}) {
  const { questions, answerOf, choose } = answering;

  // A number is meant for one question: after a single choice the next one, after several when Enter says so.
  const [at, setAt] = useState(0);
  const current = questions[at];
  const next = (): void => setAt(Math.min(questions.length - 1, at + 1));
  useDigits((digit) => {
    const option = current?.options[digit - 1];
    if (!current || !option) return false;
    choose(current, option.label);
    if (!current.multiple) next();
    return true;
  }, keys);
  useCommand(
    'open',
    () => {
      if (questions.every(({ question }) => answerOf(question) !== '')) onSubmit();
      else next();
    },
    keys,
  );

  return (
    <div className="grid gap-5">
      {questions.map((asked, index) => {
        const { question, header, multiple, options } = asked;
        return (
          <fieldset key={question} className="min-w-0">
            <legend className={cx(questions.length === 1 && 'sr-only', 'mb-2 text-md font-strong')}>
              {header && <span className="mr-2 text-sm font-normal text-ink-3">{header}</span>}
              {question}
            </legend>
            <div className="grid gap-1.5">
              {options.map((option, place) => {
                const on = answering.isChosen(question, option.label);
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
                      name={`${name}-${index}`}
                      checked={on}
                      onChange={() => choose(asked, option.label)}
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
                value={answering.ownOf(question)}
                onKeyDown={(event) => {
                  if (event.key === 'Enter' && !event.repeat && !event.nativeEvent.isComposing) {
                    event.preventDefault();
                    onSubmit();
                  }
                  if (event.key === 'Escape') {
                    event.stopPropagation();
                    event.currentTarget.blur();
                  }
                }}
                onChange={(event) => answering.write(asked, event.target.value)}
                className="h-10 rounded-3 bg-transparent pr-3 pl-10 ring-1 ring-inset ring-hair focus-visible:ring-focus max-phone:h-12 max-phone:text-[16px]"
              />
            </div>
          </fieldset>
        );
      })}
    </div>
  );
}
