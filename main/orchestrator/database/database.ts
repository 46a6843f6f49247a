import BetterSqlite3 from 'better-sqlite3';
import { isStorageTrouble } from './storage-watch.ts';

export type SqlValue = string | number | bigint | null | Uint8Array;

/** One open SQLite file: small synchronous statements, nested transactions, and what is to happen after a commit. */
export interface Database {
  readonly path: string;
  /** Runs a statement; gives the number of changed rows and the last row id. */
  run(sql: string, ...values: SqlValue[]): { changes: number; lastInsertRowid: number };
  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined;
  all<Row>(sql: string, ...values: SqlValue[]): Row[];
  /** Rows one at a time, as far as they are asked for. No other statement may write meanwhile. */
  iterate<Row>(sql: string, ...values: SqlValue[]): IterableIterator<Row>;
  /** Runs statements that take no values. */
  exec(sql: string): void;
  /** Runs `work` wholly or not at all; joins the transaction around it when there is one. */
  transaction<T>(work: () => T): T;
  /** Runs `action` once the outermost transaction is durable; never when it is rolled back; at once outside of one. */
  afterCommit(action: () => void): void;
  /** Copies the whole file, with what is still in its log, to `target`. */
  copyTo(target: string): void;
  close(): void;
}

/** Who watches the disk under a database. */
export interface WriteGuard {
  /** Before anything is written. What it throws is thrown instead. */
  beforeWrite(): void;
  /** Hears of what failed. */
  note(error: unknown): void;
}

/** Is told how statements went. */
export interface DatabaseObserver {
  /** How long one took, in seconds. Its text holds no values. */
  took(kind: 'read' | 'write' | 'commit', seconds: number, sql: string): void;
  /** A change was kept. */
  kept(): void;
  /** One failed with this result code of SQLite. */
  failed(code: string): void;
}

/**
 * Opens (or makes) a database file. `durable` waits for the disk at every commit: a power cut then loses nothing that
 * was acknowledged, for about 0.2 ms a commit.
 */
export function openDatabase(
  path: string,
  options: { durable: boolean; readonly?: boolean; guard?: WriteGuard; observer?: DatabaseObserver },
): Database {
  const { guard, observer } = options;
  const connection = new BetterSqlite3(path, { readonly: options.readonly ?? false, timeout: 5000 });
  if (!options.readonly) {
    connection.pragma('journal_mode = WAL');
    connection.pragma(`synchronous = ${options.durable ? 'FULL' : 'NORMAL'}`);
  }
  connection.pragma('foreign_keys = ON');

  const statements = new Map<string, BetterSqlite3.Statement>();
  let depth = 0;
  let committed: (() => void)[] = [];

  function prepared(sql: string): BetterSqlite3.Statement {
    const known = statements.get(sql);
    if (known) return known;
    const statement = connection.prepare(sql);
    statements.set(sql, statement);
    return statement;
  }

  /** Does something with the database, and tells how it went; `keeps`: what it changed is kept once it is done. */
  function watched<T>(kind: 'read' | 'write' | 'commit', sql: string, work: () => T, keeps = false): T {
    if (!observer) return work();
    const startedAt = performance.now();
    try {
      const result = work();
      observer.took(kind, (performance.now() - startedAt) / 1000, sql);
      if (keeps) observer.kept();
      return result;
    } catch (error) {
      const code = sqliteCode(error);
      if (code) observer.failed(code);
      throw error;
    }
  }

  function transaction<T>(work: () => T): T {
    if (depth > 0) return work();
    guard?.beforeWrite();
    let result: T;
    depth += 1;
    try {
      watched('write', 'BEGIN IMMEDIATE', () => connection.exec('BEGIN IMMEDIATE'));
      result = work();
      if (result instanceof Promise) throw new TypeError('a transaction cannot wait for a promise');
      watched('commit', 'COMMIT', () => connection.exec('COMMIT'), true);
    } catch (error) {
      committed = [];
      if (connection.inTransaction) connection.exec('ROLLBACK');
      guard?.note(error);
      throw error;
    } finally {
      depth -= 1;
    }
    const actions = committed;
    committed = [];
    follow(actions);
    return result;
  }

  /** What is committed stays so, and each of those who hear of it does, whatever goes wrong with another. */
  function follow(actions: readonly (() => void)[]): void {
    const errors: unknown[] = [];
    for (const action of actions) {
      try {
        action();
      } catch (error) {
        // The guard has heard of it: what was to follow is done again when there is room.
        if (!isStorageTrouble(error)) errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  return {
    path,
    run(sql, ...values) {
      if (depth === 0) guard?.beforeWrite();
      try {
        const { changes, lastInsertRowid } = watched(
          'write',
          sql,
          () => prepared(sql).run(...bound(sql, values)),
          depth === 0,
        );
        return { changes, lastInsertRowid: Number(lastInsertRowid) };
      } catch (error) {
        if (depth === 0) guard?.note(error);
        throw error;
      }
    },
    get: <Row>(sql: string, ...values: SqlValue[]) =>
      watched('read', sql, () => prepared(sql).get(...bound(sql, values))) as Row | undefined,
    all: <Row>(sql: string, ...values: SqlValue[]) =>
      watched('read', sql, () => prepared(sql).all(...bound(sql, values))) as Row[],
    iterate: <Row>(sql: string, ...values: SqlValue[]) =>
      prepared(sql).iterate(...bound(sql, values)) as IterableIterator<Row>,
    exec: (sql) => void connection.exec(sql),
    transaction,
    afterCommit(action) {
      if (depth === 0) action();
      else committed.push(action);
    },
    copyTo: (target) => void connection.prepare('VACUUM INTO ?').run(target),
    close() {
      statements.clear();
      if (connection.open) connection.close();
    },
  };
}

/** better-sqlite3 takes numbered parameters (`?1`, which may stand several times) by name, others by place. */
function bound(sql: string, values: SqlValue[]): unknown[] {
  if (!/\?\d/.test(sql)) return values;
  return [Object.fromEntries(values.map((value, index) => [index + 1, value]))];
}

/** SQLite's result code of an error (`SQLITE_FULL`, `SQLITE_BUSY`, ...), or undefined for any other error. */
export function sqliteCode(error: unknown): string | undefined {
  return error instanceof BetterSqlite3.SqliteError ? error.code : undefined;
}
