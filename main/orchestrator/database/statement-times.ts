import type { Database } from './database.ts';

/** Statements that are remembered, and how long a text of one is. */
const mostStatements = 200;
const longestText = 500;
/** Faster ones are only counted. */
const slowMs = 2;

export interface SlowStatements {
  items: { sql: string; count: number; totalMs: number; maxMs: number; lastAt: number }[];
  statements: number;
  since: number;
}

/** The same database, with the time of its statements noted: which were slow, how often and how long. Texts hold no values. */
export function timeStatements(database: Database, now: () => number) {
  let seen = new Map<string, SlowStatements['items'][number]>();
  let statements = 0;
  let since = now();

  function timed<T>(sql: string, work: () => T): T {
    const startedAt = performance.now();
    try {
      return work();
    } finally {
      const tookMs = performance.now() - startedAt;
      statements += 1;
      if (tookMs >= slowMs) note(sql, tookMs);
    }
  }

  function note(sql: string, tookMs: number): void {
    const text = sql.replace(/\s+/g, ' ').trim().slice(0, longestText);
    const known = seen.get(text) ?? { sql: text, count: 0, totalMs: 0, maxMs: 0, lastAt: 0 };
    known.count += 1;
    known.totalMs += tookMs;
    known.maxMs = Math.max(known.maxMs, tookMs);
    known.lastAt = now();
    seen.set(text, known);
    if (seen.size <= mostStatements) return;
    const [fastest] = [...seen.values()].sort((a, b) => a.maxMs - b.maxMs);
    if (fastest) seen.delete(fastest.sql);
  }

  const watched: Database = {
    ...database,
    run: (sql, ...values) => timed(sql, () => database.run(sql, ...values)),
    get: (sql, ...values) => timed(sql, () => database.get(sql, ...values)),
    all: (sql, ...values) => timed(sql, () => database.all(sql, ...values)),
    exec: (sql) => timed(sql, () => database.exec(sql)),
  };

  return {
    database: watched,
    slow: (): SlowStatements => ({
      items: [...seen.values()].sort((a, b) => b.maxMs - a.maxMs).slice(0, 50),
      statements,
      since,
    }),
    forget(): void {
      seen = new Map();
      statements = 0;
      since = now();
    },
  };
}

export type StatementTimes = ReturnType<typeof timeStatements>;
