import { createSearchIndex } from '../orchestrator/sessions/search-index.ts';

/** The search index with its two threads over the transcripts of one folder, as the app has it when nobody set anything. */
export function createPlainSearchIndex({
  file,
  folder,
  keepFolder,
  onError,
}: {
  file: string;
  folder: string;
  keepFolder: string;
  onError: (details: object, message: string) => void;
}) {
  const threads = new URL('../orchestrator/sessions/', import.meta.url);
  return createSearchIndex({
    file,
    folders: () => [folder],
    keepGone: () => false,
    keepDays: () => 0,
    pause: { get: () => false, set: () => undefined },
    keepFolder,
    expected: () => false,
    programs: { indexer: new URL('indexer-thread.ts', threads), reader: new URL('reader-thread.ts', threads) },
    log: { error: onError },
  });
}
