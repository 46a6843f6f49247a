import { readFile } from 'node:fs/promises';
import { request as requestSecurely } from 'node:https';
import { join } from 'node:path';
import * as z from 'zod';
import { AppError, errorStatuses } from '../../shared/errors.ts';
import { isAlive, readHolder } from '../orchestrator/database/data-folder.ts';
import { certificateFile } from '../server/certificate.ts';

/** How long a running Control Room may take to answer, in milliseconds. */
const answerWithinMs = 5000;

/** Asks the Control Room that runs on a data folder; undefined when none does or it has no port. */
export async function askRunning<Answer>(input: {
  dataDir: string;
  token: string | null;
  path: string;
  method?: 'GET' | 'POST' | 'DELETE';
  body?: unknown;
  /** Longer than a look takes, in milliseconds. */
  withinMs?: number;
}): Promise<Answer | undefined> {
  const holder = readHolder(input.dataDir);
  if (!holder?.address || !isAlive(holder.pid)) return undefined;
  const token = input.token ?? (await localTokenOf(input.dataDir));
  const call = {
    method: input.method ?? 'GET',
    headers: {
      authorization: `Bearer ${token}`,
      ...(input.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
    withinMs: input.withinMs,
  };
  const response = await askWith(`${holder.address}${input.path}`, call, input.dataDir).catch((error: unknown) => {
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
  const answered: unknown = JSON.parse(response.text);
  if (response.status >= 400 && input.method) {
    const refused = errorSchema.safeParse(answered).data;
    throw new AppError(refused?.code ?? 'INTERNAL', refused?.message ?? response.text.slice(0, 500));
  }
  return answered as Answer;
}

const errorSchema = z.object({
  code: z.enum(Object.keys(errorStatuses) as [keyof typeof errorStatuses]),
  message: z.string(),
});

interface Call {
  method: string;
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
}

/** The token that was made for a data folder; empty when there is none. */
export async function localTokenOf(dataDir: string): Promise<string> {
  return (await readFile(join(dataDir, 'token'), 'utf8').catch(() => '')).trim();
}

/** Asks at an address; one with TLS may have the certificate of the data folder. Rejects when there is no answer in time. */
export async function askWith(
  url: string,
  given: { method?: string; headers: Record<string, string>; body?: string; withinMs?: number | undefined },
  dataDir: string,
): Promise<Answered> {
  const { withinMs = answerWithinMs, ...rest } = given;
  const call: Call = { method: 'GET', ...rest, signal: AbortSignal.timeout(withinMs) };
  const ca = url.startsWith('https:')
    ? await readFile(certificateFile(dataDir), 'utf8').catch(() => undefined)
    : undefined;
  return ca === undefined ? ask(url, call) : askSecurely(url, call, ca);
}

interface Answered {
  status: number;
  text: string;
}

async function ask(url: string, call: Call): Promise<Answered> {
  const response = await fetch(url, call);
  return { status: response.status, text: await response.text() };
}

/** The same with TLS, trusting the certificate of the data folder and no other. */
async function askSecurely(url: string, { body, ...call }: Call, ca: string): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const request = requestSecurely(url, { ...call, ca }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}
