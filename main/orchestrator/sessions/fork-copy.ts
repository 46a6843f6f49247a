import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import type { Session } from '../../../shared/sessions.ts';
import { type CopyEnd, copyTranscript } from './copy-transcript.ts';
import type { SearchIndex } from './search-index.ts';

/**
 * The CLI forks at the end of a session, and of one in its own folder: for anything else it is given a copy that ends
 * where the fork begins (2.1.329).
 */
export async function copyForFork(
  index: Pick<SearchIndex, 'ask'>,
  /** Claude's folders, its own first. */
  folders: readonly string[],
  session: Session,
  input: { fork: boolean; upTo?: number | undefined; answered: boolean },
): Promise<{ sessionId: string; path: string } | undefined> {
  const own = folders[0] ?? '';
  const files = (await index.ask('files', session.id)).filter(({ agent, gone }) => agent === null && gone === 0);
  const file = files.find(({ folder }) => folder === own) ?? files[0];
  if (!file) throw transcriptGone();
  if (!input.fork && file.folder !== own)
    throw new AppError(
      'UNPROCESSABLE',
      `This session lies in ${file.folder}, which is not the folder Claude works in. Fork it: then a copy goes on.`,
      { folder: file.folder },
    );
  if (!input.fork || (input.upTo === undefined && file.folder === own)) return undefined;
  let end: CopyEnd | null = null;
  if (input.upTo !== undefined) {
    if (files.length > 1)
      throw new AppError(
        'UNPROCESSABLE',
        'This session was written in several files, so it can only be forked at its end.',
        { files: files.map(({ path }) => path) },
      );
    const prompt = await index.ask('promptNumber', session.id, input.upTo);
    if (prompt === undefined)
      throw new AppError('BAD_REQUEST', `upTo: record ${input.upTo} of this session is not one of its prompts.`, {
        field: 'upTo',
      });
    end = { prompt, answered: input.answered };
  }
  const sessionId = randomUUID();
  const path = join(own, 'projects', basename(dirname(file.path)), `${sessionId}.jsonl`);
  await copyTranscript({ from: file.path, to: path, sessionId, end });
  return { sessionId, path };
}

/** Why a session whose transcript is deleted cannot be gone on with. */
export function transcriptGone(): AppError {
  return new AppError(
    'CONFLICT',
    'Claude deleted the transcript of this session, so it cannot be gone on with. What it said can still be read here.',
  );
}
