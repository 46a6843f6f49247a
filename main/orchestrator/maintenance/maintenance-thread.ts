import { openDatabase } from '../database/database.ts';
import { brokenRows, foreignKeyProblems, quickTableProblems, tableProblems, tablesOf } from '../database/inspect.ts';
import { serveThread } from '../serve-thread.ts';
import { exportTo, importFrom } from './exchange.ts';

/** What is asked of the database file while others use it: each call opens it for itself. */
const api = {
  /** Tables with their rows and bytes, indexes with their table. */
  measure(path: string): { name: string; rows: number; sizeBytes: number }[] {
    return read(path, (database) => {
      const sizes = new Map(
        database
          .all<{ name: string; bytes: number }>(
            `SELECT coalesce(schema.tbl_name, stat.name) AS name, sum(stat.pgsize) AS bytes
             FROM dbstat AS stat LEFT JOIN sqlite_schema AS schema ON schema.name = stat.name
             WHERE stat.aggregate = TRUE GROUP BY 1`,
          )
          .map(({ name, bytes }) => [name, bytes]),
      );
      return tablesOf(database)
        .map((name) => ({
          name,
          rows: database.get<{ rows: number }>(`SELECT count(*) AS rows FROM "${name}"`)?.rows ?? 0,
          sizeBytes: sizes.get(name) ?? 0,
        }))
        .sort((a, b) => b.sizeBytes - a.sizeBytes || (a.name < b.name ? -1 : 1));
    });
  },
  tables: (path: string): string[] => read(path, (database) => tablesOf(database)),
  checkTable: (path: string, table: string): string[] => read(path, (database) => tableProblems(database, table)),
  /** The same without comparing indexes with their rows: some ten times as fast. */
  quickCheckTable: (path: string, table: string): string[] =>
    read(path, (database) => quickTableProblems(database, table)),
  checkRest: (path: string): string[] =>
    read(path, (database) => [...foreignKeyProblems(database), ...brokenRows(database)]),
  exportTo,
  importFrom,
  /** Moves what stands in the log into the file, as far as nobody waits for it. */
  checkpoint(path: string): void {
    const database = openDatabase(path, { durable: true });
    try {
      database.get('PRAGMA wal_checkpoint(PASSIVE)');
    } finally {
      database.close();
    }
  },
};
export type MaintenanceThread = typeof api;

function read<T>(path: string, look: (database: ReturnType<typeof openDatabase>) => T): T {
  const database = openDatabase(path, { durable: false, readonly: true });
  try {
    return look(database);
  } finally {
    database.close();
  }
}

serveThread(api);
