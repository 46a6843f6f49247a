import type { Compression, CompressionEngine, CompressionJob, CompressionPreset } from '../../shared/compression.ts';
import type { SessionId } from '../../shared/ids.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { useStream } from '../data/use-stream.ts';

export interface CompressWish {
  preset?: CompressionPreset;
  /** Null: the best there is, never one that costs money. */
  engine: CompressionEngine | null;
}

const none: readonly CompressionJob[] = [];

/** What was made of a session and what is being made, live, and what can be done about it. */
export function useCompressions(sessionId: SessionId): {
  items: readonly Compression[] | null;
  jobs: readonly CompressionJob[];
  error: string | null;
  begin: (wish: CompressWish) => void;
  cancel: (id: string) => Promise<void>;
  remove: (id: string) => Promise<void>;
} {
  const { connection } = useApp();
  const { compression } = connection.client;
  const { value, error } = useStream(sessionId, (client, signal) =>
    client.compression.watch({ sessionId }, { signal }),
  );

  async function attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (problem) {
      tell(errorText(problem), { tone: 'error' });
    }
  }

  return {
    items: value?.items ?? null,
    jobs: value?.jobs ?? none,
    error,
    begin({ preset, engine }) {
      // How it goes, and why it failed, is in the stream.
      void compression
        .compress({ sessionId, fresh: true, ...(preset ? { preset } : {}), ...(engine ? { engine } : {}) })
        .catch(() => undefined);
    },
    cancel: (id) => attempt(() => compression.cancel({ id })),
    remove: (id) => attempt(() => compression.remove({ id })),
  };
}
