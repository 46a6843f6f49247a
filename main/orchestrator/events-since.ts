import { withEventMeta } from '@orpc/server';
import type { AppEvent, Resync } from '../../shared/events.ts';
import type { Events } from './events.ts';

/** Events read from the database at once for a client that catches up. */
const eventPage = 1000;

/**
 * Missed events after `since` first, then live ones, for one client. "resync" tells it to read the state again: what it
 * missed is no longer kept, or the state it holds is from before everything was known.
 */
export async function* eventsSince(
  deps: { events: Events; ready: Promise<void>; takeEarlyState: () => boolean },
  since: number | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<AppEvent | Resync> {
  const { events } = deps;
  const waiting: AppEvent[] = [];
  let wake: () => void = () => undefined;
  const end = events.listen((event) => {
    waiting.push(event);
    wake();
  });
  const ended = () => wake();
  signal?.addEventListener('abort', ended);
  let stale = false;
  const onReady = (): void => {
    stale = !signal?.aborted && deps.takeEarlyState();
    wake();
  };
  // One that cannot become ready ends, and its clients with it.
  deps.ready.then(onReady, () => undefined);
  try {
    let last = since ?? events.lastSeq();
    for (;;) {
      const missed = events.after(last, eventPage);
      if (missed === undefined) {
        last = events.lastSeq();
        yield { type: 'resync' as const, seq: last, at: Date.now() };
        break;
      }
      for (const event of missed) yield event;
      last = missed.at(-1)?.seq ?? last;
      if (missed.length < eventPage) break;
    }
    while (!signal?.aborted) {
      const event = waiting.shift();
      if (stale) {
        stale = false;
        if (event) waiting.unshift(event);
        yield { type: 'resync' as const, seq: last, at: Date.now() };
      } else if (!event) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else if (event.seq > last) {
        last = event.seq;
        yield event;
      }
    }
  } finally {
    signal?.removeEventListener('abort', ended);
    end();
  }
}

/** The same for oRPC's handlers: each with its id, from which a stream of HTTP goes on. */
export async function* withIds(events: AsyncIterable<AppEvent | Resync> | readonly AppEvent[]) {
  for await (const event of events) yield withEventMeta(event, { id: String(event.seq) });
}
