import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  retry,
  wrap,
} from 'cockatiel';
import * as z from 'zod';
import type { Model, ModelsView } from '../../../shared/models.ts';
import { callOllama, OllamaError, type OllamaTrouble, type WireCall } from './ollama-wire.ts';

export type Ollama = ReturnType<typeof createOllama>;

/** A look at it takes no longer than this, whatever the setting says: a person, or a health check, waits for it. */
const lookTimeoutMs = 2000;

/** Checking a model of many gigabytes takes its time, and nothing is said meanwhile. */
const pullTimeoutMs = 300_000;

/** Failures in a row after which nothing is sent for a while: more than one call with its usual three retries. */
const failuresToOpen = 5;

const numbers = z.number().catch(0);
const versionAnswer = z.object({ version: z.string() });
const tagsAnswer = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      size: numbers,
      modified_at: z.string().nullish(),
      details: z
        .object({
          family: z.string().nullish(),
          parameter_size: z.string().nullish(),
          quantization_level: z.string().nullish(),
        })
        .nullish(),
    }),
  ),
});
const showAnswer = z.object({
  model_info: z.record(z.string(), z.unknown()).nullish(),
  capabilities: z.array(z.string()).nullish(),
});
const chatLine = z.object({
  message: z.object({ content: z.string() }).nullish(),
  done: z.boolean().catch(false),
  prompt_eval_count: z.number().nullish(),
  eval_count: z.number().nullish(),
  /** In nanoseconds. */
  eval_duration: z.number().nullish(),
});
const pullLine = z.object({ status: z.string(), digest: z.string().nullish(), total: numbers, completed: numbers });
const embedAnswer = z.object({ embeddings: z.array(z.array(z.number())) });

export interface ChatInput {
  model: string;
  system?: string;
  text: string;
  /** A JSON schema that the answer keeps to. */
  format?: object;
  /** Tokens the model is to hold in mind: prompt and answer together. */
  contextTokens?: number;
  signal?: AbortSignal | undefined;
  /** Told with each piece of the answer. */
  onPiece?: (text: string) => void;
}

export interface ChatAnswer {
  text: string;
  inputTokens: number;
  outputTokens: number;
  /** Until the first piece of the answer. */
  firstMs: number | null;
  /** While it wrote, as Ollama measured it. */
  tokensPerSecond: number | null;
}

export interface PullProgress {
  status: string;
  doneBytes: number;
  totalBytes: number;
}

/**
 * Ollama over HTTP (https://github.com/ollama/ollama/blob/main/docs/api.md). Calls that failed for a passing reason are tried
 * again; after several failures in a row the circuit opens and calls fail at once, until one is let through to try.
 * Everything throws `OllamaError`, or the reason of the signal that ended it.
 */
export function createOllama(deps: {
  url: () => string;
  timeoutMs: () => number;
  retries: () => number;
  now: () => number;
  /** The circuit has opened or closed. */
  onChange?: () => void;
  retryDelayMs?: number;
  halfOpenAfterMs?: number;
}) {
  const { now, retryDelayMs = 500, halfOpenAfterMs = 30_000 } = deps;
  let failures = 0;
  let openedAt: number | null = null;
  let openedBy: OllamaTrouble = 'failing';
  let lastProblem = '';

  const isPassing = (error: Error): boolean => error instanceof OllamaError && error.trouble !== 'refused';
  const breaker = circuitBreaker(handleWhen(isPassing), {
    halfOpenAfter: halfOpenAfterMs,
    breaker: new ConsecutiveBreaker(failuresToOpen),
  });
  breaker.onFailure(({ reason, handled }) => {
    if (!handled) return;
    failures += 1;
    if ('error' in reason && reason.error instanceof OllamaError) {
      openedBy = reason.error.trouble;
      lastProblem = reason.error.message;
    }
  });
  breaker.onSuccess(() => {
    failures = 0;
  });
  breaker.onStateChange((state) => {
    if (state === CircuitState.Open) openedAt = now();
    if (state === CircuitState.Closed) {
      openedAt = null;
      failures = 0;
    }
    deps.onChange?.();
  });

  function breakerView(): ModelsView['breaker'] {
    if (openedAt === null) return { state: 'closed', failures, openUntil: null };
    const openUntil = openedAt + halfOpenAfterMs;
    return breaker.state === CircuitState.HalfOpen || now() >= openUntil
      ? { state: 'half-open', failures, openUntil: null }
      : { state: 'open', failures, openUntil };
  }

  /** Runs a call as often as it is worth it. */
  async function guarded<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const again = retry(handleWhen(isPassing), {
      maxAttempts: deps.retries(),
      backoff: new ExponentialBackoff({ initialDelay: retryDelayMs, maxDelay: 5000 }),
    });
    try {
      return await wrap(again, breaker).execute(work, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof BrokenCircuitError)) throw error;
      const seconds = Math.max(1, Math.ceil(((openedAt ?? now()) + halfOpenAfterMs - now()) / 1000));
      throw new OllamaError(
        openedBy,
        `Ollama failed ${failures} times in a row and is left alone for another ${seconds} s. Last: ${lastProblem}`,
        { cause: error },
      );
    }
  }

  const at = (path: string): string => `${deps.url()}${path}`;

  async function one<T>(
    schema: z.ZodType<T>,
    call: Omit<WireCall, 'url' | 'timeoutMs'> & { path: string; timeoutMs?: number },
  ): Promise<T> {
    const url = at(call.path);
    for await (const line of callOllama({ timeoutMs: deps.timeoutMs(), ...call, url })) {
      const read = schema.safeParse(line);
      if (read.success) return read.data;
      break;
    }
    throw new OllamaError('failing', `${url} does not answer as Ollama does. Check host and port.`);
  }

  async function chatOnce(input: ChatInput): Promise<ChatAnswer> {
    const startedAt = now();
    const answer: ChatAnswer = { text: '', inputTokens: 0, outputTokens: 0, firstMs: null, tokensPerSecond: null };
    const body = {
      model: input.model,
      messages: [
        ...(input.system ? [{ role: 'system', content: input.system }] : []),
        { role: 'user', content: input.text },
      ],
      stream: true,
      ...(input.format ? { format: input.format } : {}),
      // The same text gives the same answer.
      options: { temperature: 0, seed: 1, ...(input.contextTokens ? { num_ctx: input.contextTokens } : {}) },
    };
    const { signal } = input;
    for await (const line of callOllama({
      url: at('/api/chat'),
      method: 'POST',
      body,
      timeoutMs: deps.timeoutMs(),
      signal,
    })) {
      const read = chatLine.safeParse(line);
      if (!read.success) throw new OllamaError('failing', 'Ollama answers in a way that is not its own.');
      const piece = read.data.message?.content ?? '';
      if (piece) {
        answer.firstMs ??= now() - startedAt;
        answer.text += piece;
        input.onPiece?.(piece);
      }
      if (!read.data.done) continue;
      answer.inputTokens = read.data.prompt_eval_count ?? 0;
      answer.outputTokens = read.data.eval_count ?? 0;
      const seconds = (read.data.eval_duration ?? 0) / 1e9;
      answer.tokensPerSecond = seconds > 0 ? answer.outputTokens / seconds : null;
      return answer;
    }
    throw new OllamaError('failing', 'Ollama broke off in the middle of its answer.');
  }

  return {
    breaker: breakerView,
    /** Looks whether it is there, without retries and past the circuit, and which models it has. */
    async look(signal?: AbortSignal): Promise<{ version: string; models: Model[] }> {
      const timeoutMs = Math.min(lookTimeoutMs, deps.timeoutMs());
      const [{ version }, { models }] = await Promise.all([
        one(versionAnswer, { method: 'GET', path: '/api/version', timeoutMs, signal }),
        one(tagsAnswer, { method: 'GET', path: '/api/tags', timeoutMs, signal }),
      ]);
      // It was opened because nothing was there; now there is.
      if (openedAt !== null && openedBy === 'absent') breaker.isolate().dispose();
      return {
        version,
        models: models.map(({ name, size, modified_at, details }) => ({
          name,
          sizeBytes: size,
          family: details?.family ?? null,
          parameters: details?.parameter_size ?? null,
          quantization: details?.quantization_level ?? null,
          modifiedAt: modified_at ? Date.parse(modified_at) || null : null,
        })),
      };
    },
    /** How many tokens a model can hold in mind, and what it can do. */
    show: (model: string, signal?: AbortSignal) =>
      guarded(signal, async () => {
        const { model_info, capabilities } = await one(showAnswer, {
          method: 'POST',
          path: '/api/show',
          body: { model },
          signal,
        });
        const context = Object.entries(model_info ?? {}).find(([name]) => name.endsWith('.context_length'))?.[1];
        return {
          contextTokens: typeof context === 'number' ? context : null,
          embeds: capabilities?.includes('embedding') ?? false,
        };
      }),
    chat: (input: ChatInput) => guarded(input.signal, () => chatOnce(input)),
    /** One vector for each text. */
    embed: (model: string, texts: readonly string[], signal?: AbortSignal) =>
      guarded(signal, async () => {
        const { embeddings } = await one(embedAnswer, {
          method: 'POST',
          path: '/api/embed',
          body: { model, input: texts },
          signal,
        });
        return embeddings;
      }),
    /** Fetches a model. Layers come one after another; the sums are of those that were named so far. */
    async pull(model: string, signal: AbortSignal, onProgress: (progress: PullProgress) => void): Promise<void> {
      const layers = new Map<string, { total: number; completed: number }>();
      const body = { model, stream: true };
      let status = '';
      for await (const line of callOllama({
        url: at('/api/pull'),
        method: 'POST',
        body,
        timeoutMs: Math.max(pullTimeoutMs, deps.timeoutMs()),
        signal,
      })) {
        const read = pullLine.safeParse(line);
        if (!read.success) continue;
        status = read.data.status;
        const { digest, total, completed } = read.data;
        if (digest) layers.set(digest, { total, completed });
        const all = [...layers.values()];
        onProgress({
          status,
          doneBytes: all.reduce((sum, layer) => sum + layer.completed, 0),
          totalBytes: all.reduce((sum, layer) => sum + layer.total, 0),
        });
      }
      if (status !== 'success') throw new OllamaError('failing', 'Ollama broke off before the model was here.');
    },
    async remove(model: string): Promise<void> {
      // It answers with nothing: there is no line to read.
      for await (const _ of callOllama({
        url: at('/api/delete'),
        method: 'DELETE',
        body: { model },
        timeoutMs: deps.timeoutMs(),
      })) {
        break;
      }
    },
  };
}
