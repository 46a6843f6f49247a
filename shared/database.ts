import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { lineOf, procedure } from './procedure.ts';

/** What was found by reading all of the database. */
export const databaseCheckSchema = z.object({
  at: z.number(),
  ok: z.boolean(),
  problems: z.array(z.string()),
  tookMs: z.number(),
});
export type DatabaseCheck = z.infer<typeof databaseCheckSchema>;

export const databaseStateSchema = z.object({
  path: z.string(),
  schema: z.object({
    applied: z.number(),
    latest: z.number(),
    migrations: z.array(z.object({ id: z.number(), name: z.string(), applied: z.boolean() })),
  }),
  /** Files of the data folder that hold data; `derived` ones can be made again. */
  files: z.array(z.object({ name: z.string(), sizeBytes: z.number(), derived: z.boolean() })),
  /** Largest first; null until they were measured. */
  tables: z.array(z.object({ name: z.string(), rows: z.number(), sizeBytes: z.number() })).nullable(),
  measuredAt: z.number().nullable(),
  /** Room in the file that nothing is in: VACUUM gives it back. */
  freeBytes: z.number(),
  lastCheck: databaseCheckSchema.nullable(),
  /** What is being done, and how much of it, 0 to 1. */
  work: z.object({ what: z.enum(['check', 'measure', 'export', 'import']), part: z.number() }).nullable(),
  lastVacuum: z
    .object({ at: z.number(), beforeBytes: z.number(), afterBytes: z.number(), tookMs: z.number() })
    .nullable(),
  /** What is kept for how long, with the setting that says so where there is one. */
  retention: z.array(z.object({ what: z.string(), kept: z.string(), setting: z.string().nullable() })),
});
export type DatabaseState = z.infer<typeof databaseStateSchema>;

export const slowStatementSchema = z.object({
  sql: z.string(),
  count: z.number(),
  totalMs: z.number(),
  maxMs: z.number(),
  lastAt: z.number(),
});

/** What an import found, by table: rows that are new, that are there already, and that cannot be taken. */
export const importReportSchema = z.object({
  dryRun: z.boolean(),
  appVersion: z.string(),
  exportedAt: z.number(),
  tables: z.array(
    z.object({ name: z.string(), added: z.number(), present: z.number(), replaced: z.number(), skipped: z.number() }),
  ),
  problems: z.array(z.string()),
  /** `restarting`: what was added is shown when it has started again in its place. */
  state: z.enum(['none', 'restarting', 'staged']),
});
export type ImportReport = z.infer<typeof importReportSchema>;

/** `restarting`: it is done now; `staged`: at the next start. */
const startedAnewSchema = z.object({ state: z.enum(['restarting', 'staged']), message: z.string() });

export const databaseContract = {
  state: procedure('admin').route({ method: 'GET', path: '/api/database' }).output(databaseStateSchema),
  /** The same, and again whenever it changes. */
  watch: procedure('admin')
    .route({ method: 'GET', path: '/api/database/watch' })
    .output(eventIterator(databaseStateSchema)),
  /** Reads all of it in a thread: structure, references, and rows that are no JSON any more. */
  check: procedure('admin').route({ method: 'POST', path: '/api/database/check' }).output(databaseCheckSchema),
  /** Measures rows and bytes of each table, in a thread. */
  measure: procedure('admin').route({ method: 'POST', path: '/api/database/measure' }).output(databaseStateSchema),
  /** Writes the file anew without the room that nothing is in: at a start in its place, while what runs goes on. */
  vacuum: procedure('admin').route({ method: 'POST', path: '/api/database/vacuum' }).output(startedAnewSchema),
  /**
   * Of a database in which damage was found: sets it aside at a start in its place; the newest whole backup takes its place, with what
   * runs and can still be read.
   */
  mend: procedure('admin')
    .route({ method: 'POST', path: '/api/database/mend' })
    .input(z.object({ confirm: z.boolean().default(false) }))
    .output(startedAnewSchema),
  /** Counts anew what statements are planned by. */
  analyze: procedure('admin')
    .route({ method: 'POST', path: '/api/database/analyze' })
    .output(z.object({ tookMs: z.number() })),
  /** Brings what stands in the log into the file. */
  checkpoint: procedure('admin')
    .route({ method: 'POST', path: '/api/database/checkpoint' })
    .output(z.object({ logBytes: z.number(), tookMs: z.number() })),
  /** Statements that took longest since the start, slowest first; texts without values. */
  slow: procedure('admin')
    .route({ method: 'GET', path: '/api/database/slow' })
    .output(z.object({ items: z.array(slowStatementSchema), statements: z.number(), since: z.number() })),
  forgetSlow: procedure('admin')
    .route({ method: 'DELETE', path: '/api/database/slow' })
    .output(z.object({ items: z.array(slowStatementSchema), statements: z.number(), since: z.number() })),
  /** Everything that is not a secret and not of this machine alone, as gzip of JSON lines; kept in the data folder too. */
  export: procedure('admin')
    .route({ method: 'POST', path: '/api/database/export' })
    .output(
      z.object({
        fileName: z.string(),
        mediaType: z.string(),
        /** On the machine Control Room runs on. */
        path: z.string(),
        sizeBytes: z.number(),
        rows: z.number(),
        /** Null where it is too large to be carried. */
        base64: z.string().nullable(),
      }),
    ),
  /**
   * Takes an export in. What is there stays: rows of the same key are left as they are, unless `replace`; projects of the same
   * folder are one; workers come as ended ones. `dryRun` only says what would be done.
   */
  import: procedure('admin')
    .route({ method: 'POST', path: '/api/database/import' })
    .input(
      z
        .object({
          base64: z
            .base64()
            .max(20 * 1024 * 1024)
            .optional(),
          /** Absolute, on the machine Control Room runs on; for what is too large to be carried. */
          path: lineOf(4000).optional(),
          dryRun: z.boolean().default(false),
          replace: z.boolean().default(false),
        })
        .refine(({ base64, path }) => (base64 === undefined) !== (path === undefined), 'give either base64 or path'),
    )
    .output(importReportSchema),
};
