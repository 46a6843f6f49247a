import { cx } from '../ui/cx.ts';
import { KeyCap } from '../ui/key-cap.tsx';
import { scopes, scopeWords } from './approval-words.ts';
import type { RequestDecision } from './use-decision.ts';

/** For how long a decision holds; beyond once the rule it makes stands below, to read and to change. */
export function ScopeChoice({ decision, touch }: { decision: RequestDecision; touch: boolean }) {
  const { approval, scope, rule, ruleProblem } = decision;
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        {!touch && <span className="text-sm text-ink-3">Holds for</span>}
        <div
          role="radiogroup"
          aria-label="How long the decision holds"
          className={cx('inline-flex gap-0.5 rounded-3 bg-active p-0.5', touch && 'w-full')}
        >
          {scopes.map((name, index) => {
            const on = name === scope;
            return (
              // biome-ignore lint/a11y/useSemanticElements: a real radio cannot hold a key cap and look like a segment
              <button
                key={name}
                type="button"
                role="radio"
                aria-checked={on}
                tabIndex={on ? 0 : -1}
                onClick={() => decision.setScope(name)}
                onKeyDown={(event) => {
                  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
                  if (step === 0) return;
                  event.preventDefault();
                  event.stopPropagation();
                  const next = (index + step + scopes.length) % scopes.length;
                  decision.setScope(scopes[next] ?? 'once');
                  (event.currentTarget.parentElement?.children[next] as HTMLElement | undefined)?.focus();
                }}
                className={cx(
                  'inline-flex items-center justify-center gap-1.5 rounded-2 text-sm whitespace-nowrap',
                  touch ? 'h-11 flex-1 px-1' : 'h-6 px-2',
                  on
                    ? 'bg-raised font-medium text-ink ring-1 ring-hair-strong ring-inset'
                    : 'text-ink-2 hover:text-ink',
                )}
              >
                {scopeWords[name].label}
                {!touch && <KeyCap keys={String(index + 1)} />}
              </button>
            );
          })}
        </div>
        {(!touch || scope !== 'once') && <span className="text-sm text-ink-3">{scopeWords[scope].holds}</span>}
      </div>
      {scope !== 'once' && (
        <div className="grid gap-1.5">
          <textarea
            aria-label="The rule that is made"
            aria-invalid={ruleProblem !== null || undefined}
            rows={1}
            spellCheck={false}
            value={rule}
            placeholder="Bash(npm run build *)"
            onChange={(event) => decision.setRule(event.target.value)}
            onKeyDown={(event) => {
              // It wraps, so that a long rule is seen whole, and is still one line.
              if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
                event.preventDefault();
                if (ruleProblem === null && !event.repeat) decision.allow();
              }
              if (event.key === 'Escape') {
                event.stopPropagation();
                event.currentTarget.blur();
                decision.setScope('once');
              }
            }}
            className={cx(
              'field-sizing-content w-full resize-none rounded-3 bg-well px-2.5 py-1.5 font-mono text-sm wrap-anywhere ring-1 ring-inset max-phone:py-3 max-phone:text-[16px]',
              ruleProblem ? 'ring-failed' : 'ring-hair-control/70 focus-visible:ring-focus',
            )}
          />
          {ruleProblem && <p className="text-sm text-failed">{ruleProblem}</p>}
          {approval.suggestedRules.length > 1 && (
            <div className="flex flex-wrap items-center gap-1.5 text-sm text-ink-3">
              {approval.suggestedRules.map((suggested) => (
                <button
                  key={suggested}
                  type="button"
                  aria-pressed={suggested === rule}
                  onClick={() => decision.setRule(suggested)}
                  className={cx(
                    'max-w-full truncate rounded-2 px-2 font-mono text-xs ring-1 ring-inset',
                    touch ? 'h-10' : 'h-6',
                    suggested === rule ? 'text-ink ring-accent' : 'text-ink-2 ring-hair-strong hover:bg-hover',
                  )}
                  title={suggested}
                >
                  {suggested}
                </button>
              ))}
            </div>
          )}
        </div>
      )}
    </div>
  );
}
