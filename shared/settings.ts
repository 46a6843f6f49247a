import * as z from 'zod';
import { compressionPresets } from './compression.ts';
import { limitsSchema } from './limits.ts';
import { logLevels } from './log-levels.ts';
import { modelNameSchema } from './models.ts';
import { networkSchema, originSchema } from './networks.ts';
import { lineOf, procedure } from './procedure.ts';
import { workerKinds } from './workers.ts';

/** Which of the inbox is brought to the user's attention, and how. Nothing of a worker that is in focus is. */
export const notificationsSchema = z.object({
  /** Requests, questions and plans. */
  requests: z.boolean(),
  /** Crashes, failures, stalls, logins, limits. */
  troubles: z.boolean(),
  /** A worker finished its turn. */
  finished: z.boolean(),
  sound: z.boolean(),
  /** The count on the app's icon. */
  badge: z.boolean(),
  /** An alert fires, or is over. */
  alerts: z.boolean().default(true),
});

/** An absolute folder, or empty. */
const folderSchema = z
  .string()
  .trim()
  .max(4000)
  .refine((path) => path === '' || /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path), 'must be an absolute path');

/** What the user can change while it runs. */
export const settingsSchema = z.object({
  /** Workers with a live process at once; further ones wait in the queue. */
  maxWorkers: z.number().int().min(1).max(100),
  defaultKind: z.enum(workerKinds),
  /** Passed to the CLI; empty: the CLI's own default. */
  defaultModel: z.string().trim().max(100),
  /** Put before a worker's name to make its branch. */
  branchPrefix: z
    .string()
    .trim()
    .max(50)
    .regex(/^([A-Za-z0-9._-]+\/)*[A-Za-z0-9._-]*$/, 'may hold letters, digits, ".", "_", "-" and "/"'),
  allowedTools: z.array(lineOf(500)).max(200),
  deniedTools: z.array(lineOf(500)).max(200),
  allowNetwork: z.boolean(),
  /** Of new workers, unless role or spawn say otherwise. */
  defaultLimits: limitsSchema,
  /** For all workers together, each day from midnight. */
  dayLimits: limitsSchema,
  /** A limit warns when this much of it is used, in percent. */
  warnPercent: z.number().int().min(1).max(100),
  /** A worker that works without a sign of life for this long is stalled. */
  stallSeconds: z.number().int().min(30).max(86_400),
  /** A worker that crashed is resumed by itself, at most three times. */
  autoResume: z.boolean(),
  /** Memory of a worker's process tree at which it is stopped, in MiB; 0: none. */
  memoryLimitMib: z.number().int().min(0).max(1_048_576),
  /** A request that waits longer is late. */
  lateSeconds: z.number().int().min(10).max(86_400),
  notifications: notificationsSchema,
  /** A shell that nobody typed into and that wrote nothing for this long is closed, in hours; 0: never. */
  terminalIdleHours: z.number().min(0).max(720),
  /** How much of a terminal's output is kept, in MiB: the oldest goes beyond it. Holds for terminals opened from then on. */
  terminalLogMib: z.number().int().min(1).max(4096),
  /** The output of a terminal is removed so many days after its end; 0: never. */
  terminalLogDays: z.number().int().min(0).max(3650),
  /** Whether the user's own shells are recorded too, from the next one on. Workers always are. */
  recordShells: z.boolean(),
  /** Further shells to choose from. */
  terminalProfiles: z
    .array(z.object({ name: lineOf(50), command: lineOf(1000), args: z.array(lineOf(1000)).max(50) }))
    .max(20),
  /** Where Ollama answers. */
  ollamaHost: lineOf(253).refine((host) => /^[\w.:[\]-]+$/.test(host), 'is not the name or address of a machine'),
  ollamaPort: z.number().int().min(1).max(65_535),
  /** Ollama is given up after so many seconds without a sign of life. */
  ollamaTimeoutSeconds: z.number().int().min(1).max(3600),
  /** How often a call that failed for a passing reason is tried again. */
  ollamaRetries: z.number().int().min(0).max(10),
  /** The model that search by meaning uses; empty: it is off. */
  embeddingModel: modelNameSchema.or(z.literal('')),
  compressionPreset: z.enum(compressionPresets),
  /** The model of each preset. */
  compressionModels: z.record(z.enum(compressionPresets), modelNameSchema),
  /** How much of models' answers is kept, in MiB; 0: none. */
  compressionCacheMib: z.number().int().min(0).max(4096),
  /** Further folders with transcripts: other configuration folders of Claude, or copies of one. Absolute. */
  sessionFolders: z
    .array(lineOf(4000).refine((path) => /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path), 'must be an absolute path'))
    .max(20),
  /** Whether sessions whose files Claude deleted stay readable. */
  keepDeletedSessions: z.boolean(),
  /** How long entries of the audit are kept, in days; 0: for ever. */
  auditDays: z.number().int().min(0).max(3650),
  /** For how long they do, in days from what was said last in them; 0: for ever. */
  keepDeletedDays: z.number().int().min(0).max(3650),
  /** How long a session that was deleted here can be restored, in days. */
  trashDays: z.number().int().min(1).max(365),
  /** How long a removed worktree can be restored, in days. */
  undoDays: z.number().int().min(1).max(365),
  /** How long checkpoints are kept, in days from when they were made; the newest of each worktree always is. 0: for ever. */
  checkpointDays: z.number().int().min(0).max(3650),
  /** No worker is started while the disk of the worktrees has less free space than this, in GiB; 0: always. */
  minimumFreeGib: z.number().min(0).max(10_000),
  /**
   * How many worktrees are kept ready for each project whose checkout takes long. Each takes the space of a checkout, so
   * none is unless it is asked for.
   */
  preparedWorktrees: z.number().int().min(0).max(5),
  /** Whether each worktree gets a block of ten ports. */
  portBlocks: z.boolean(),
  /** A backup is made by itself so many hours after the last one; 0: never. */
  backupEveryHours: z.number().min(0).max(8760),
  /** So many of each type are kept; older ones are removed. */
  backupKeep: z.number().int().min(1).max(1000),
  backupCompress: z.boolean(),
  /** Whether they are encrypted with the passphrase that is kept for it. */
  backupEncrypt: z.boolean(),
  /** Where they are; empty: in the data folder. Absolute. */
  backupFolder: folderSchema,
  /** A second folder, as on another disk, that each one is copied to; empty: none. */
  backupSecondFolder: folderSchema,
  /** Whether the port is open for browsers, phones and programs. */
  listen: z.boolean(),
  /** The address it listens on: this machine's loopback, or one that others reach; those need an allowlist. */
  listenHost: lineOf(253).refine((host) => /^[\w.:-]+$/.test(host), 'is not an address of this machine'),
  /** 0: any free one. */
  listenPort: z.number().int().min(0).max(65_535),
  /** Networks that may connect besides this machine. */
  allowlist: z.array(networkSchema).max(100),
  /** Further origins that the page may be served from or call from, as behind a proxy of another name. */
  corsOrigins: z.array(originSchema).max(50),
  /** Proxies whose forwarded headers are believed. */
  trustedProxies: z.array(networkSchema).max(50),
  /** Whether the port speaks TLS with a certificate made here. */
  tls: z.boolean(),
  rateLimitWindowMs: z.number().int().min(1000).max(3_600_000),
  /** Requests of one address in a window; 0: no limit; null: 100, and none for this machine's own programs. */
  rateLimitMax: z.number().int().min(0).max(10_000_000).nullable(),
  /** Whether the port serves `GET /metrics`. */
  metricsEnabled: z.boolean(),
  /** Whether programs of this machine read it without a credential, as a Prometheus beside it does. */
  metricsOpenHere: z.boolean(),
  /** How often it is looked whether all is well, in seconds. */
  healthCheckSeconds: z.number().int().min(5).max(3600),
  /** What is written down: this and everything worse. */
  logLevel: z.enum(logLevels),
});
export type Settings = z.infer<typeof settingsSchema>;

/** Settings that a flag or an environment variable holds: shown, not changeable here. */
export const settingsViewSchema = z.object({
  values: settingsSchema,
  lockedBy: z.partialRecord(settingsSchema.keyof(), z.string()),
});
export type SettingsView = z.infer<typeof settingsViewSchema>;

export const settingsContract = {
  get: procedure('view').route({ method: 'GET', path: '/api/settings' }).output(settingsViewSchema),
  update: procedure('admin')
    .route({ method: 'PATCH', path: '/api/settings' })
    .input(settingsSchema.partial())
    .output(settingsViewSchema),
};
