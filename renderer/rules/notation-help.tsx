import { ChevronRight } from 'lucide-react';
import { notationExamples, ruleWords } from './rule-notation.ts';

/** The notation of rules, explained by examples, folded away until it is wanted. */
export function NotationHelp() {
  return (
    <details className="group/help text-sm">
      <summary className="flex h-7 w-max list-none items-center gap-1.5 rounded-2 text-ink-2 hover:text-ink max-phone:h-11">
        <ChevronRight size={12} aria-hidden className="transition-transform group-open/help:rotate-90" />
        How rules are written
      </summary>
      <dl className="mt-1 grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-1 pl-[18px] max-phone:grid-cols-1">
        {notationExamples.map((rule) => (
          <div key={rule} className="contents">
            <dt>
              <code>{rule}</code>
            </dt>
            <dd className="text-ink-2 max-phone:mb-1.5">{ruleWords(rule)}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-2 max-w-[70ch] pl-[18px] text-ink-2">
        A deny beats an ask, an ask beats an allow, wherever they stand. A command made of several (<code>a && b</code>)
        is taken apart, and every part has to be allowed.
      </p>
    </details>
  );
}
