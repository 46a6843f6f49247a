import { randomUUID } from 'node:crypto';
import type { DiagnosticsPart } from '../../../shared/diagnostics.ts';
import { AppError } from '../../../shared/errors.ts';
import { collectParts, type DiagnosticsSources } from './collect-parts.ts';
import { zipParts } from './zip-parts.ts';

/** What was shown can be had as a file for so long. */
const keptForMs = 15 * 60_000;

/** What was collected at one moment. */
export interface Collected {
  id: string;
  at: number;
  parts: DiagnosticsPart[];
}

/** Bundles for whoever is to find a fault: first shown, then given, and both are the same. */
export function createDiagnostics(deps: { sources: DiagnosticsSources; now: () => number }) {
  let last: Collected | undefined;

  async function collect(signal: AbortSignal | undefined): Promise<Collected> {
    const parts = await collectParts(deps.sources, signal);
    last = { id: randomUUID(), at: deps.now(), parts };
    return last;
  }

  return {
    preview: collect,
    async bundle(id: string | undefined, signal: AbortSignal | undefined) {
      const shown = id === undefined ? await collect(signal) : last;
      if (!shown || (id !== undefined && shown.id !== id) || deps.now() - shown.at > keptForMs)
        throw new AppError('NOT_FOUND', 'What was shown is no longer kept. Look at it again, then save it.');
      const { fileName, bytes } = zipParts(shown.parts, shown.at);
      return {
        fileName,
        mediaType: 'application/zip' as const,
        contentBase64: Buffer.from(bytes).toString('base64'),
      };
    },
  };
}
