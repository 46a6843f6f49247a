import type { RestoreRecord } from '../../../shared/backups.ts';
import type { Worker } from '../../../shared/workers.ts';
import type { Database } from '../database/database.ts';
import { tablesOf } from '../database/inspect.ts';

/** What a restored database is told about workers that it takes for running. */
export interface RestoredWorkers {
  /** The row of one that runs no longer. */
  ended(worker: Worker): Worker;
  /** The row of one of which nobody knows whether it runs: it is not resumed by itself. */
  unsure(worker: Worker): Worker;
}

/** So far beyond every number of before do events go on: clients that were away read the state anew. */
const seqGap = 1000;

/** Tables of the present that stay as they are: the book of who did what, who may come in, and what says where files lie. */
const staying = ['audit', 'audit_chain', 'credentials', 'once', 'session_trash'];

/**
 * Makes a database of an older day fit for the present, in one transaction, as often as it is called the same: what of the
 * present (attached as `present`) holds processes or folders stays, workers that run no longer are ended, and events go on with
 * higher numbers. Gives what was kept.
 */
export function carryOver(database: Database, workers: RestoredWorkers): RestoreRecord['kept'] {
  database.exec('PRAGMA foreign_keys = OFF');
  try {
    return database.transaction(() => {
      const carry = carrierOf(database);
      for (const table of staying) carry(table, undefined);
      database.exec(`
        DROP TABLE IF EXISTS temp.kept_workers;
        CREATE TEMP TABLE kept_workers AS
          SELECT id FROM present.workers WHERE state <> 'ended'
          UNION SELECT row ->> '$.workerId' FROM present.worktrees WHERE row ->> '$.workerId' IS NOT NULL
          UNION SELECT id FROM present.workers WHERE id IN (SELECT id FROM main.workers WHERE state <> 'ended');
        DROP TABLE IF EXISTS temp.kept_terminals;
        CREATE TEMP TABLE kept_terminals AS
          SELECT id FROM present.terminals WHERE state = 'running' OR worker_id IN (SELECT id FROM temp.kept_workers);
      `);
      const counts = keptCounts(database);
      const worker = 'IN (SELECT id FROM temp.kept_workers)';
      // Rows of them in the backup are of an older day.
      for (const table of ['outbox', 'terminal_shares', 'terminal_marks']) dropOf(database, table);
      for (const table of ['runs', 'messages', 'message_usage', 'approvals', 'rules'])
        database.run(`DELETE FROM main.${table} WHERE worker_id ${worker}`);
      carry(
        'projects',
        `id IN (SELECT project_id FROM present.worktrees UNION SELECT project_id FROM present.workers WHERE id ${worker})
         AND id NOT IN (SELECT id FROM main.projects) AND path NOT IN (SELECT path FROM main.projects)`,
      );
      adoptProjects(database);
      carry('workers', `id ${worker}`);
      carry('worktrees', 'TRUE');
      for (const table of ['runs', 'messages', 'message_usage', 'approvals', 'rules'])
        carry(table, `worker_id ${worker}`);
      carry('outbox', `run_id IN (SELECT id FROM present.runs WHERE worker_id ${worker})`);
      carry('terminals', 'id IN (SELECT id FROM temp.kept_terminals)');
      for (const table of ['terminal_marks', 'terminal_shares'])
        carry(table, 'terminal_id IN (SELECT id FROM temp.kept_terminals)');
      moveToProjects(database);
      changeLive(database, workers.ended, `AND id NOT ${worker}`);
      numberEventsFrom(database, 'present');
      const broken = database.all('PRAGMA main.foreign_key_check');
      if (broken.length > 0) throw new Error(`${broken.length} rows would point nowhere`);
      return counts;
    });
  } finally {
    database.exec('PRAGMA foreign_keys = ON');
  }
}

/** The same where the present cannot be read: what the host holds is settled by taking it up, nothing else starts by itself. */
export function withoutPresent(database: Database, workers: RestoredWorkers, fresh: boolean): void {
  database.transaction(() => {
    changeLive(database, fresh ? workers.ended : workers.unsure, '');
    numberEventsFrom(database, undefined);
  });
}

function keptCounts(database: Database): RestoreRecord['kept'] {
  const count = (sql: string) => database.get<{ count: number }>(`SELECT count(*) AS count FROM ${sql}`)?.count ?? 0;
  return {
    workers: count('temp.kept_workers'),
    worktrees: count('present.worktrees WHERE id NOT IN (SELECT id FROM main.worktrees)'),
    terminals: count("present.terminals WHERE state = 'running' AND id NOT IN (SELECT id FROM main.terminals)"),
  };
}

/** Copies rows of a table of the present over those with the same key; the whole table where no condition is given. */
function carrierOf(database: Database): (table: string, where: string | undefined) => void {
  const columnsOf = (schema: string, table: string) =>
    database
      .all<{ name: string; hidden: number }>(`PRAGMA ${schema}.table_xinfo(${table})`)
      .filter(({ hidden }) => hidden === 0)
      .map(({ name }) => name);
  const known = new Set(tablesOf(database, 'present'));
  return (table, where) => {
    if (!known.has(table)) return;
    const there = columnsOf('present', table);
    const columns = columnsOf('main', table)
      .filter((name) => there.includes(name))
      .map((name) => `"${name}"`)
      .join(', ');
    if (where === undefined) database.run(`DELETE FROM main.${table}`);
    database.run(
      `INSERT OR REPLACE INTO main.${table} (${columns}) SELECT ${columns} FROM present.${table} WHERE ${where ?? 'TRUE'}`,
    );
  };
}

/** Rows that hang on workers and terminals which come from the present. */
function dropOf(database: Database, table: string): void {
  if (table === 'outbox')
    database.run(
      'DELETE FROM main.outbox WHERE run_id IN (SELECT id FROM main.runs WHERE worker_id IN (SELECT id FROM temp.kept_workers))',
    );
  else database.run(`DELETE FROM main.${table} WHERE terminal_id IN (SELECT id FROM temp.kept_terminals)`);
}

/** Projects that stand under another id in the backup: the same folder, added anew since. */
function adoptProjects(database: Database): void {
  database.exec(`
    DROP TABLE IF EXISTS temp.same_projects;
    CREATE TEMP TABLE same_projects AS
      SELECT there.id AS present_id, here.id AS main_id FROM present.projects AS there
      JOIN main.projects AS here ON here.path = there.path WHERE here.id <> there.id;
  `);
}

function moveToProjects(database: Database): void {
  for (const table of ['workers', 'worktrees', 'rules', 'terminals'])
    database.run(`
      UPDATE main.${table} SET row = json_set(row, '$.projectId',
        (SELECT main_id FROM temp.same_projects WHERE present_id = row ->> '$.projectId'))
      WHERE row ->> '$.projectId' IN (SELECT present_id FROM temp.same_projects)`);
}

function changeLive(database: Database, change: (worker: Worker) => Worker, where: string): void {
  const live = database.all<{ id: string; row: string }>(
    `SELECT id, row FROM main.workers WHERE state <> 'ended' ${where}`,
  );
  for (const { id, row } of live) {
    const worker = change(JSON.parse(row) as Worker);
    database.run('UPDATE main.workers SET row = ? WHERE id = ?', JSON.stringify(worker), id);
    if (worker.state !== 'ended') continue;
    database.run(
      'UPDATE main.runs SET ended_at = ? WHERE worker_id = ? AND ended_at IS NULL',
      worker.endedAt ?? worker.stateChangedAt,
      id,
    );
    database.run(
      "UPDATE main.approvals SET row = json_set(row, '$.state', 'cancelled') WHERE worker_id = ? AND state = 'waiting'",
      id,
    );
  }
}

/** Events of before are of another history: none is kept, and numbers go on above all that were ever given. */
function numberEventsFrom(database: Database, present: 'present' | undefined): void {
  const seqOf = (schema: string) =>
    database.get<{ seq: number }>(`SELECT seq FROM ${schema}.sqlite_sequence WHERE name = 'events'`)?.seq ?? 0;
  const highest = present ? Math.max(seqOf('main'), seqOf(present) + seqGap) : seqOf('main') + seqGap;
  database.run('DELETE FROM main.events');
  database.run("DELETE FROM main.sqlite_sequence WHERE name = 'events'");
  database.run("INSERT INTO main.sqlite_sequence (name, seq) VALUES ('events', ?)", highest);
  database.run('UPDATE main.webhook_feed SET seq = ?', highest);
}
