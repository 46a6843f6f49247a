import { readFile } from 'node:fs/promises';
import { get as getSecurely } from 'node:https';
import { join } from 'node:path';
import { AppError } from '../../shared/errors.ts';
import { isAlive, readHolder } from '../orchestrator/database/data-folder.ts';
import { certificateFile } from '../server/certificate.ts';

/** How long a running Control Room may take to answer, in milliseconds. */
const answerWithinMs = 5000;

/** Asks the Control Room that runs on a data folder; undefined when none does or it has no port. */
export async function askRunning<Answer>(input: {
  dataDir: string;
  token: string | null;
  path: string;
  /** How long it may take, in milliseconds; 5 s unless more is asked for. */
  withinMs?: number;
}): Promise<Answer | undefined> {
  const holder = readHolder(input.dataDir);
  if (!holder?.address || !isAlive(holder.pid)) return undefined;
  const token = input.token ?? (await localTokenOf(input.dataDir));
  const headers = { authorization: `Bearer ${token}` };
  const response = await askWith(`${holder.address}${input.path}`, headers, input.dataDir, input.withinMs).catch(
    (error: unknown) => {
      throw new AppError(
        'UNAVAILABLE',
        `Control Room (process ${holder.pid}) does not answer at ${holder.address}. Look at its log, or stop it and start it again.`,
        { ...holder },
        { cause: error },
      );
    },
  );
  if (response.status === 401)
    throw new AppError(
      'UNAUTHORIZED',
      `Control Room at ${holder.address} refused the token. Give the right one with --token or LOCAL_TOKEN.`,
    );
  return JSON.parse(response.text) as Answer;
}

/** The token that was made for a data folder; empty when there is none. */
export async function localTokenOf(dataDir: string): Promise<string> {
  return (await readFile(join(dataDir, 'token'), 'utf8').catch(() => '')).trim();
}

/** Asks for an address; one with TLS may have the certificate of the data folder. Rejects when there is no answer in time. */
export async function askWith(
  url: string,
  headers: Record<string, string>,
  dataDir: string,
  withinMs = answerWithinMs,
): Promise<Answered> {
  const signal = AbortSignal.timeout(withinMs);
  const ca = url.startsWith('https:')
    ? await readFile(certificateFile(dataDir), 'utf8').catch(() => undefined)
    : undefined;
  return ca === undefined ? ask(url, headers, signal) : askSecurely(url, headers, signal, ca);
}

interface Answered {
  status: number;
  text: string;
}

async function ask(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Answered> {
  const response = await fetch(url, { headers, signal });
  return { status: response.status, text: await response.text() };
}

/** The same with TLS, trusting the certificate of the data folder and no other. */
async function askSecurely(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
  ca: string,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    getSecurely(url, { headers, ca, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    }).on('error', reject);
  });
}
