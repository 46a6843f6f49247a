import type * as z from 'zod';
import { approvalSchema } from '../../shared/approvals.ts';
import { projectSchema } from '../../shared/projects.ts';
import { roleSchema } from '../../shared/roles.ts';
import { ruleSchema } from '../../shared/rules.ts';
import { savedSearchSchema } from '../../shared/saved-searches.ts';
import { terminalSchema } from '../../shared/terminals.ts';
import { workerSchema } from '../../shared/workers.ts';
import { worktreeSchema } from '../../shared/worktrees.ts';
import type { Database } from './database/database.ts';

/** Rows that clients are given whole: one that does not fit would keep them from all. */
const tables: { name: string; key: string; schema: z.ZodType }[] = [
  { name: 'projects', key: 'id', schema: projectSchema },
  { name: 'worktrees', key: 'id', schema: worktreeSchema },
  { name: 'workers', key: 'id', schema: workerSchema },
  { name: 'approvals', key: 'id', schema: approvalSchema },
  { name: 'terminals', key: 'id', schema: terminalSchema },
  { name: 'rules', key: 'id', schema: ruleSchema },
  { name: 'roles', key: 'name', schema: roleSchema },
  { name: 'saved_searches', key: 'id', schema: savedSearchSchema },
];
/** States in which nothing is started or decided by itself. */
const quiet = ['ended', 'exited', 'expired', 'missing', 'ready'];
/** A value put right may show what else is wrong with it. */
const mostPasses = 20;

/**
 * Puts rows right of which a damaged byte changed a name or a value: what does not fit gets the emptiest value that does. Gives which
 * rows those were, and which could not be put right.
 */
export function mendRows(database: Database): { mended: string[]; broken: string[] } {
  const mended: string[] = [];
  const broken: string[] = [];
  for (const { name, key, schema } of tables) {
    for (const { id, row } of database.all<{ id: string; row: string }>(`SELECT ${key} AS id, row FROM ${name}`)) {
      const value = JSON.parse(row) as Record<string, unknown>;
      if (value[key] === id && schema.safeParse(value).success) continue;
      value[key] = id;
      if (!makeFit(value, schema)) {
        broken.push(`${name} ${id}`);
        continue;
      }
      try {
        database.run(`UPDATE ${name} SET row = ? WHERE ${key} = ?`, JSON.stringify(value), id);
        mended.push(`${name} ${id}`);
      } catch {
        // Its value would collide with another row's, or point to nothing.
        broken.push(`${name} ${id}`);
      }
    }
  }
  return { mended, broken };
}

function makeFit(value: Record<string, unknown>, schema: z.ZodType): boolean {
  for (let pass = 0; pass < mostPasses; pass += 1) {
    const { error } = schema.safeParse(value);
    if (!error) return true;
    for (const issue of error.issues) put(value, issue.path, fitting(issue));
  }
  return false;
}

/** The emptiest value that an issue lets one think of. */
function fitting(issue: z.core.$ZodIssue): unknown {
  switch (issue.code) {
    case 'invalid_value':
      return issue.values.find((one) => quiet.includes(String(one))) ?? issue.values[0];
    case 'too_small':
      return issue.origin === 'string' ? '-' : Number(issue.minimum);
    case 'too_big':
      return issue.origin === 'string' ? '-' : Number(issue.maximum);
    case 'invalid_type':
      return (
        { string: '-', number: 0, int: 0, boolean: false, array: [], object: {}, record: {} }[
          issue.expected as string
        ] ?? null
      );
    default:
      return null;
  }
}

function put(value: Record<string, unknown>, path: readonly PropertyKey[], to: unknown): void {
  let at: Record<PropertyKey, unknown> = value;
  for (const step of path.slice(0, -1)) {
    const next = at[step];
    if (typeof next !== 'object' || next === null) return;
    at = next as Record<PropertyKey, unknown>;
  }
  const last = path.at(-1);
  if (last !== undefined) at[last] = to;
}
