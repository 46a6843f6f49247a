import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../shared/errors.ts';
import { readHolder } from '../orchestrator/database/data-folder.ts';

/** How long a running Control Room may take to answer, in milliseconds. */
const answerWithinMs = 5000;

/** Asks the Control Room that runs on a data folder; undefined when none does or it has no port. */
export async function askRunning<Answer>(input: {
  dataDir: string;
  token: string | null;
  path: string;
}): Promise<Answer | undefined> {
  const holder = readHolder(input.dataDir);
  if (!holder?.address || !isAlive(holder.pid)) return undefined;
  const token = input.token ?? (await readFile(join(input.dataDir, 'token'), 'utf8').catch(() => '')).trim();
  const response = await fetch(`${holder.address}${input.path}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(answerWithinMs),
  }).catch((error: unknown) => {
    throw new AppError(
      'UNAVAILABLE',
      `Control Room (process ${holder.pid}) does not answer at ${holder.address}. Look at its log, or stop it and start it again.`,
      { ...holder },
      { cause: error },
    );
  });
  if (response.status === 401)
    throw new AppError(
      'UNAUTHORIZED',
      `Control Room at ${holder.address} refused the token. Give the right one with --token or LOCAL_TOKEN.`,
    );
  return (await response.json()) as Answer;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
