import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { projectIdSchema, terminalIdSchema, workerIdSchema } from './ids.ts';
import { pageOf, pageQuery, procedure } from './procedure.ts';

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
});
export type Terminal = z.infer<typeof terminalSchema>;

export const terminalSize = {
  cols: z.number().int().min(20).max(400),
  rows: z.number().int().min(5).max(200),
};

const terminalRef = z.object({ id: terminalIdSchema });

export const terminalsContract = {
  list: procedure('view')
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
        cols: terminalSize.cols.default(120),
        rows: terminalSize.rows.default(36),
      }),
    )
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
};
