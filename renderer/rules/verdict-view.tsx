import { TriangleAlert } from 'lucide-react';
import type { Verdict } from '../../shared/rules.ts';
import { cx } from '../ui/cx.ts';
import { ShellSyntax } from '../ui/syntax.tsx';
import { EffectMark, effectLooks } from './effect-mark.tsx';

/** What would happen to a call, big and plain, with what made it so. */
export function VerdictView({ verdict, stale }: { verdict: Verdict; stale: boolean }) {
  const { icon: Icon, text, box, verdict: words } = effectLooks[verdict.decision];
  return (
    <div className={cx('min-w-0 transition-opacity duration-[var(--t-fast)]', stale && 'opacity-60')}>
      <div className={cx('flex items-start gap-3.5 px-4 py-4 ring-1 ring-inset', box)}>
        <Icon size={28} strokeWidth={2.2} aria-hidden className={cx('mt-0.5 shrink-0', text)} />
        <div className="min-w-0 flex-1" aria-live="polite">
          <p className={cx('text-xl leading-7 font-strong tracking-[-.015em]', text)}>{words}</p>
          <p className="mt-0.5 wrap-anywhere">{verdict.reason}</p>
          {verdict.rule ? (
            <p className="mt-2 flex flex-wrap items-baseline gap-x-2 gap-y-1 text-sm">
              <span className="text-ink-3">Decided by</span>
              <code className="rounded-1 bg-active px-1.5 py-px text-[12px] wrap-anywhere">{verdict.rule}</code>
              {verdict.source && <span className="text-ink-2">{verdict.source}</span>}
            </p>
          ) : (
            <p className="mt-2 text-sm text-ink-2">No rule names it{verdict.source ? `: ${verdict.source}` : ''}.</p>
          )}
        </div>
      </div>
      {verdict.parts.length > 1 && (
        <section aria-label="Parts of the command" className="border-t border-hair-soft px-4 py-2.5">
          <h3 className="mb-1 text-sm text-ink-3">
            The command is {verdict.parts.length} commands; each is judged alone
          </h3>
          <ol className="grid gap-0.5">
            {verdict.parts.map((part, index) => (
              <li
                // biome-ignore lint/suspicious/noArrayIndexKey: the same part may stand there twice; its place is its identity
                key={index}
                className="flex min-h-7 min-w-0 flex-wrap items-center gap-x-3"
              >
                <EffectMark effect={part.decision} />
                <code className="min-w-0 flex-1 text-[12px] wrap-anywhere">
                  <ShellSyntax text={part.text} />
                </code>
                <span className="min-w-0 text-sm text-ink-3">
                  {part.rule ? <code className="wrap-anywhere">{part.rule}</code> : 'no rule'}
                </span>
              </li>
            ))}
          </ol>
        </section>
      )}
      {verdict.warnings.length > 0 && (
        <ul className="grid gap-1 border-t border-hair-soft px-4 py-2.5 text-sm">
          {verdict.warnings.map((warning) => (
            <li key={warning} className="flex items-start gap-2">
              <TriangleAlert size={14} aria-hidden className="mt-[3px] shrink-0 text-needs" />
              <span className="min-w-0 wrap-anywhere">{warning}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
