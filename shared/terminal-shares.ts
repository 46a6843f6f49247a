import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { terminalIdSchema, terminalShareIdSchema } from './ids.ts';
import { lineOf, procedure } from './procedure.ts';

/** A link that shows one terminal and can do nothing else. Its token is told once, when it is made. */
export const terminalShareSchema = z.object({
  id: terminalShareIdSchema,
  terminalId: terminalIdSchema,
  /** What it was made for; empty: nothing was said. */
  label: z.string(),
  createdAt: z.number(),
  createdBy: z.string(),
  expiresAt: z.number(),
  /** How many pages may open it; null: any number. */
  maxUses: z.number().nullable(),
  uses: z.number(),
  lastUsedAt: z.number().nullable(),
  /** Pages that look through it now. */
  viewers: z.number(),
});
export type TerminalShare = z.infer<typeof terminalShareSchema>;

const longestMinutes = 30 * 24 * 60;

const terminalRef = z.object({ id: terminalIdSchema });
const sharesSchema = z.object({ items: z.array(terminalShareSchema) });

export const terminalSharesContract = {
  /** Links that hold, newest first. */
  list: procedure('view')
    .route({ method: 'GET', path: '/api/terminals/{id}/shares' })
    .input(terminalRef)
    .output(sharesSchema),
  /** The same, again whenever one is made, used, revoked or over. */
  watch: procedure('view')
    .route({ method: 'GET', path: '/api/terminals/{id}/shares/watch' })
    .input(terminalRef)
    .output(eventIterator(sharesSchema)),
  create: procedure('admin')
    .route({ method: 'POST', path: '/api/terminals/{id}/shares', successStatus: 201 })
    .input(
      terminalRef.extend({
        label: lineOf(80).optional(),
        expiresInMinutes: z.number().int().min(1).max(longestMinutes).default(60),
        maxUses: z.number().int().min(1).max(1000).optional(),
      }),
    )
    .output(
      z.object({
        share: terminalShareSchema,
        /** Offered as the subprotocol `share.<token>` it opens the terminal's frames on `/ws`. Not shown again. */
        token: z.string(),
        /** The page that shows it; null while no port is open. */
        url: z.string().nullable(),
      }),
    ),
  /** Ends a link; who looks through it is cut off at once. */
  revoke: procedure('admin')
    .route({ method: 'DELETE', path: '/api/terminals/{id}/shares/{shareId}' })
    .input(terminalRef.extend({ shareId: terminalShareIdSchema }))
    .output(z.object({ shareId: terminalShareIdSchema })),
};
