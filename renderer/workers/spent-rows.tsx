import { limitNames, limitUse } from '../../shared/limit-use.ts';
import type { Worker } from '../../shared/workers.ts';
import { useNow } from '../data/clock.ts';
import { LimitRow } from './limit-meter.tsx';
import { amountWords, limitLabels, spentOf } from './limit-words.ts';

/** Money, tokens and time at work: what is used of each limit, or what was spent where there is none. */
export function SpentRows({ worker }: { worker: Worker }) {
  const now = useNow(worker.state === 'working' && worker.limits.timeoutSeconds !== undefined ? 1000 : 15_000);
  const spent = spentOf(worker, now);
  const uses = limitUse(worker.limits, spent);
  const amounts = { timeoutSeconds: spent.workedMs / 1000, tokens: spent.tokens, costUsd: spent.costUsd };
  return (
    <div>
      {[...limitNames].reverse().map((name) => {
        const use = uses.find((one) => one.name === name);
        if (use) return <LimitRow key={name} use={use} />;
        return (
          <p key={name} className="figures flex justify-between gap-2.5 text-sm leading-[22px]">
            <span className="text-ink-3">{name === 'timeoutSeconds' ? 'Time' : limitLabels[name]}</span>
            <span>{amountWords(name, amounts[name])}</span>
          </p>
        );
      })}
    </div>
  );
}
