import * as z from 'zod';
import { procedure } from './procedure.ts';

/** One file of a diagnostics bundle. */
export const diagnosticsPartSchema = z.object({
  name: z.string(),
  about: z.string(),
  text: z.string(),
});
export type DiagnosticsPart = z.infer<typeof diagnosticsPartSchema>;

export const diagnosticsContract = {
  /** Everything that would be in a bundle, for a look before it is given to anybody. */
  preview: procedure('admin')
    .route({ method: 'GET', path: '/api/diagnostics' })
    .output(z.object({ id: z.string(), at: z.number(), parts: z.array(diagnosticsPartSchema) })),
  /** The bundle as a zip file: with an id exactly what that preview showed, without one what is there now. */
  bundle: procedure('admin')
    .route({ method: 'GET', path: '/api/diagnostics/bundle' })
    .input(z.object({ id: z.string().max(100).optional() }))
    .output(z.object({ fileName: z.string(), mediaType: z.literal('application/zip'), contentBase64: z.string() })),
};
