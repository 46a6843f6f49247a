import { AppError } from '../../../shared/errors.ts';
import type { DoctorCheck } from '../../../shared/health.ts';
import type { Compared, Model, ModelsView, Pull } from '../../../shared/models.ts';
import { createWatchers } from '../watchers.ts';
import type { Ollama } from './ollama.ts';
import { OllamaError } from './ollama-wire.ts';

export type Models = ReturnType<typeof createModels>;

/** What was seen is good for so long, for those who ask often. */
const seenForMs = 5000;

export interface Seen {
  url: string;
  state: ModelsView['state'];
  version: string | null;
  problem: string | null;
  models: Model[];
  lookedAt: number;
}

/** The models of Ollama: which there are, fetching, deleting and comparing them, and what is wrong with it. */
export function createModels(deps: { ollama: Ollama; url: () => string; now: () => number }) {
  const { ollama, now } = deps;
  const watchers = createWatchers();
  const { tell } = watchers;
  const pulls = new Map<string, { pull: Pull; ending: AbortController; done: Promise<void> }>();
  let seen: Seen | undefined;
  let looking: Promise<Seen> | undefined;

  async function lookOnce(): Promise<Seen> {
    const url = deps.url();
    try {
      const { version, models } = await ollama.look();
      seen = { url, state: 'present', version, problem: null, models, lookedAt: now() };
    } catch (error) {
      if (!(error instanceof OllamaError)) throw error;
      const state = error.trouble === 'refused' ? 'failing' : error.trouble;
      seen = { url, state, version: null, problem: problemText(error), models: [], lookedAt: now() };
    }
    tell();
    return seen;
  }

  /** Looks at it; two who ask at once share one look. */
  function look(): Promise<Seen> {
    looking ??= lookOnce().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  async function lately(): Promise<Seen> {
    return seen && seen.url === deps.url() && now() - seen.lookedAt < seenForMs ? seen : look();
  }

  function problemText(error: OllamaError): string {
    switch (error.trouble) {
      case 'absent':
        return `${error.message} Install and start Ollama (ollama serve), or set its host and port. Without it sessions are compressed without a model.`;
      case 'slow':
        return `${error.message} Wait until it has loaded its model, or raise the time limit.`;
      default:
        return `${error.message} Its own log says why.`;
    }
  }

  function view(what: Seen): ModelsView {
    return {
      ...what,
      breaker: ollama.breaker(),
      pulls: [...pulls.values()].map(({ pull }) => pull),
    };
  }

  function refusal(error: unknown): AppError {
    if (!(error instanceof OllamaError)) throw error;
    return new AppError('UNAVAILABLE', error.message, { trouble: error.trouble });
  }

  async function compareOne(model: string, text: string, signal: AbortSignal | undefined): Promise<Compared> {
    const startedAt = now();
    const nothing = { model, output: '', firstMs: null, inputTokens: 0, outputTokens: 0, tokensPerSecond: null };
    try {
      const { text: output, ...rest } = await ollama.chat({ model, text, signal });
      return { model, output, ...rest, tookMs: now() - startedAt, problem: null };
    } catch (error) {
      if (!(error instanceof OllamaError)) throw error;
      return { ...nothing, tookMs: now() - startedAt, problem: error.message };
    }
  }

  return {
    get: async (): Promise<ModelsView> => view(await look()),
    /** What is known of it, looked at in the last seconds. */
    lately,
    async *watch(signal: AbortSignal | undefined): AsyncGenerator<ModelsView, void, void> {
      await lately();
      yield* watchers.watch(signal, async () => view(seen ?? (await look())));
    },
    /** The circuit has opened or closed. */
    changed: tell,
    pull(name: string): Pull {
      const before = pulls.get(name);
      if (before?.pull.state === 'running') return before.pull;
      const ending = new AbortController();
      const pull: Pull = {
        name,
        state: 'running',
        status: 'asking for it',
        doneBytes: 0,
        totalBytes: 0,
        startedAt: now(),
        problem: null,
      };
      const entry = { pull, ending, done: Promise.resolve() };
      const change = (part: Partial<Pull>): void => {
        entry.pull = { ...entry.pull, ...part };
        tell();
      };
      pulls.set(name, entry);
      entry.done = ollama
        .pull(name, ending.signal, change)
        .then(
          async () => {
            pulls.delete(name);
            await look();
          },
          (error: unknown) => {
            if (ending.signal.aborted) pulls.delete(name);
            else
              change({
                state: 'failed',
                problem: /manifest|file does not exist/.test(String(error))
                  ? `Ollama's library has no model ${name}. See ollama.com/library for the names there are.`
                  : error instanceof Error
                    ? error.message
                    : String(error),
              });
          },
        )
        .finally(tell);
      tell();
      return pull;
    },
    async cancelPull(name: string): Promise<{ cancelled: boolean }> {
      const entry = pulls.get(name);
      if (!entry) return { cancelled: false };
      entry.ending.abort();
      await entry.done;
      pulls.delete(name);
      tell();
      return { cancelled: true };
    },
    async remove(name: string): Promise<{ removed: boolean }> {
      try {
        await ollama.remove(name);
      } catch (error) {
        if (error instanceof OllamaError && error.trouble === 'refused')
          throw new AppError('NOT_FOUND', `Ollama has no model ${name}. Look again at the list.`, { name });
        throw refusal(error);
      }
      await look();
      return { removed: true };
    },
    /** One after the other, so that neither slows the other. */
    async compare([a, b]: [string, string], text: string, signal: AbortSignal | undefined) {
      const results: [Compared, Compared] = [await compareOne(a, text, signal), await compareOne(b, text, signal)];
      return { results };
    },
    /** For the doctor: an optional part, so that its absence is no fault. */
    async check(): Promise<DoctorCheck> {
      const { state, version, models, problem } = await lately();
      const { state: circuit, failures } = ollama.breaker();
      const base = { id: 'ollama', title: 'Ollama' };
      if (state === 'absent')
        return {
          ...base,
          state: 'not-installed',
          detail: `does not answer at ${deps.url()}; sessions are compressed without a model`,
          fix: 'Install and start Ollama, or set its host and port in the settings. Everything else works without.',
        };
      if (state !== 'present') return { ...base, state: 'error', detail: problem ?? state, fix: problem };
      if (circuit !== 'closed')
        return {
          ...base,
          state: 'warning',
          detail: `${version}, but it failed ${failures} times in a row: the circuit is ${circuit}.`,
          fix: 'It is tried again by itself after half a minute. Its own log says why it fails.',
        };
      return {
        ...base,
        state: models.length > 0 ? 'ok' : 'warning',
        detail: `${version} at ${deps.url()}, ${models.length} ${models.length === 1 ? 'model' : 'models'}`,
        fix: models.length > 0 ? null : 'Fetch a model in the settings.',
      };
    },
    async close(): Promise<void> {
      for (const { ending } of pulls.values()) ending.abort();
      await Promise.all([...pulls.values()].map(({ done }) => done));
      watchers.close();
    },
  };
}
