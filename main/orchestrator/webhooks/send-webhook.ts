import { Webhook as Signer } from 'standardwebhooks';

/** How long an address may take to answer, in milliseconds. */
const timeoutMs = 10_000;
/** How much of an answer is kept, in bytes. */
const keptBytes = 1024;

export interface SendResult {
  delivered: boolean;
  /** HTTP status; null when there was no answer. */
  status: number | null;
  /** The beginning of the answer, or why there was none. */
  answer: string;
  /** The address asked to wait so long, in milliseconds. */
  retryAfterMs: number | null;
  /** It wants to be told no more. */
  gone: boolean;
}

/** Sends a message once. Never rejects. Redirects are not followed: what is told is for the address that was chosen. */
export async function sendWebhook(input: {
  url: string;
  secret: string;
  id: string;
  event: string;
  body: string;
  now: number;
  version: string;
  signal?: AbortSignal;
}): Promise<SendResult> {
  const { url, secret, id, event, body, now } = input;
  const at = new Date(now);
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(input.signal ? [input.signal] : [])]),
      headers: {
        'content-type': 'application/json',
        'user-agent': `Control-Room/${input.version}`,
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now / 1000)),
        'webhook-signature': new Signer(secret).sign(id, at, body),
        'x-control-room-event': event,
      },
      body,
    });
    const { status } = response;
    const redirect = status >= 300 && status < 400 ? response.headers.get('location') : null;
    return {
      delivered: response.ok,
      status,
      answer: redirect
        ? `It redirects to ${redirect}. Give that address, if it is yours.`
        : await beginningOf(response),
      retryAfterMs: retryAfterMs(response.headers.get('retry-after'), now),
      gone: status === 410,
    };
  } catch (error) {
    return { delivered: false, status: null, answer: reasonOf(error), retryAfterMs: null, gone: false };
  }
}

async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length < keptBytes) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    length += value.length;
  }
  void reader.cancel().catch(() => undefined);
  return Buffer.concat(pieces).subarray(0, keptBytes).toString();
}

function retryAfterMs(header: string | null, now: number): number | null {
  if (!header) return null;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) && ms > 0 ? ms : null;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `It did not answer within ${timeoutMs / 1000} s.`;
  const { cause } = error as { cause?: unknown };
  return cause instanceof Error ? cause.message || cause.name : error.message;
}
