import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import type { ImportReport } from '../../../shared/database.ts';
import { AppError } from '../../../shared/errors.ts';
import { type Database, openDatabase, type SqlValue } from '../database/database.ts';
import { migrate, migrations } from '../database/migrate.ts';

/*
 * An export is gzip of JSON lines: first `{"format":"control-room-export","version":1,"schemaVersion":n,...}`, then a line
 * `{"table":"projects","row":{"id":"p_1","row":"{...}"}}` for each row (columns as they are in the database), last
 * `{"end":true,"rows":n}`. Left out is what is secret (credentials, webhooks, links), what is of this machine alone (processes,
 * worktrees, terminals, the trash) and what can be made again.
 */
const format = 'control-room-export';
/** Text that is packed at once, and rows that are kept at once: others get their turn between. */
const packChars = 1024 * 1024;
const batchRows = 100;
const mostTextBytes = 2 * 1024 ** 3;
const mostProblems = 20;

/** In an order in which each row finds what it points to. */
const tables: { name: string; key: readonly string[] }[] = [
  { name: 'settings', key: ['name'] },
  { name: 'roles', key: ['name'] },
  { name: 'projects', key: ['id'] },
  { name: 'workers', key: ['id'] },
  { name: 'messages', key: ['worker_id', 'id'] },
  { name: 'message_usage', key: ['worker_id', 'message_id'] },
  { name: 'approvals', key: ['id'] },
  { name: 'rules', key: ['id'] },
  { name: 'spending', key: ['day', 'project_id', 'worker_id'] },
  { name: 'budgets', key: ['project_id'] },
  { name: 'session_marks', key: ['session_id'] },
  { name: 'session_contexts', key: ['id'] },
  { name: 'compressions', key: ['id'] },
  { name: 'saved_searches', key: ['id'] },
  { name: 'own_alerts', key: ['id'] },
];

type Row = Record<string, SqlValue>;

const headerSchema = z.object({
  format: z.literal(format),
  version: z.literal(1),
  schemaVersion: z.number().int().min(1),
  appVersion: z.string(),
  createdAt: z.number(),
});

/** Writes an export of the database at `path` to a new file, as of one moment. Gives the number of rows. */
export function exportTo(path: string, file: string, about: { appVersion: string; createdAt: number }): number {
  const database = openDatabase(path, { durable: false, readonly: true });
  try {
    database.exec('BEGIN');
    const schemaVersion = database.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
    let text = `${JSON.stringify({ format, version: 1, schemaVersion, ...about })}\n`;
    let rows = 0;
    writeFileSync(file, '', { mode: 0o600, flag: 'wx' });
    const flush = (): void => {
      // A gzip file may have several parts: each is packed by itself.
      appendFileSync(file, gzipSync(text, { level: 6 }));
      text = '';
    };
    for (const { name } of tables) {
      const columns = columnsOf(database, name).join(', ');
      for (const row of database.iterate<Row>(`SELECT ${columns} FROM ${name}`)) {
        text += `${JSON.stringify({ table: name, row })}\n`;
        rows += 1;
        if (text.length > packChars) flush();
      }
    }
    text += `${JSON.stringify({ end: true, rows })}\n`;
    flush();
    return rows;
  } finally {
    database.close();
  }
}

export interface ImportOptions {
  dryRun: boolean;
  /** Rows of the same key are written over; workers that run never are. */
  replace: boolean;
}

/**
 * Takes an export into the database at `path`, some rows at a time. What is there stays unless `replace`; projects of the same
 * folder are one; workers come as ended ones. An older export is brought up to date first. UNPROCESSABLE for what is no export,
 * CONFLICT for one of a newer program.
 */
export function importFrom(
  path: string,
  file: string,
  scratch: string,
  options: ImportOptions,
): Omit<ImportReport, 'state'> {
  const { header, lines } = readExport(file);
  const source = openSource(scratch, header.schemaVersion, lines);
  const target = openDatabase(path, { durable: true, readonly: options.dryRun });
  try {
    const problems: string[] = [];
    const projectIds = sameProjects(source, target);
    const report = tables.map(({ name, key }) => {
      const counts = { name, added: 0, present: 0, replaced: 0, skipped: 0 };
      const put = putterOf(target, name, key, options);
      let batch: Row[] = [];
      const flush = (): void => {
        const rows = batch;
        batch = [];
        const take = (row: Row): void => {
          try {
            counts[put(row)] += 1;
          } catch (error) {
            counts.skipped += 1;
            if (problems.length < mostProblems) problems.push(`A row of ${name}: ${(error as Error).message}.`);
          }
        };
        if (options.dryRun) rows.forEach(take);
        else target.transaction(() => rows.forEach(take));
      };
      for (const row of source.iterate<Row>(`SELECT ${columnsOf(source, name).join(', ')} FROM ${name}`)) {
        batch.push(fitted(name, row, projectIds));
        if (batch.length >= batchRows) flush();
      }
      flush();
      return counts;
    });
    return {
      dryRun: options.dryRun,
      appVersion: header.appVersion,
      exportedAt: header.createdAt,
      tables: report,
      problems,
    };
  } finally {
    target.close();
    source.close();
    for (const ending of ['', '-wal', '-shm']) rmSync(`${scratch}${ending}`, { force: true });
  }
}

const noExport = (why: string, cause?: unknown): AppError =>
  new AppError('UNPROCESSABLE', `This is no export of Control Room that can be read: ${why}.`, undefined, { cause });

function readExport(file: string) {
  let text: Buffer;
  try {
    text = gunzipSync(readFileSync(file), { maxOutputLength: mostTextBytes });
  } catch (error) {
    throw noExport((error as Error).message, error);
  }
  const end = text.indexOf(10);
  const header = headerSchema.safeParse(parsed(text.subarray(0, end < 0 ? 0 : end).toString()));
  if (!header.success) throw noExport('its first line does not say so');
  if (header.data.schemaVersion > (migrations.at(-1)?.id ?? 0))
    throw new AppError(
      'CONFLICT',
      `This export was made by a newer Control Room (${header.data.appVersion}). Install that version to take it in.`,
    );
  function* lines(): Generator<{ table: string; row: Row }> {
    let rows = 0;
    for (let from = end + 1; from < text.length; ) {
      const to = text.indexOf(10, from);
      if (to < 0) break;
      const line = parsed(text.subarray(from, to).toString()) as {
        table?: string;
        row?: Row;
        end?: boolean;
        rows?: number;
      };
      from = to + 1;
      if (line?.end) {
        if (line.rows !== rows) throw noExport(`it has ${rows} rows and should have ${line.rows}`);
        return;
      }
      if (typeof line?.table !== 'string' || typeof line.row !== 'object') throw noExport(`row ${rows + 1} is broken`);
      rows += 1;
      yield { table: line.table, row: line.row };
    }
    throw noExport('its end is missing');
  }
  return { header: header.data, lines: lines() };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is as bad as JSON of another kind.
    return undefined;
  }
}

/** A database of its own with what is in the export, brought up to date. */
function openSource(scratch: string, schemaVersion: number, lines: Iterable<{ table: string; row: Row }>): Database {
  const source = openDatabase(scratch, { durable: false });
  try {
    migrate(
      source,
      migrations.filter(({ id }) => id <= schemaVersion),
    );
    source.exec('PRAGMA foreign_keys = OFF');
    source.transaction(() => {
      for (const { table, row } of lines) {
        if (!tables.some(({ name }) => name === table)) throw noExport(`it holds a table ${table}`);
        const columns = columnsOf(source, table).filter((column) => column in row);
        source.run(
          `INSERT OR REPLACE INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
          ...columns.map((column) => row[column] ?? null),
        );
      }
    });
    migrate(source);
    rmSync(`${scratch}.before-${migrations.at(-1)?.id}`, { force: true });
    return source;
  } catch (error) {
    source.close();
    for (const ending of ['', '-wal', '-shm']) rmSync(`${scratch}${ending}`, { force: true });
    throw error instanceof AppError ? error : noExport((error as Error).message, error);
  }
}

function columnsOf(database: Database, table: string): string[] {
  return database
    .all<{ name: string; hidden: number }>(`PRAGMA table_xinfo(${table})`)
    .filter(({ hidden }) => hidden === 0)
    .map(({ name }) => name);
}

/** Ids of projects that are here under another one: the folder tells. */
function sameProjects(source: Database, target: Database): Map<string, string> {
  const here = new Map(
    target.all<{ id: string; path: string }>('SELECT id, path FROM projects').map(({ id, path }) => [path, id]),
  );
  return new Map(
    source
      .all<{ id: string; path: string }>('SELECT id, path FROM projects')
      .flatMap(({ id, path }) => (here.has(path) && here.get(path) !== id ? [[id, here.get(path) as string]] : [])),
  );
}

/** A row as it can stand here: nothing of it runs, and its project is the one of the same folder. */
function fitted(table: string, row: Row, projectIds: Map<string, string>): Row {
  const own = (id: unknown): string => projectIds.get(String(id)) ?? String(id);
  const changed: Row = { ...row };
  if (table === 'projects') changed.id = own(row.id);
  if (typeof row.project_id === 'string') changed.project_id = own(row.project_id);
  if (typeof row.row !== 'string' || !['projects', 'workers', 'rules', 'approvals'].includes(table)) return changed;
  const value = JSON.parse(row.row) as Record<string, unknown>;
  if (table === 'projects') value.id = own(value.id);
  if (typeof value.projectId === 'string') value.projectId = own(value.projectId);
  if (table === 'approvals' && value.state === 'waiting') value.state = 'cancelled';
  if (table === 'workers')
    Object.assign(value, {
      terminalId: null,
      pid: null,
      activity: null,
      retry: null,
      waitingFor: null,
      queuePosition: null,
      ...(value.state === 'ended'
        ? {}
        : {
            state: 'ended',
            outcome: 'stopped',
            endReason: 'It ran where it was exported. Resume goes on in its session, if that is on this machine.',
            endedAt: value.stateChangedAt,
          }),
    });
  changed.row = JSON.stringify(value);
  return changed;
}

/** Writes one row and says what became of it; in a dry run only that. */
function putterOf(target: Database, table: string, key: readonly string[], { dryRun, replace }: ImportOptions) {
  const columns = columnsOf(target, table);
  const where = key.map((name) => `${name} = ?`).join(' AND ');
  const rest = columns.filter((name) => !key.includes(name));
  const values = `(${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
  const insert = `INSERT INTO ${table} ${values}`;
  const upsert = `${insert} ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${rest.map((name) => `${name} = excluded.${name}`).join(', ')}`;
  const running = table === 'workers' ? "state <> 'ended'" : 'FALSE';
  return (row: Row): 'added' | 'present' | 'replaced' => {
    const found = target.get<{ running: number }>(
      `SELECT ${running} AS running FROM ${table} WHERE ${where}`,
      ...key.map((name) => row[name] ?? null),
    );
    if (found && (!replace || found.running)) return 'present';
    if (!dryRun) target.run(found ? upsert : insert, ...columns.map((name) => row[name] ?? null));
    return found ? 'replaced' : 'added';
  };
}
