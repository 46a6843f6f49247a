import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { backupFilenameSchema, backupTransferContract, passphraseSchema } from './backup-transfer.ts';
import { pageOf, pageQuery, procedure } from './procedure.ts';

/** A copy of the state at one moment, verified before it stands in any list. */
export const backupSchema = z.object({
  backup_filename: backupFilenameSchema,
  /** `manual`, `scheduled`, `before-restore`, `imported` of what came from elsewhere, or the word it was made with. */
  type: z.string(),
  description: z.string(),
  createdAt: z.number(),
  /** Bytes of the file, and of the database in it. */
  sizeBytes: z.number(),
  databaseBytes: z.number(),
  /** SHA-256 of the file, and of the database in it, in hex. */
  sha256: z.string(),
  contentSha256: z.string(),
  compressed: z.boolean(),
  encrypted: z.boolean(),
  /** `database`; encrypted ones hold `keys` too. */
  includes: z.array(z.string()),
  schemaVersion: z.number(),
  appVersion: z.string(),
  /** The newest event in it. */
  seq: z.number(),
  /** Rows of each table. */
  counts: z.record(z.string(), z.number()),
  /** When it was last read back whole. */
  verifiedAt: z.number(),
  tookMs: z.object({ copy: z.number(), verify: z.number(), pack: z.number() }),
  /** The copy at the second location; null where there is none. */
  second: z.object({ path: z.string(), problem: z.string().nullable() }).nullable(),
});
export type Backup = z.infer<typeof backupSchema>;

/** What is being done, one at a time. */
export const backupWorkSchema = z.object({
  what: z.enum(['backup', 'check', 'restore', 'drill', 'take-in']),
  backup_filename: z.string().nullable(),
  step: z.enum(['copying', 'verifying', 'packing', 'reading-back', 'second-location', 'unpacking', 'comparing']),
  /** Of this step, 0 to 1; null where it cannot be told. */
  part: z.number().nullable(),
  startedAt: z.number(),
});
export type BackupWork = z.infer<typeof backupWorkSchema>;

/** Of a backup that was read back whole: what it holds is as its description says. */
export const backupCheckSchema = z.object({
  backup_filename: z.string(),
  ok: z.boolean(),
  problem: z.string().nullable(),
  checkedAt: z.number(),
  tookMs: z.number(),
  /** Tables that were counted, and rows in all of them. */
  tables: z.number(),
  rows: z.number(),
});
export type BackupCheck = z.infer<typeof backupCheckSchema>;

/** What a restore did. */
export const restoreRecordSchema = z.object({
  at: z.number(),
  /** Null: there was none that could be read, and it began anew. */
  backup_filename: z.string().nullable(),
  /** The state of before, for an undo; null where it could not be read any more. */
  safety_backup: z.string().nullable(),
  by: z.string(),
  /** `asked`, or `damage`: the database could not be read at the start. */
  why: z.enum(['asked', 'damage']),
  /** Workers, worktrees and shells of the present that the backup did not know, or knew otherwise, and that were kept. */
  kept: z.object({ workers: z.number(), worktrees: z.number(), terminals: z.number() }),
  /** Where the damaged files lie. */
  setAside: z.string().nullable(),
  problem: z.string().nullable(),
});
export type RestoreRecord = z.infer<typeof restoreRecordSchema>;

export const backupStateSchema = z.object({
  items: z.array(backupSchema),
  /** Where they are, and how much room there is, in bytes; null when that cannot be told. */
  folder: z.string(),
  freeBytes: z.number().nullable(),
  work: backupWorkSchema.nullable(),
  newestAt: z.number().nullable(),
  /** When the next one is made by itself; null while that is off. */
  nextAt: z.number().nullable(),
  /** Why the last one could not be made; null once one was. */
  problem: z.string().nullable(),
  lastDrill: backupCheckSchema.nullable(),
  lastRestore: restoreRecordSchema.nullable(),
  /** A restore that waits for the next start. */
  staged: z.string().nullable(),
  hasPassphrase: z.boolean(),
});
export type BackupState = z.infer<typeof backupStateSchema>;

const ref = z.object({ backup_filename: backupFilenameSchema });
const opened = ref.extend({ passphrase: passphraseSchema.optional() });

const restoringSchema = z.object({
  backup_filename: z.string(),
  /** A copy of the state as it was, to go back to. */
  safety_backup: z.string(),
  /** `restarting`: Control Room starts again in its place now; `staged`: it is done at the next start. */
  state: z.enum(['restarting', 'staged']),
  message: z.string(),
});

export const backupsContract = {
  /** Newest first. */
  list: procedure('admin').route({ method: 'GET', path: '/api/backup' }).input(pageQuery).output(pageOf(backupSchema)),
  /** Makes one now and answers when it is verified. */
  create: procedure('admin')
    .route({ method: 'POST', path: '/api/backup', successStatus: 201 })
    .input(
      z.object({
        type: z
          .string()
          .regex(/^[a-z0-9-]{1,30}$/i, 'may hold letters, digits and "-"')
          .refine((type) => type.toLowerCase() !== 'imported', 'is of what came from elsewhere')
          .default('manual'),
        description: z.string().trim().max(500).default(''),
      }),
    )
    .output(backupSchema),
  /** The list with what is going on, and again whenever it changes. */
  watch: procedure('admin')
    .route({ method: 'GET', path: '/api/backup/watch' })
    .output(eventIterator(backupStateSchema)),
  state: procedure('admin').route({ method: 'GET', path: '/api/backup/state' }).output(backupStateSchema),
  describe: procedure('admin')
    .route({ method: 'GET', path: '/api/backup/{backup_filename}' })
    .input(ref)
    .output(backupSchema),
  remove: procedure('admin').route({ method: 'DELETE', path: '/api/backup/{backup_filename}' }).input(ref).output(ref),
  /** Reads one back whole and compares it with its description. */
  verify: procedure('admin')
    .route({ method: 'POST', path: '/api/backup/{backup_filename}/verify' })
    .input(opened)
    .output(backupCheckSchema),
  /**
   * Puts the state back as it was in a backup: a copy of the present is made first. What of the present holds processes or
   * files stays: workers, worktrees and shells that are there; so do credentials and the audit.
   */
  restore: procedure('admin')
    .route({ method: 'POST', path: '/api/backup/restore' })
    .input(opened.extend({ confirm: z.boolean().default(false) }))
    .output(restoringSchema),
  /** Restores what was before the last restore. */
  undoRestore: procedure('admin')
    .route({ method: 'POST', path: '/api/backup/undo-restore' })
    .input(z.object({ confirm: z.boolean().default(false) }))
    .output(restoringSchema),
  /** Restores the newest one into a temporary place and compares it. */
  drill: procedure('admin').route({ method: 'POST', path: '/api/backup/drill' }).output(backupCheckSchema),
  /** The passphrase that backups are encrypted with while `backupEncrypt` is on; null forgets it. It is never shown. */
  setPassphrase: procedure('admin')
    .route({ method: 'POST', path: '/api/backup/passphrase' })
    .input(z.object({ passphrase: passphraseSchema.nullable() }))
    .output(z.object({ hasPassphrase: z.boolean() })),
  ...backupTransferContract(backupSchema),
};
