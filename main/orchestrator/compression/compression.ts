import type {
  Compression,
  CompressionEngine,
  CompressionPreset,
  CompressionsView,
} from '../../../shared/compression.ts';
import { AppError } from '../../../shared/errors.ts';
import type { SessionId } from '../../../shared/ids.ts';
import type { Session, SessionRecord } from '../../../shared/sessions.ts';
import type { Database } from '../database/database.ts';
import { newId } from '../new-id.ts';
import { startThread, type ThreadClient } from '../thread-client.ts';
import type { AnswerCacheStore } from './answer-cache.ts';
import { compressWithModel, type ModelAnswer, type ModelEngine, UnusableAnswerError } from './ask-model.ts';
import { claudeModels, createClaudeEngine } from './claude-engine.ts';
import type { Digest, Notes } from './digest.ts';
import { createJobs, type RunningJob } from './jobs.ts';
import { chooseModel, createOllamaEngine, type OllamaAccess } from './ollama-engine.ts';
import { createCompressionStore, type StoredCompression } from './store.ts';

export type CompressionFeature = ReturnType<typeof createCompression>;

/** Records read at once. */
const pageRecords = 2000;
/** Results of a session shown. */
const mostOfSession = 50;

/** Who makes it, with which model, and why. */
interface Plan {
  engine: CompressionEngine;
  model: string | null;
  why: string;
}

export interface CompressInput {
  sessionId: SessionId;
  preset?: CompressionPreset | undefined;
  engine?: CompressionEngine | undefined;
  fresh: boolean;
}

/** Sessions in few words: by Ollama, by Claude, or without a model. What was made is kept until it is deleted. */
export function createCompression(deps: {
  database: Database;
  cache: AnswerCacheStore;
  now: () => number;
  sessions: {
    get(id: SessionId): Promise<Session>;
    messages(input: { id: SessionId; after: number; limit: number }): Promise<{
      items: SessionRecord[];
      nextCursor: number | null;
    }>;
  };
  settings: () => { compressionPreset: CompressionPreset; compressionModels: Record<CompressionPreset, string> };
  ollama: OllamaAccess;
  claude: Parameters<typeof createClaudeEngine>[0];
  /** Why nothing may be spent now; null when it may. */
  mayNotSpend: () => string | null;
  spent: (session: Session, answer: ModelAnswer) => void;
  digestProgram: URL;
}) {
  const { cache, now, ollama } = deps;
  const store = createCompressionStore(deps.database);
  const jobs = createJobs(now);
  const claude = createClaudeEngine(deps.claude);

  const extractive = (why: string): Plan => ({ engine: 'extractive', model: null, why });

  /** Which engine answers. Without a wish it is Ollama or none: Claude costs money and is never taken unasked. */
  async function choose(preset: CompressionPreset, wished: CompressionEngine | undefined): Promise<Plan> {
    if (wished === 'extractive') return extractive('No model was wanted: sentences of the session were chosen.');
    if (wished === 'claude') {
      const refused = deps.mayNotSpend();
      if (refused !== null) throw new AppError('CONFLICT', refused);
      const model = claudeModels[preset];
      return { engine: 'claude', model, why: `Claude was wanted: ${model}, the model of the preset “${preset}”.` };
    }
    const { state, problem, models } = await ollama.lately();
    const instead = 'so sentences of the session were chosen without a model.';
    if (state !== 'present') {
      if (wished) throw new AppError('UNAVAILABLE', problem ?? 'Ollama does not answer.', { trouble: state });
      return extractive(`Ollama is ${state}, ${instead}`);
    }
    const found = chooseModel(preset, deps.settings().compressionModels, models);
    if (found) return { engine: 'ollama', ...found };
    if (wished)
      throw new AppError(
        'UNAVAILABLE',
        'Ollama has no model that writes text. Fetch one in the settings, under Models.',
      );
    return extractive(`Ollama has no model that writes text, ${instead}`);
  }

  async function readAll(id: SessionId, digest: ThreadClient<Digest>, job: RunningJob, total: number): Promise<void> {
    job.change({ step: 'reading', done: 0, total });
    let after: number | null = 0;
    while (after !== null) {
      job.signal.throwIfAborted();
      const page: { items: SessionRecord[]; nextCursor: number | null } = await deps.sessions.messages({
        id,
        after,
        limit: pageRecords,
      });
      await digest.ask('add', page.items);
      after = page.nextCursor;
      job.change({ done: Math.min(total, after ?? total) });
    }
  }

  async function byModel(
    engine: ModelEngine,
    session: Session,
    preset: CompressionPreset,
    digest: ThreadClient<Digest>,
    job: RunningJob,
  ): Promise<{
    notes: Notes;
    parts: number;
    leftOut: number;
    inputTokens: number;
    outputTokens: number;
    costUsd: number;
  }> {
    const { parts, leftOut } = await digest.ask('parts', engine.partBytes, engine.mostParts);
    const work = await compressWithModel({
      engine,
      cache,
      preset,
      parts,
      signal: job.signal,
      onStep: (step, done, total) => job.change({ step, done, total }),
      onPaid: (answer) => {
        if (answer.costUsd > 0) deps.spent(session, answer);
      },
    });
    return { ...work, parts: parts.length, leftOut };
  }

  async function make(
    session: Session,
    preset: CompressionPreset,
    wished: CompressionEngine | undefined,
    first: Plan,
    job: RunningJob,
  ): Promise<StoredCompression> {
    const startedAt = now();
    const digest = startThread<Digest>(deps.digestProgram);
    // A thread that compares sentences does not look up: it is ended.
    const stop = (): void => void digest.close();
    job.signal.addEventListener('abort', stop);
    let plan = first;
    try {
      await readAll(session.id, digest, job, session.messages);
      const { sourceChars, pieces } = await digest.ask('facts');
      if (pieces === 0)
        throw new AppError('UNPROCESSABLE', 'Nothing was said in this session, so there is nothing to compress.');
      let made: Awaited<ReturnType<typeof byModel>> | undefined;
      if (plan.engine !== 'extractive' && plan.model !== null) {
        try {
          const engine =
            plan.engine === 'claude'
              ? claude.engine(plan.model)
              : await createOllamaEngine(ollama, plan.model, preset, job.signal);
          made = await byModel(engine, session, preset, digest, job);
        } catch (error) {
          job.signal.throwIfAborted();
          if (wished !== undefined) throw asRefusal(error);
          const said = asRefusal(error).message.replace(/\.$/, '');
          plan = extractive(`${said}; so sentences of the session were chosen without a model.`);
          job.change(plan);
        }
      }
      if (!made) {
        job.change({ step: 'writing', done: 0, total: 1 });
        const notes = await digest.ask('extract', preset);
        made = { notes, parts: 1, leftOut: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 };
      }
      const { notes, leftOut, ...counted } = made;
      const all = [notes.summary, ...notes.topics, ...notes.decisions.map(textOf), ...notes.openPoints.map(textOf)];
      const resultChars = all.reduce((sum, text) => sum + text.length, 0);
      const percent = Math.round(leftOut * 100);
      return {
        id: newId('c'),
        sessionId: session.id,
        preset,
        ...plan,
        why: percent > 0 ? `${plan.why} ${percent} % of its long texts was left out to fit the model.` : plan.why,
        ...notes,
        files: session.filesTouched,
        sourceChars,
        resultChars,
        ratio: sourceChars > 0 ? resultChars / sourceChars : 1,
        tookMs: now() - startedAt,
        quality: await digest.ask('quality', all.join('\n')),
        ...counted,
        records: session.messages,
        createdAt: now(),
      };
    } finally {
      job.signal.removeEventListener('abort', stop);
      await digest.close();
    }
  }

  async function compress(input: CompressInput): Promise<Compression & { cached: boolean }> {
    const preset = input.preset ?? deps.settings().compressionPreset;
    const key = `${input.sessionId} ${preset} ${input.engine ?? ''}`;
    const made = await jobs.run(key, { sessionId: input.sessionId, preset }, async (job) => {
      const session = await deps.sessions.get(input.sessionId);
      const plan = await choose(preset, input.engine);
      job.change(plan);
      const kept = store.find({ sessionId: input.sessionId, preset, ...plan });
      if (kept && !input.fresh && kept.records === session.messages) return { ...kept, cached: true };
      const fresh = await make(session, preset, input.engine, plan, job);
      job.signal.throwIfAborted();
      store.put(fresh);
      return { ...fresh, cached: false };
    });
    return { ...made, stale: false };
  }

  async function withStale(kept: readonly StoredCompression[]): Promise<Compression[]> {
    const known = new Map<string, Promise<number | null>>();
    const recordsOf = (id: SessionId): Promise<number | null> => {
      const before = known.get(id);
      if (before) return before;
      // Of a session that is gone nothing more is said.
      const count = deps.sessions.get(id).then(
        ({ messages }) => messages,
        () => null,
      );
      known.set(id, count);
      return count;
    };
    return Promise.all(
      kept.map(async (one) => {
        const records = await recordsOf(one.sessionId);
        return { ...one, stale: records !== null && records !== one.records };
      }),
    );
  }

  return {
    compress,
    list: async (input: { sessionId?: SessionId | undefined; q?: string | undefined; limit: number }) => ({
      items: await withStale(
        store.list(input.sessionId, (input.q ?? '').toLowerCase().split(/\s+/).filter(Boolean), input.limit),
      ),
    }),
    watch: (sessionId: SessionId, signal: AbortSignal | undefined): AsyncGenerator<CompressionsView, void, void> =>
      jobs.watch(signal, async () => ({
        items: await withStale(store.list(sessionId, [], mostOfSession)),
        jobs: jobs.of(sessionId),
      })),
    cancel: jobs.cancel,
    remove(id: string): { removed: boolean } {
      const removed = store.remove(id);
      if (removed) jobs.tell();
      return { removed };
    },
    /** What was made of a session that is deleted goes with it. */
    forget(sessionId: SessionId): void {
      store.removeOf(sessionId);
      jobs.tell();
    },
    cache: cache.view,
    clearCache: cache.clear,
    async close(): Promise<void> {
      await jobs.close();
      cache.close();
    },
  };
}

function textOf({ text }: { text: string }): string {
  return text;
}

/** An engine's failure in words for a person; a fault of our own goes on as it is. */
function asRefusal(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof UnusableAnswerError)
    return new AppError('UNAVAILABLE', `${error.message} Choose another model or preset.`);
  if (error instanceof Error && 'trouble' in error)
    return new AppError('UNAVAILABLE', error.message, { trouble: String(error.trouble) });
  throw error;
}
