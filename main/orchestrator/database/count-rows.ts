import type { Database } from './database.ts';

/** How many rows each table has. */
export function countRows(database: Database): Record<string, number> {
  const tables = database.all<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
  );
  return Object.fromEntries(
    tables.map(({ name }) => [
      name,
      database.get<{ rows: number }>(`SELECT count(*) AS rows FROM "${name.replaceAll('"', '""')}"`)?.rows ?? 0,
    ]),
  );
}
