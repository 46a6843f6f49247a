import { AppError } from '../../../shared/errors.ts';
import type { SessionId } from '../../../shared/ids.ts';
import type { MeaningState, NearHit } from '../../../shared/meaning.ts';
import type { Session, sessionFilter } from '../../../shared/sessions.ts';
import { startThread, type ThreadClient } from '../thread-client.ts';
import type { MeaningIndex } from './meaning-index.ts';
import type { SearchIndex } from './search-index.ts';

export type Meaning = ReturnType<typeof createMeaning>;

type Filter = ReturnType<typeof sessionFilter.parse>;

/** Texts given to the model at once. */
const batch = 32;
/** Where Ollama did not answer it is asked again after this. */
const againMs = 60_000;

/**
 * Search by meaning, where an embedding model is set and answers: prompts and answers become vectors, the newest first, and
 * each only once. Off without a model.
 */
export function createMeaning(deps: {
  files: { index: string; meanings: string };
  program: URL;
  index: Pick<SearchIndex, 'watch' | 'state'>;
  /** The embedding model; empty: off. */
  model: () => string;
  embed: (model: string, texts: readonly string[], signal: AbortSignal | undefined) => Promise<number[][]>;
  getSession: (id: SessionId) => Promise<Session>;
  /** Sessions that may answer with a filter. */
  passing: (filter: Filter) => Promise<string[]>;
  now: () => number;
  log: { warn(details: object, message: string): void };
  /** What was said within so long is taken in together. */
  gatherMs?: number;
}) {
  const { gatherMs = 3000 } = deps;
  const ending = new AbortController();
  let thread: ThreadClient<MeaningIndex> | undefined;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let state: MeaningState = { state: 'off', model: '', known: 0, problem: null };

  function asked(): ThreadClient<MeaningIndex> {
    thread ??= startThread<MeaningIndex>(deps.program, deps.files);
    return thread;
  }

  /** Takes in all that is new; again after a while when it cannot. */
  async function takeIn(): Promise<void> {
    const model = deps.model();
    if (!model) {
      state = { state: 'off', model, known: 0, problem: null };
      return;
    }
    // While transcripts are being read for the first time, that comes first.
    if (deps.index.state().state === 'reading') return;
    try {
      for (;;) {
        if (ending.signal.aborted || deps.model() !== model) return;
        const unread = await asked().ask('unread', model, batch);
        if (unread.length > 0) state = { state: 'reading', model, known: state.known, problem: null };
        else {
          state = { state: 'up-to-date', model, known: await asked().ask('known', model), problem: null };
          return;
        }
        const texts = unread.map(({ text }) => text);
        await asked().ask('put', model, unread, await deps.embed(model, texts, ending.signal));
        state = { ...state, known: await asked().ask('known', model) };
      }
    } catch (error) {
      if (ending.signal.aborted) return;
      const problem = error instanceof Error ? error.message : String(error);
      if (!(error instanceof Error && 'trouble' in error)) deps.log.warn({ error }, 'meanings could not be taken in');
      state = { ...state, state: 'waiting', model, problem };
      later(againMs);
    }
  }

  function later(ms: number): void {
    if (ending.signal.aborted) return;
    clearTimeout(timer);
    timer = setTimeout(look, ms);
    timer.unref();
  }

  function look(): void {
    running ??= takeIn().finally(() => {
      running = undefined;
    });
  }

  void (async () => {
    for await (const { state: at } of deps.index.watch(ending.signal)) if (at !== 'reading') later(gatherMs);
  })();

  return {
    state: (): MeaningState => state,
    /** Another model may be set. */
    settingsChanged(): void {
      if (deps.model() !== state.model) later(0);
    },
    async search(
      input: Filter & { q: string; limit: number },
    ): Promise<{ items: NearHit[]; model: string; tookMs: number }> {
      const model = deps.model();
      if (!model)
        throw new AppError(
          'UNAVAILABLE',
          'Search by meaning is off. Name an embedding model in the settings, under Models.',
        );
      const startedAt = deps.now();
      const [vector] = await deps.embed(model, [input.q], ending.signal).catch((error: unknown) => {
        if (error instanceof Error && 'trouble' in error) throw new AppError('UNAVAILABLE', error.message);
        throw error;
      });
      const { role, tool, path, from, to } = input;
      const within = { sessionIds: await deps.passing(input), role, tool, path, from, to };
      const near = await asked().ask('nearest', model, vector ?? [], input.limit, within);
      const items = await Promise.all(
        near.map(async (hit): Promise<NearHit[]> => {
          const session = await deps.getSession(hit.sessionId).catch(() => undefined);
          // Deleted since it was taken in.
          if (!session) return [];
          return [{ ...hit, title: session.title, projectId: session.projectId, workerId: session.workerId }];
        }),
      );
      return { items: items.flat(), model, tookMs: deps.now() - startedAt };
    },
    async close(): Promise<void> {
      ending.abort();
      clearTimeout(timer);
      await running;
      await thread?.ask('close').catch(() => undefined);
      await thread?.close();
    },
  };
}
