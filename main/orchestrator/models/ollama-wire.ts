import { TaskCancelledError, TimeoutStrategy, timeout } from 'cockatiel';
import * as z from 'zod';

/** The longest line of an answer, in characters: more is not an answer but a fault. */
const longestLine = 10_000_000;

export type OllamaTrouble = 'absent' | 'slow' | 'failing' | 'refused';

/**
 * Why Ollama gave no answer. `absent`: nothing answers there; `slow`: not in time; `failing`: with an error of its own or
 * with something that is not Ollama's; `refused`: it will not do that, and trying again changes nothing.
 */
export class OllamaError extends Error {
  readonly trouble: OllamaTrouble;

  constructor(trouble: OllamaTrouble, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'OllamaError';
    this.trouble = trouble;
  }
}

export interface WireCall {
  url: string;
  method: 'GET' | 'POST' | 'DELETE';
  body?: object;
  /** How long it may be without a sign of life, until the first byte and between two. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

const errorBody = z.object({ error: z.string() });

/** Calls Ollama and gives each line of its answer as an object. Throws `OllamaError`, or the signal's reason. */
export async function* callOllama({ url, method, body, timeoutMs, signal }: WireCall): AsyncGenerator<unknown> {
  const ending = new AbortController();
  const end = (): void => ending.abort(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', end);
  const inTime = timeout(timeoutMs, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false });
  const within = <T>(work: Promise<T>): Promise<T> => inTime.execute(() => work);
  try {
    const response = await within(
      fetch(url, {
        method,
        signal: ending.signal,
        redirect: 'error',
        ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
      }),
    );
    if (!response.ok) throw answeredWith(response.status, (await within(response.text())).slice(0, 2000));
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    while (reader) {
      const { done, value } = await within(reader.read());
      rest += value ?? '';
      if (rest.length > longestLine) throw new OllamaError('failing', `${url} answers with a line that has no end.`);
      const lines = rest.split('\n');
      rest = done ? '' : (lines.pop() ?? '');
      for (const line of lines) if (line.trim()) yield readLine(line, url);
      if (done) return;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw troubleOf(error, url, timeoutMs);
  } finally {
    signal?.removeEventListener('abort', end);
    ending.abort();
  }
}

function readLine(line: string, url: string): unknown {
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch (cause) {
    throw new OllamaError('failing', `${url} answers with what is not Ollama's. Check host and port.`, { cause });
  }
  // An error in the middle of a stream comes as a line of it.
  const failed = errorBody.safeParse(read);
  if (failed.success) throw new OllamaError('failing', `Ollama: ${failed.data.error}`);
  return read;
}

function answeredWith(status: number, text: string): OllamaError {
  let said = text;
  try {
    said = errorBody.parse(JSON.parse(text)).error;
  } catch {
    // Not Ollama's own way to say it: the text stands as it came.
  }
  const passing = status >= 500 || status === 429 || status === 408;
  return new OllamaError(
    passing ? 'failing' : 'refused',
    `Ollama answered with ${status}: ${said.trim() || 'nothing'}`,
  );
}

function troubleOf(error: unknown, url: string, timeoutMs: number): OllamaError {
  if (error instanceof OllamaError) return error;
  if (error instanceof TaskCancelledError)
    return new OllamaError('slow', `Ollama gave no sign of life for ${timeoutMs / 1000} s.`, { cause: error });
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'EADDRNOTAVAIL'].includes(code))
    return new OllamaError('absent', `Nothing answers at ${new URL(url).origin} (${code}).`, { cause: error });
  return new OllamaError('failing', `Ollama broke off: ${cause instanceof Error ? cause.message : String(error)}`, {
    cause: error,
  });
}
