import { type Database, openDatabase } from './database.ts';

/** What a database file is found to be. */
export interface Inspection {
  /** What SQLite says is wrong; empty: nothing. */
  problems: string[];
  schemaVersion: number;
  /** The newest event in it. */
  seq: number;
  /** Rows of each table. */
  counts: Record<string, number>;
}

/** As many problems as are told of one file. */
const mostProblems = 20;

/** The tables of a database, without SQLite's own. */
export function tablesOf(database: Database, schema = 'main'): string[] {
  return database
    .all<{ name: string }>(
      `SELECT name FROM ${schema}.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
    )
    .map(({ name }) => name);
}

/** What SQLite finds wrong with its own structure, and rows that point nowhere. Reads the whole file. */
export function structureProblems(database: Database): string[] {
  const found = integrity(database, `(${mostProblems})`);
  return found.length > 0 ? found : foreignKeyProblems(database);
}

/** The same of one table with its indexes. */
export function tableProblems(database: Database, table: string): string[] {
  return integrity(database, `("${table}")`);
}

/** The same without comparing its indexes with its rows. */
export function quickTableProblems(database: Database, table: string): string[] {
  return database
    .all<{ quick_check: string }>(`PRAGMA quick_check("${table}")`)
    .map(({ quick_check }) => quick_check)
    .filter((line) => line !== 'ok')
    .slice(0, mostProblems);
}

function integrity(database: Database, of: string): string[] {
  return database
    .all<{ integrity_check: string }>(`PRAGMA integrity_check${of}`)
    .map(({ integrity_check }) => integrity_check)
    .filter((line) => line !== 'ok')
    .slice(0, mostProblems);
}

/** Rows that point nowhere. */
export function foreignKeyProblems(database: Database): string[] {
  return database
    .all<{ table: string; parent: string }>('PRAGMA foreign_key_check')
    .slice(0, mostProblems)
    .map(({ table, parent }) => `A row of ${table} points to nothing in ${parent}.`);
}

/** Rows kept as JSON that are none any more, by table. */
export function brokenRows(database: Database): string[] {
  const problems: string[] = [];
  for (const table of tablesOf(database)) {
    const columns = database
      .all<{ name: string; hidden: number }>(`PRAGMA table_xinfo(${table})`)
      .filter(({ name, hidden }) => hidden === 0 && (name === 'row' || (table === 'settings' && name === 'value')));
    for (const { name } of columns) {
      const count =
        database.get<{ count: number }>(`SELECT count(*) AS count FROM ${table} WHERE NOT json_valid(${name})`)
          ?.count ?? 0;
      if (count > 0) problems.push(`${count} of ${table} cannot be read.`);
    }
  }
  return problems;
}

/** Opens a database file that nobody else uses, reads all of it, and says what it holds and what is wrong with it. */
export function inspectDatabase(path: string): Inspection {
  const database = openDatabase(path, { durable: false, readonly: true });
  try {
    const problems = structureProblems(database);
    if (problems.length === 0) problems.push(...brokenRows(database));
    return { problems, ...countsOf(database) };
  } finally {
    database.close();
  }
}

function countsOf(database: Database): Omit<Inspection, 'problems'> {
  const counts = Object.fromEntries(
    tablesOf(database).map((table) => [
      table,
      database.get<{ count: number }>(`SELECT count(*) AS count FROM "${table}"`)?.count ?? 0,
    ]),
  );
  return {
    schemaVersion: database.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0,
    seq:
      'events' in counts
        ? (database.get<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'events'")?.seq ?? 0)
        : 0,
    counts,
  };
}
