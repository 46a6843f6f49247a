/** One step of the schema: run once, in its own transaction, never changed after a release. */
export interface Migration {
  id: number;
  name: string;
  sql: string;
}
