import { toORPCError } from '@orpc/client';
import { createRouterClient } from '@orpc/server';
import type { AppEvent } from '../../shared/events.ts';
import type { Caller, Orchestrator } from '../orchestrator/index.ts';

/** As oRPC's client writes a call of `events.subscribe`, and that a call is given up. */
const subscribePath = '/events/subscribe';
const abortType = 4;

interface Message {
  i: string;
  t?: number;
  p?: { u?: string; h?: Record<string, string | string[]>; b?: { json?: { since?: number } } };
}

/** The end of an event's message, which is the same for every client that follows. */
const frames = new WeakMap<object, string>();

function frameOf(event: Pick<AppEvent, 'seq'>): string {
  const known = frames.get(event);
  if (known !== undefined) return known;
  const frame = `,"t":3,"p":{"e":"message","d":{"json":${JSON.stringify(event)}},"m":{"id":"${event.seq}"}}}`;
  frames.set(event, frame);
  return frame;
}

/**
 * The events for one client of a socket, in oRPC's own words: an event is written once for all clients, where oRPC's handler
 * would check and write it for each. The call itself goes through the contract's one door as every other.
 */
export function createEventFeed(deps: {
  router: Orchestrator['router'];
  caller: Caller;
  send: (text: string) => void;
}) {
  const following = new Map<string, AbortController>();

  async function follow({ i: id, p }: Message, ended: AbortController): Promise<void> {
    const start = `{"i":${JSON.stringify(id)}`;
    let sending: Promise<void> | undefined;
    const takeEvents: Caller['takeEvents'] = (events) => {
      sending = (async () => {
        deps.send(`${start},"p":{"h":{"content-type":"text/event-stream"}}}`);
        for await (const event of events) if (!ended.signal.aborted) deps.send(start + frameOf(event));
      })();
    };
    try {
      const client = createRouterClient(deps.router, { context: { ...deps.caller, takeEvents } });
      await client.events.subscribe(p?.b?.json ?? {}, {
        signal: ended.signal,
        lastEventId: [p?.h?.['last-event-id']].flat()[0],
      });
      await sending;
    } catch (error) {
      if (ended.signal.aborted) return;
      const told = toORPCError(error);
      const failed = sending ? { t: 3, p: { e: 'error', d: { json: told.toJSON() } } } : undefined;
      deps.send(JSON.stringify({ i: id, ...(failed ?? { p: { s: told.status, b: { json: told.toJSON() } } }) }));
    }
  }

  return {
    /** Takes a message if it is about the events; false: it is for oRPC's handler. */
    take(text: string): boolean {
      if (!text.includes(subscribePath) && following.size === 0) return false;
      const message = JSON.parse(text) as Message;
      const known = following.get(message.i);
      if (message.t === abortType) {
        known?.abort();
        return known !== undefined;
      }
      if (known || message.p?.u !== subscribePath) return false;
      const ended = new AbortController();
      following.set(message.i, ended);
      void follow(message, ended).finally(() => following.delete(message.i));
      return true;
    },
    close(): void {
      for (const ended of following.values()) ended.abort();
    },
  };
}
