import { copyFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { DatabaseCheck, DatabaseState, ImportReport } from '../../shared/database.ts';
import type { Flags } from '../config/resolve-config.ts';
import { dataHouse, print, sizeOf } from './data.ts';

type DatabaseFlags = Flags & { json?: boolean };

/** `control-room database status`: schema, migrations, files. */
export async function databaseStatus({ json, ...flags }: DatabaseFlags, entryUrl: string): Promise<void> {
  const { result } = await dataHouse(flags, entryUrl).does<DatabaseState>(
    { method: 'GET', path: '/api/database' },
    ({ maintenance }) => maintenance.state(),
  );
  if (json) {
    print(JSON.stringify(result));
    return;
  }
  const { schema, files, freeBytes } = result;
  print(`${result.path}`, `schema ${schema.applied} of ${schema.latest}, ${sizeOf(freeBytes)} free room in it`);
  for (const { id, name, applied } of schema.migrations)
    print(`  ${applied ? 'applied' : 'PENDING'}  ${String(id).padStart(3, '0')}-${name}`);
  for (const { name, sizeBytes, derived } of files)
    print(`  ${sizeOf(sizeBytes).padStart(9)}  ${name}${derived ? '  (can be made again)' : ''}`);
}

/** `control-room database check`: reads all of it; exit code 1 when it is damaged. */
export async function checkDatabase(flags: Flags, entryUrl: string): Promise<void> {
  const { result } = await dataHouse(flags, entryUrl).does<DatabaseCheck>(
    { method: 'POST', path: '/api/database/check' },
    ({ maintenance }) => maintenance.check(),
  );
  if (result.ok) print(`ok (${Math.round(result.tookMs)} ms)`);
  else {
    print(...result.problems, 'Restore the newest backup: control-room backup list');
    process.exitCode = 1;
  }
}

/** `control-room database vacuum`: where none runs it is done at once. */
export async function vacuumDatabase(flags: Flags, entryUrl: string): Promise<void> {
  const at = dataHouse(flags, entryUrl);
  const { result, running } = await at.does<{ message: string }>(
    { method: 'POST', path: '/api/database/vacuum' },
    ({ maintenance }) => maintenance.vacuum(),
  );
  if (!running) await at.again();
  print(running ? result.message : 'The file was written anew.');
}

/** `control-room database analyze`. */
export async function analyzeDatabase(flags: Flags, entryUrl: string): Promise<void> {
  const { result } = await dataHouse(flags, entryUrl).does<{ tookMs: number }>(
    { method: 'POST', path: '/api/database/analyze' },
    ({ maintenance }) => maintenance.analyze(),
  );
  print(`ok (${Math.round(result.tookMs)} ms)`);
}

/** `control-room database checkpoint`: brings the log into the file. */
export async function checkpointDatabase(flags: Flags, entryUrl: string): Promise<void> {
  const { result } = await dataHouse(flags, entryUrl).does<{ logBytes: number }>(
    { method: 'POST', path: '/api/database/checkpoint' },
    ({ maintenance }) => maintenance.checkpoint(),
  );
  print(`ok, ${sizeOf(result.logBytes)} left in the log`);
}

interface Exported {
  path: string;
  rows: number;
  sizeBytes: number;
  base64: string | null;
}

/** `control-room database export FILE`. */
export async function exportDatabase(file: string, flags: Flags, entryUrl: string): Promise<void> {
  const { result } = await dataHouse(flags, entryUrl).does<Exported>(
    { method: 'POST', path: '/api/database/export' },
    ({ maintenance }) => maintenance.export(),
  );
  if (result.base64 === null) await copyFile(result.path, file);
  else await writeFile(file, Buffer.from(result.base64, 'base64'), { mode: 0o600 });
  print(`${result.rows} rows, ${sizeOf(result.sizeBytes)}: ${file}`);
}

/** `control-room database import FILE`: says what became of each table. */
export async function importDatabase(
  file: string,
  { dryRun = false, replace = false, ...flags }: Flags & { dryRun?: boolean; replace?: boolean },
  entryUrl: string,
): Promise<void> {
  const body = { path: resolve(file), dryRun, replace };
  const { result } = await dataHouse(flags, entryUrl).does<ImportReport>(
    { method: 'POST', path: '/api/database/import', body },
    ({ maintenance }) => maintenance.import(body),
  );
  for (const { name, added, present, replaced, skipped } of result.tables)
    if (added + present + replaced + skipped > 0)
      print(`${name}: ${added} new, ${present} stay, ${replaced} written over, ${skipped} cannot be taken`);
  print(...result.problems, dryRun ? 'Nothing was changed: this was a dry run.' : 'Done.');
}
