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

/** Notes the time of statements: which were slow, how often and how long. Texts hold no values. */
export function createStatementTimes(now: () => number) {
  let seen = new Map<string, SlowStatements['items'][number]>();
  let statements = 0;
  let since = now();

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

  return {
    /** One took so long, in seconds. */
    took(sql: string, seconds: number): void {
      statements += 1;
      if (seconds * 1000 >= slowMs) note(sql, seconds * 1000);
    },
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

export type StatementTimes = ReturnType<typeof createStatementTimes>;
