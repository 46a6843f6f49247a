import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { logLevels } from './log-levels.ts';
import { pageOf, procedure } from './procedure.ts';

/** One entry of the log. Secrets were taken out before it was written. */
export const logEntrySchema = z.object({
  /** Of the entry among all of its source: the same wherever it is read. */
  id: z.string(),
  at: z.number(),
  level: z.enum([...logLevels, 'fatal']),
  /** The part of the house that wrote it. */
  component: z.string().nullable(),
  requestId: z.string().nullable(),
  workerId: z.string().nullable(),
  message: z.string(),
  /** All else that it says. */
  details: z.record(z.string(), z.unknown()),
});
export type LogEntry = z.infer<typeof logEntrySchema>;

/** Who writes: Control Room itself, or the hosts that hold the processes of workers. */
export const logSources = ['control-room', 'host'] as const;
export type LogSourceName = (typeof logSources)[number];

const filters = z.object({
  source: z.enum(logSources).default('control-room'),
  /** This level and everything worse. */
  level: z.enum(logLevels).optional(),
  /** Anywhere in the entry, capital letters or not. */
  text: z.string().max(500).optional(),
  component: z.string().max(100).optional(),
  worker: z.string().max(100).optional(),
  request: z.string().max(100).optional(),
  /** Not older than this; milliseconds since 1970. */
  since: z.coerce.number<number>().optional(),
});
export type LogFilter = z.output<typeof filters>;

export const logCountSchema = z.object({
  level: z.enum(['warn', 'error']),
  component: z.string(),
  count: z.number(),
  lastAt: z.number(),
  lastMessage: z.string(),
});

export const logSummarySchema = z.object({
  folder: z.string(),
  sources: z.array(z.object({ name: z.enum(logSources), files: z.number(), sizeBytes: z.number() })),
  /** Warnings and errors of the last 24 hours by what wrote them, most first. */
  counts: z.array(logCountSchema),
  components: z.array(z.string()),
});
export type LogSummary = z.infer<typeof logSummarySchema>;

export const logsContract = {
  /** Newest first. A page may be empty and still have a next one: so far was looked. */
  list: procedure('admin')
    .route({ method: 'GET', path: '/api/logs' })
    .input(
      filters.extend({
        limit: z.coerce.number<number>().int().min(1).max(1000).default(200),
        cursor: z.string().max(200).optional(),
      }),
    )
    .output(pageOf(logEntrySchema)),
  /** What is written from now on, in batches; `skipped` entries came faster than they were taken. */
  follow: procedure('admin')
    .route({ method: 'GET', path: '/api/logs/follow' })
    .input(filters)
    .output(eventIterator(z.object({ entries: z.array(logEntrySchema), skipped: z.number() }))),
  summary: procedure('admin').route({ method: 'GET', path: '/api/logs/summary' }).output(logSummarySchema),
  /** All that fits, oldest first, as the text of a file. */
  download: procedure('admin')
    .route({ method: 'GET', path: '/api/logs/download' })
    .input(filters)
    .output(z.object({ fileName: z.string(), mediaType: z.string(), content: z.string() })),
};
