import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { projectIdSchema, terminalIdSchema, workerIdSchema } from './ids.ts';
import { lineOf, pageOf, pageQuery, procedure } from './procedure.ts';
import { terminalControlContract } from './terminal-control.ts';
import { terminalSharesContract } from './terminal-shares.ts';

/** A PTY: a worker's or the user's own shell. */
export const terminalSchema = z.object({
  id: terminalIdSchema,
  kind: z.enum(['worker', 'shell']),
  workerId: workerIdSchema.nullable(),
  projectId: projectIdSchema.nullable(),
  title: z.string(),
  cwd: z.string(),
  cols: z.number(),
  rows: z.number(),
  pid: z.number().nullable(),
  state: z.enum(['running', 'exited']),
  exitCode: z.number().nullable(),
  createdAt: z.number(),
  endedAt: z.number().nullable(),
  /** The profile a shell was opened with; null for a worker's terminal. */
  profile: z.string().nullable(),
  /** When something was last written or typed, known to a few minutes. */
  lastActiveAt: z.number(),
  /** Why Control Room ended it, in words; null when it ended by itself or runs. */
  endReason: z.string().nullable(),
  /** Its output is kept with times, to be played again. */
  recorded: z.boolean(),
});
export type Terminal = z.infer<typeof terminalSchema>;

export const terminalSize = {
  cols: z.number().int().min(20).max(400),
  rows: z.number().int().min(5).max(200),
};

/** A shell that can be opened: the user's own (`login`), another one of the machine, or one from the settings. */
export const terminalProfileSchema = z.object({
  id: z.string(),
  name: z.string(),
  command: z.string(),
  args: z.array(z.string()),
  source: z.enum(['login', 'machine', 'settings']),
});
export type TerminalProfile = z.infer<typeof terminalProfileSchema>;

/** "At `ms` after the start, the output had reached `offset`." */
const markSchema = z.tuple([z.number(), z.number()]);

/** What can be played of a terminal: bytes `start` to `end` of its output, and when they came. */
export const recordingSchema = z.object({
  startedAt: z.number(),
  start: z.number(),
  end: z.number(),
  durationMs: z.number(),
  /** Oldest first, at most 2,000: enough to draw a time line and to find where nothing happened. */
  marks: z.array(markSchema),
  /** The terminal's size from an offset on. */
  sizes: z.array(z.object({ offset: z.number(), cols: z.number(), rows: z.number() })),
});
export type Recording = z.infer<typeof recordingSchema>;

/** A part of a recording: its bytes in base64 and every mark inside it. */
export const recordingPartSchema = z.object({
  from: z.number(),
  to: z.number(),
  data: z.string(),
  marks: z.array(markSchema),
});
export type RecordingPart = z.infer<typeof recordingPartSchema>;

const terminalRef = z.object({ id: terminalIdSchema });

export const terminalsContract = {
  control: terminalControlContract,
  shares: terminalSharesContract,
  list: procedure('view', { holdsUntilEvent: true })
    .route({ method: 'GET', path: '/api/terminals' })
    .input(pageQuery)
    .output(pageOf(terminalSchema)),
  get: procedure('view')
    .route({ method: 'GET', path: '/api/terminals/{id}' })
    .input(terminalRef)
    .output(terminalSchema),
  /** Opens the user's own shell in a worker's folder, a project's folder, or home. */
  create: procedure('admin')
    .route({ method: 'POST', path: '/api/terminals', successStatus: 201 })
    .input(
      z.object({
        workerId: workerIdSchema.optional(),
        projectId: projectIdSchema.optional(),
        /** Id of a profile; the user's login shell when absent. */
        profile: lineOf(1000).optional(),
        cols: terminalSize.cols.default(120),
        rows: terminalSize.rows.default(36),
      }),
    )
    .output(terminalSchema),
  /** The shells that can be opened, the user's own first. */
  profiles: procedure('view')
    .route({ method: 'GET', path: '/api/terminals/profiles' })
    .output(z.object({ items: z.array(terminalProfileSchema) })),
  /** Gives a shell another name. */
  rename: procedure('reply')
    .route({ method: 'PATCH', path: '/api/terminals/{id}' })
    .input(terminalRef.extend({ title: lineOf(80) }))
    .output(terminalSchema),
  /** Ends a shell and opens the same one in its place: same profile, folder, name and size, another id. */
  restart: procedure('admin')
    .route({ method: 'POST', path: '/api/terminals/{id}/restart' })
    .input(terminalRef)
    .output(terminalSchema),
  /** Ends a shell with its whole process tree, and forgets it. A worker's terminal is ended with its worker instead. */
  remove: procedure('admin')
    .route({ method: 'DELETE', path: '/api/terminals/{id}' })
    .input(terminalRef)
    .output(z.object({ id: terminalIdSchema })),
  /** The screen as text, one line a row, without trailing blanks. */
  screen: procedure('view')
    .route({ method: 'GET', path: '/api/terminals/{id}/screen' })
    .input(terminalRef)
    .output(z.object({ text: z.string(), cols: z.number(), rows: z.number(), offset: z.number() })),
  input: procedure('reply')
    .route({ method: 'POST', path: '/api/terminals/{id}/input' })
    .input(terminalRef.extend({ data: z.string().min(1).max(2_000_000) }))
    .output(z.object({ id: terminalIdSchema })),
  resize: procedure('reply')
    .route({ method: 'POST', path: '/api/terminals/{id}/resize' })
    .input(terminalRef.extend(terminalSize))
    .output(terminalSchema),
  /** The last lines of the screen as text whenever they change, at most four times a second. */
  preview: procedure('view')
    .route({ method: 'GET', path: '/api/terminals/{id}/preview' })
    .input(terminalRef.extend({ lines: z.coerce.number<number>().int().min(1).max(40).default(8) }))
    .output(eventIterator(z.object({ lines: z.array(z.string()) }))),
  /** What of a terminal can be played again. NOT_FOUND when it is not recorded. */
  recording: procedure('view')
    .route({ method: 'GET', path: '/api/terminals/{id}/recording/outline' })
    .input(terminalRef)
    .output(recordingSchema),
  /** At most 256 KiB of a recording from an offset on. */
  recordingPart: procedure('view')
    .route({ method: 'GET', path: '/api/terminals/{id}/recording/part' })
    .input(terminalRef.extend({ from: z.coerce.number<number>().min(0) }))
    .output(recordingPartSchema),
  /** Lines of a recording that hold a text, whatever its case, oldest first: when and where each was written. */
  searchRecording: procedure('view')
    .route({ method: 'GET', path: '/api/terminals/{id}/recording/search' })
    .input(
      terminalRef.extend({
        query: z.string().trim().min(1).max(200),
        limit: z.coerce.number<number>().int().min(1).max(500).default(200),
      }),
    )
    .output(
      z.object({
        items: z.array(z.object({ ms: z.number(), offset: z.number(), line: z.string() })),
        more: z.boolean(),
      }),
    ),
  /** Lines of all recordings that hold a text, the newest terminals first, as far as that goes within a few seconds. */
  searchRecordings: procedure('view')
    .route({ method: 'GET', path: '/api/terminals/recordings/search' })
    .input(
      z.object({
        query: z.string().trim().min(1).max(200),
        limit: z.coerce.number<number>().int().min(1).max(500).default(100),
      }),
    )
    .output(
      z.object({
        items: z.array(
          z.object({
            terminalId: terminalIdSchema,
            title: z.string(),
            ms: z.number(),
            at: z.number(),
            line: z.string(),
          }),
        ),
        /** Recordings that were looked through, and how many there are. */
        searched: z.number(),
        recordings: z.number(),
      }),
    ),
  /** The recording as asciicast v2 (`application/x-asciicast`), for asciinema and its like. Over HTTP only. */
  exportRecording: procedure('view')
    .route({ method: 'GET', path: '/api/terminals/{id}/recording' })
    .input(terminalRef)
    .output(z.file()),
};
