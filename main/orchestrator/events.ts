import type { AppEvent, EventBody } from '../../shared/events.ts';
import type { Database } from './database/database.ts';

/** Events kept for clients that come back; older ones make a client read the state again. */
const keptEvents = 50_000;

export type Publish = (body: EventBody) => void;

export interface Events {
  /** Announces a change in the transaction that made it: row and event are kept together or not at all. */
  publish: Publish;
  /** The newest sequence number, 0 before the first event. */
  lastSeq(): number;
  /** Up to `limit` events after `since`, or undefined when some of them are no longer kept. */
  after(since: number, limit: number): AppEvent[] | undefined;
  /** Calls `listener` with each event from now on, in order, once it is durable. Gives a function that ends it. */
  listen(listener: (event: AppEvent) => void): () => void;
}

/** The one ordered stream of everything that changes. */
export function createEvents(deps: { database: Database; now: () => number }): Events {
  const { database, now } = deps;
  const listeners = new Set<(event: AppEvent) => void>();
  let last = database.get<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'events'")?.seq ?? 0;
  database.run('DELETE FROM events WHERE seq <= ?', last - keptEvents);

  function publish(body: EventBody): void {
    database.transaction(() => {
      const at = now();
      const { lastInsertRowid: seq } = database.run(
        'INSERT INTO events (at, body) VALUES (?, ?)',
        at,
        JSON.stringify(body),
      );
      if (seq % 1000 === 0) database.run('DELETE FROM events WHERE seq <= ?', seq - keptEvents);
      const event: AppEvent = { seq, at, ...body };
      database.afterCommit(() => {
        last = seq;
      });
      for (const listener of [...listeners])
        database.afterCommit(() => {
          if (listeners.has(listener)) listener(event);
        });
    });
  }

  return {
    publish,
    lastSeq: () => last,
    after(since, limit) {
      if (since > last) return undefined;
      const first = database.get<{ seq: number | null }>('SELECT min(seq) AS seq FROM events')?.seq ?? last + 1;
      if (since < first - 1) return undefined;
      return database
        .all<{ seq: number; at: number; body: string }>(
          'SELECT seq, at, body FROM events WHERE seq > ? ORDER BY seq LIMIT ?',
          since,
          limit,
        )
        .map(({ seq, at, body }) => ({ seq, at, ...(JSON.parse(body) as EventBody) }));
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
