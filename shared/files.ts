import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { pageOf, pageQuery, procedure } from './procedure.ts';

export const filePathSchema = z
  .string()
  .min(1)
  .max(4096)
  .refine((path) => !path.includes('\0'), 'must not contain a NUL character');

export const fileEntrySchema = z.object({
  /** Absolute, as it was asked for: links are not replaced by what they lead to. */
  path: z.string(),
  name: z.string(),
  /** Of what a link leads to; `link` for one that leads nowhere or out of the allowed folders, which cannot be opened. */
  kind: z.enum(['file', 'folder', 'link', 'other']),
  /** What a symbolic link says; null for what is none. */
  linkTo: z.string().nullable(),
  /** 0 for folders. */
  sizeBytes: z.number(),
  modifiedAt: z.number(),
  /** Whether it may be changed, renamed or deleted here. */
  writable: z.boolean(),
});
export type FileEntry = z.infer<typeof fileEntrySchema>;

export const fileContentSchema = z.object({
  info: fileEntrySchema,
  /** Text, or the bytes in base64 when they are not UTF-8. */
  content: z.string(),
  encoding: z.enum(['utf8', 'base64']),
});
export type FileContent = z.infer<typeof fileContentSchema>;

/** Something that was deleted and can be had back. */
export const removedFileSchema = z.object({
  id: z.string(),
  path: z.string(),
  kind: z.enum(['file', 'folder', 'link', 'other']),
  removedAt: z.number(),
  /** When it goes for good. */
  endsAt: z.number(),
});
export type RemovedFile = z.infer<typeof removedFileSchema>;

/** A line in which the words were found. */
export const fileMatchSchema = z.object({
  path: z.string(),
  /** From 1. */
  line: z.number(),
  /** From 1, in characters of the line. */
  column: z.number(),
  /** The line, its middle around the match when it is long. */
  text: z.string(),
});
export type FileMatch = z.infer<typeof fileMatchSchema>;

const inPath = z.object({ path: filePathSchema });
const move = z.object({ from: filePathSchema, to: filePathSchema });
const removedRef = z.object({ id: z.string().regex(/^[\w-]{1,64}$/, 'is not an id') });

/**
 * Files inside the allowed folders: those of projects and worktrees and `ALLOWED_PROJECT_ROOTS`, or exactly
 * `ALLOWED_FILE_ROOTS` when that is given. No link and no spelling leads out of them.
 */
export const filesContract = {
  /** What is in a folder, folders first, then by name; without a path the allowed folders. */
  list: procedure('view')
    .route({ method: 'GET', path: '/api/files' })
    .input(pageQuery.extend({ path: filePathSchema.optional() }))
    .output(pageOf(fileEntrySchema).extend({ path: z.string().nullable(), root: z.string().nullable() })),
  /** At most 10 MiB; PAYLOAD_TOO_LARGE names the size of a larger one. */
  content: procedure('view')
    .route({ method: 'GET', path: '/api/files/content' })
    .input(inPath)
    .output(fileContentSchema),
  info: procedure('view').route({ method: 'GET', path: '/api/files/info' }).input(inPath).output(fileEntrySchema),
  /** The file as git has it: of the last commit, or of where its worktree began. Null when git has none. */
  original: procedure('view')
    .route({ method: 'GET', path: '/api/files/original' })
    .input(inPath.extend({ of: z.enum(['head', 'base']).default('head') }))
    .output(z.object({ content: z.string().nullable(), revision: z.string().nullable() })),
  /** Lines with the words, files that git ignores left out. */
  search: procedure('view')
    .route({ method: 'GET', path: '/api/files/search' })
    .input(
      inPath.extend({
        query: z.string().min(1).max(500),
        regex: z.stringbool().or(z.boolean()).default(false),
        matchCase: z.stringbool().or(z.boolean()).default(false),
        limit: z.coerce.number<number>().int().min(1).max(2000).default(500),
      }),
    )
    .output(z.object({ items: z.array(fileMatchSchema), more: z.boolean() })),
  /** Files whose path has all the words, best first, files that git ignores left out. */
  find: procedure('view')
    .route({ method: 'GET', path: '/api/files/find' })
    .input(
      inPath.extend({
        query: z.string().max(300),
        limit: z.coerce.number<number>().int().min(1).max(500).default(50),
      }),
    )
    .output(z.object({ items: z.array(z.string()), more: z.boolean() })),
  /** Says at once, and then whenever something in the folder changes. */
  watch: procedure('view')
    .route({ method: 'GET', path: '/api/files/watch' })
    .input(inPath)
    .output(eventIterator(z.object({ at: z.number() }))),
  /**
   * Writes the whole file at once or not at all. `expectedModifiedAt` is the time the caller last saw, null for a file
   * that must not exist yet; CONFLICT when it is another one. Left out: whatever is there is replaced.
   */
  save: procedure('approve')
    .route({ method: 'POST', path: '/api/files/save' })
    .input(
      z.object({
        path: filePathSchema,
        content: z.string(),
        encoding: z.enum(['utf8', 'base64']).default('utf8'),
        expectedModifiedAt: z.number().nullable().optional(),
      }),
    )
    .output(fileEntrySchema),
  mkdir: procedure('approve')
    .route({ method: 'POST', path: '/api/files/mkdir', successStatus: 201 })
    .input(inPath)
    .output(fileEntrySchema),
  /** CONFLICT when there is something at `to`. */
  rename: procedure('approve').route({ method: 'POST', path: '/api/files/rename' }).input(move).output(fileEntrySchema),
  copy: procedure('approve')
    .route({ method: 'POST', path: '/api/files/copy', successStatus: 201 })
    .input(move)
    .output(fileEntrySchema),
  /** Kept for two weeks, to be restored. */
  remove: procedure('approve')
    .route({ method: 'DELETE', path: '/api/files', inputStructure: 'detailed' })
    .input(z.object({ query: inPath }))
    .output(removedFileSchema),
  removed: procedure('view')
    .route({ method: 'GET', path: '/api/files/removed' })
    .output(z.object({ items: z.array(removedFileSchema) })),
  /** Back to where it was; CONFLICT when something else is there now. */
  restore: procedure('approve')
    .route({ method: 'POST', path: '/api/files/removed/{id}/restore' })
    .input(removedRef)
    .output(fileEntrySchema),
  purge: procedure('approve')
    .route({ method: 'DELETE', path: '/api/files/removed/{id}' })
    .input(removedRef)
    .output(removedRef),
};
