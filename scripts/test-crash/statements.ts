/** The statements of a migration, which holds no triggers: each ends with a semicolon at the end of a line. */
export function statementsOf(sql: string): string[] {
  return sql
    .split(/;[ \t]*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replace(/\/\*[\s\S]*?\*\//g, '').trim() !== '');
}
