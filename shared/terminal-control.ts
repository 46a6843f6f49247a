import * as z from 'zod';
import { terminalIdSchema } from './ids.ts';
import { procedure } from './procedure.ts';

/** Who asked for control is given it when the driver, who does not answer, has not typed for so long since. */
export const controlAnswerMs = 30_000;

/** A connection that has a terminal before it. */
export const terminalViewerSchema = z.object({
  id: z.string(),
  /** What the device calls itself: "Desktop window", "Firefox on Linux". */
  name: z.string(),
  from: z.string(),
  /** `share`: came by a link that only shows. */
  kind: z.enum(['person', 'share']),
  canDrive: z.boolean(),
  since: z.number(),
});
export type TerminalViewer = z.infer<typeof terminalViewerSchema>;

/** Who drives a terminal and who watches it. Only the driver's keys and size count. */
export const terminalControlSchema = z.object({
  /** Null: nobody does; who types or comes next will. */
  driverId: z.string().nullable(),
  /** Everyone who has it before them, the driver too; who came first stands first. */
  viewers: z.array(terminalViewerSchema),
  /** Who asks for control, oldest first. Without an answer it is settled at `settlesAt`. */
  requests: z.array(z.object({ viewerId: z.string(), askedAt: z.number(), settlesAt: z.number() })),
});
export type TerminalControl = z.infer<typeof terminalControlSchema>;

/** What a viewer is told of it, as JSON in the frame `control`: with which of the viewers it is itself. */
export const controlNewsSchema = z.object({ you: z.string(), title: z.string(), control: terminalControlSchema });
export type ControlNews = z.infer<typeof controlNewsSchema>;

/** What a connection says of itself, as JSON in base64url after `client.` in a further subprotocol. */
export const clientHelloSchema = z.object({
  /** Made by chance for each page: one that comes back after a lost connection has what it had. */
  id: z.string().regex(/^[\w-]{16,64}$/),
  name: z
    .string()
    .trim()
    .min(1)
    .max(60)
    .refine((text) => !/\p{Cc}|\p{Cf}/u.test(text)),
});

const terminalRef = z.object({ id: terminalIdSchema });
const viewerRef = terminalRef.extend({ viewerId: z.string().max(64) });

export const terminalControlContract = {
  get: procedure('view')
    .route({ method: 'GET', path: '/api/terminals/{id}/control' })
    .input(terminalRef)
    .output(terminalControlSchema),
  /** Asks the driver for control, for the connection that calls; nobody drives: it is given at once. */
  request: procedure('reply')
    .route({ method: 'POST', path: '/api/terminals/{id}/control/request' })
    .input(terminalRef)
    .output(terminalControlSchema),
  /** The driver's yes to a viewer; an administrator may say it too. */
  grant: procedure('reply')
    .route({ method: 'POST', path: '/api/terminals/{id}/control/grant' })
    .input(viewerRef)
    .output(terminalControlSchema),
  /** The driver's no to one who asks. */
  refuse: procedure('reply')
    .route({ method: 'POST', path: '/api/terminals/{id}/control/refuse' })
    .input(viewerRef)
    .output(terminalControlSchema),
  /** Gives control back, or takes back that one asked for it. */
  release: procedure('reply')
    .route({ method: 'POST', path: '/api/terminals/{id}/control/release' })
    .input(terminalRef)
    .output(terminalControlSchema),
  /** Takes control without asking, for the connection that calls or another viewer. */
  take: procedure('admin')
    .route({ method: 'POST', path: '/api/terminals/{id}/control/take' })
    .input(terminalRef.extend({ viewerId: z.string().max(64).optional() }))
    .output(terminalControlSchema),
};
