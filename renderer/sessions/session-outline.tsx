import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { SessionId } from '../../shared/ids.ts';
import { hrefOf } from '../app/router.ts';
import { useAsked } from '../data/use-asked.ts';
import { cx } from '../ui/cx.ts';
import { Pane } from '../ui/pane.tsx';

interface Prompted {
  index: number;
  text: string;
  at: number | null;
}

const rowPx = 28;

/** The prompts of a session, to go to. `current` is the record at the top of the view. */
export function SessionOutline({ id, lastAt, current }: { id: string; lastAt: number; current: number }) {
  // What was added since may be a prompt.
  const { value: items, error } = useAsked<readonly Prompted[]>(
    id,
    String(lastAt),
    async (client, signal) => (await client.sessions.outline({ id: id as SessionId }, { signal })).items,
  );
  const scroller = useRef<HTMLDivElement>(null);
  const count = items?.length ?? 0;
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 8,
  });
  const here = items ? items.findLastIndex((item) => item.index <= current) : -1;
  useEffect(() => {
    if (here >= 0) virtual.scrollToIndex(here, { align: 'auto' });
  }, [here, virtual]);
  return (
    <Pane title="Prompts" end={count > 0 ? count : null}>
      {error && <p className="text-sm text-failed">{error}</p>}
      {items && count === 0 && <p className="text-sm text-ink-3">None.</p>}
      <nav ref={scroller} aria-label="Prompts" className="-mx-2 max-h-[38vh] overflow-y-auto">
        <div className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((row) => {
            const item = items?.[row.index];
            if (!item) return null;
            const on = row.index === here;
            return (
              <a
                key={item.index}
                href={hrefOf({ view: 'session', id, at: item.index, find: '' })}
                aria-current={on ? 'location' : undefined}
                title={item.text.slice(0, 600)}
                className={cx(
                  'focus-inset absolute inset-x-0 top-0 flex h-7 items-center gap-2 rounded-2 px-2 text-sm',
                  on ? 'bg-active text-ink' : 'text-ink-2 hover:bg-hover',
                )}
                style={{ transform: `translateY(${row.start}px)` }}
              >
                <span className="figures w-7 shrink-0 text-right text-xs text-ink-3">{row.index + 1}</span>
                <span className="truncate">{item.text.trim().split('\n')[0]}</span>
              </a>
            );
          })}
        </div>
      </nav>
    </Pane>
  );
}
