import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { projectIdSchema, sessionIdSchema, workerIdSchema } from './ids.ts';
import { lineOf, procedure } from './procedure.ts';
import { recordRoles } from './record-roles.ts';
import { usageSchema, workerSchema } from './workers.ts';

/** One conversation of Claude Code on this machine, ours or started outside, as its transcript tells it. */
export const sessionSchema = z.object({
  id: sessionIdSchema,
  /** Its own title, one that the CLI made, or the beginning of its first prompt. */
  title: z.string(),
  /** The folder it ran in. */
  cwd: z.string().nullable(),
  /** The registered project that folder or its worktree belongs to. */
  projectId: projectIdSchema.nullable(),
  /** The worker whose session it is. */
  workerId: workerIdSchema.nullable(),
  branch: z.string().nullable(),
  /** The model it used last. */
  model: z.string().nullable(),
  claudeVersion: z.string().nullable(),
  /** The session it was forked from, as far as its records tell. */
  forkedFrom: sessionIdSchema.nullable(),
  startedAt: z.number(),
  lastAt: z.number(),
  turns: z.number(),
  messages: z.number(),
  /** Tokens once for each model message, sub-agents included; cost at list price. */
  usage: usageSchema,
  tools: z.record(z.string(), z.number()),
  filesTouched: z.array(z.string()),
  subagents: z.number(),
  compactions: z.number(),
  /** `live`: a process writes to it. `ended`: the transcript is on disk. `kept`: the CLI deleted it; only the index has it. */
  state: z.enum(['live', 'ended', 'kept']),
  /** Lines of the transcript that could not be read. */
  skippedLines: z.number(),
  tags: z.array(z.string()),
  pinned: z.boolean(),
  archived: z.boolean(),
});
export type Session = z.infer<typeof sessionSchema>;

/** One entry of a session, in the order of its transcript. */
export const sessionRecordSchema = z.object({
  /** Position in the session, from 1. */
  index: z.number(),
  role: z.enum(recordRoles),
  text: z.string(),
  at: z.number().nullable(),
  toolName: z.string().nullable(),
  toolUseId: z.string().nullable(),
  input: z.record(z.string(), z.unknown()).nullable(),
  failed: z.boolean(),
  /** The sub-agent's tool call this belongs to. */
  parentToolUseId: z.string().nullable(),
  /** What the end of a turn says; null within one. */
  turn: z.object({ inputTokens: z.number(), outputTokens: z.number(), costUsd: z.number() }).nullable(),
  /** A mark between two parts of the conversation. */
  boundary: z.enum(['compacted', 'resumed', 'forked']).nullable(),
});
export type SessionRecord = z.infer<typeof sessionRecordSchema>;

export const sessionFilter = z.object({
  project: projectIdSchema.optional(),
  worker: workerIdSchema.optional(),
  branch: z.string().max(250).optional(),
  model: z.string().max(100).optional(),
  /** Epoch milliseconds. */
  from: z.coerce.number<number>().optional(),
  to: z.coerce.number<number>().optional(),
  role: z.enum(recordRoles).optional(),
  tool: z.string().max(200).optional(),
  /** Part of a path that a tool call names. */
  path: z.string().max(1000).optional(),
  minCostUsd: z.coerce.number<number>().optional(),
  archived: z.stringbool().or(z.boolean()).default(false),
});

export const searchHitSchema = z.object({
  sessionId: sessionIdSchema,
  index: z.number(),
  role: z.enum(recordRoles),
  at: z.number().nullable(),
  toolName: z.string().nullable(),
  /** The text around the match; matches stand between U+0001 and U+0002. */
  snippet: z.string(),
  title: z.string(),
  projectId: projectIdSchema.nullable(),
  workerId: workerIdSchema.nullable(),
});
export type SearchHit = z.infer<typeof searchHitSchema>;

/** A session whose title matches: a name somebody gave it, the CLI's own title, or its first prompt. */
export const titleHitSchema = searchHitSchema
  .pick({ sessionId: true, title: true, projectId: true, workerId: true })
  .extend({
    lastAt: z.number(),
    /** The title that matches, which need not be the one that is shown; marked as in a hit. */
    snippet: z.string(),
  });
export type TitleHit = z.infer<typeof titleHitSchema>;

/** How far the index is. */
export const indexStateSchema = z.object({
  state: z.enum(['reading', 'up-to-date', 'paused', 'failed']),
  folders: z.array(z.string()),
  filesDone: z.number(),
  filesTotal: z.number(),
  bytesDone: z.number(),
  bytesTotal: z.number(),
  sessions: z.number(),
  records: z.number(),
  skippedLines: z.number(),
  problem: z.string().nullable(),
  /** Why the index was made anew at this start: it was missing, of another version, or could not be read. */
  rebuilt: z.enum(['missing', 'version', 'broken']).nullable(),
});
export type IndexState = z.infer<typeof indexStateSchema>;

/** A deleted session, as long as it can be restored. */
export const trashedSchema = z.object({
  id: sessionIdSchema,
  title: z.string(),
  projectId: projectIdSchema.nullable(),
  deletedAt: z.number(),
  /** When it is removed for good. */
  until: z.number(),
  files: z.number(),
  sizeBytes: z.number(),
});
export type Trashed = z.infer<typeof trashedSchema>;

/** Longest file that is sent to be imported, in characters; a longer one is named by its path. */
export const maxImportChars = 4_000_000;

/** What an import took in, line by line. */
export const importedSchema = z.object({
  sessionId: sessionIdSchema,
  /** A transcript can be gone on with; an export can only be read. */
  kind: z.enum(['transcript', 'export']),
  lines: z.number(),
  messages: z.number(),
  skippedLines: z.number(),
  /** The first of what was skipped, and why. */
  problems: z.array(z.object({ line: z.number(), problem: z.string() })),
  /** It has an id of its own, because a session with the one in the file was here already. */
  renamed: z.boolean(),
});
export type Imported = z.infer<typeof importedSchema>;

const sessionRef = z.object({ id: sessionIdSchema });
const paging = {
  limit: z.coerce.number<number>().int().min(1).max(500).default(50),
  cursor: z.string().max(200).optional(),
};

export const usagePoint = z.object({
  /** The day, project id, worker id or model. */
  key: z.string(),
  label: z.string(),
  usage: usageSchema,
  sessions: z.number(),
});

export const sessionsContract = {
  /** Newest first, pinned ones before all. */
  list: procedure('view')
    .route({ method: 'GET', path: '/api/sessions' })
    .input(sessionFilter.extend(paging))
    .output(z.object({ items: z.array(sessionSchema), nextCursor: z.string().nullable() })),
  /**
   * Full text: words, "phrases", prefix*, and any substring of three characters or more with `mode=substring`. An empty
   * or impossible query is refused with what is wrong about it.
   */
  search: procedure('view')
    .route({ method: 'GET', path: '/api/sessions/search' })
    .input(
      sessionFilter.extend({
        ...paging,
        q: z.string().trim().min(1).max(500),
        mode: z.enum(['words', 'substring']).default('words'),
        order: z.enum(['newest', 'best']).default('newest'),
        sessionId: sessionIdSchema.optional(),
      }),
    )
    .output(
      z.object({
        items: z.array(searchHitSchema),
        /** Sessions found by their titles, the newest first; on the first page only. */
        titles: z.array(titleHitSchema),
        nextCursor: z.string().nullable(),
        /** How long the index took, in milliseconds. */
        tookMs: z.number(),
      }),
    ),
  get: procedure('view').route({ method: 'GET', path: '/api/sessions/{id}' }).input(sessionRef).output(sessionSchema),
  /** Records from `after` on, in order. */
  messages: procedure('view')
    .route({ method: 'GET', path: '/api/sessions/{id}/messages' })
    .input(
      sessionRef.extend({
        after: z.coerce.number<number>().int().min(0).default(0),
        limit: z.coerce.number<number>().int().min(1).max(2000).default(500),
      }),
    )
    .output(z.object({ items: z.array(sessionRecordSchema), total: z.number(), nextCursor: z.number().nullable() })),
  /** The prompts of a session with their places, for an outline. */
  outline: procedure('view')
    .route({ method: 'GET', path: '/api/sessions/{id}/outline' })
    .input(sessionRef)
    .output(z.object({ items: z.array(z.object({ index: z.number(), text: z.string(), at: z.number().nullable() })) })),
  /** The pictures in a record, as its transcript has them; none when the transcript is gone. */
  images: procedure('view')
    .route({ method: 'GET', path: '/api/sessions/{id}/messages/{index}/images' })
    .input(sessionRef.extend({ index: z.coerce.number<number>().int().min(1) }))
    .output(z.object({ items: z.array(z.object({ mediaType: z.string(), data: z.string() })) })),
  update: procedure('reply')
    .route({ method: 'PATCH', path: '/api/sessions/{id}' })
    .input(
      sessionRef.extend({
        title: lineOf(200).optional(),
        tags: z.array(lineOf(40)).max(20).optional(),
        pinned: z.boolean().optional(),
        archived: z.boolean().optional(),
      }),
    )
    .output(sessionSchema),
  /**
   * Goes on with a session as a new worker in its own folder; `fork` leaves the original untouched and takes a new worktree.
   * `upTo` forks at a prompt: the new worker knows what was said before it and, with `answered`, also the prompt itself and
   * all that was done until the next one.
   */
  resume: procedure('reply')
    .route({ method: 'POST', path: '/api/sessions/{id}/resume' })
    .input(
      sessionRef.extend({
        prompt: z.string().max(2_000_000).optional(),
        fork: z.boolean().default(false),
        /** The index of the prompt's record; only with `fork`. */
        upTo: z.number().int().min(1).optional(),
        answered: z.boolean().default(false),
      }),
    )
    .output(workerSchema),
  /** Moves a session's files into the trash, from where it can be restored until then; one that is being written is refused. */
  remove: procedure('reply')
    .route({ method: 'DELETE', path: '/api/sessions/{id}' })
    .input(sessionRef)
    .output(trashedSchema),
  restore: procedure('reply')
    .route({ method: 'POST', path: '/api/sessions/{id}/restore' })
    .input(sessionRef)
    .output(sessionSchema),
  /** Removes a session of the trash for good: its files, its texts in the index and what was said about it. */
  purge: procedure('admin')
    .route({ method: 'DELETE', path: '/api/sessions/trash/{id}' })
    .input(sessionRef)
    .output(z.object({ id: sessionIdSchema })),
  /** Deleted sessions that can still be restored, the newest first. */
  trash: procedure('view')
    .route({ method: 'GET', path: '/api/sessions/trash' })
    .output(z.object({ items: z.array(trashedSchema) })),
  /**
   * Takes in a transcript of the CLI (.jsonl) or a session that was exported as JSON. A transcript goes into Claude's own
   * folder and can be resumed; an export can be read and searched.
   */
  import: procedure('admin')
    .route({ method: 'POST', path: '/api/sessions/import' })
    .input(
      z.union([
        z.object({ fileName: lineOf(300), content: z.string().min(1).max(maxImportChars) }),
        /** Absolute, on the machine Control Room runs on. */
        z.object({ path: lineOf(4000) }),
      ]),
    )
    .output(importedSchema),
  /** The whole session as text. */
  export: procedure('view')
    .route({ method: 'GET', path: '/api/sessions/{id}/export' })
    .input(sessionRef.extend({ format: z.enum(['markdown', 'json', 'html']).default('markdown') }))
    .output(z.object({ fileName: z.string(), mediaType: z.string(), content: z.string() })),
  usage: procedure('view')
    .route({ method: 'GET', path: '/api/usage' })
    .input(
      z.object({
        by: z.enum(['day', 'project', 'worker', 'model']).default('day'),
        from: z.coerce.number<number>().optional(),
        to: z.coerce.number<number>().optional(),
      }),
    )
    .output(z.object({ items: z.array(usagePoint) })),
  index: procedure('view').route({ method: 'GET', path: '/api/sessions/index' }).output(indexStateSchema),
  watchIndex: procedure('view')
    .route({ method: 'GET', path: '/api/sessions/index/watch' })
    .output(eventIterator(indexStateSchema)),
  pauseIndex: procedure('admin')
    .route({ method: 'POST', path: '/api/sessions/index/pause' })
    .input(z.object({ paused: z.boolean() }))
    .output(indexStateSchema),
};
