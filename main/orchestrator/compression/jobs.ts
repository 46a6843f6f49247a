import type { CompressionJob } from '../../../shared/compression.ts';
import { AppError } from '../../../shared/errors.ts';
import { newId } from '../new-id.ts';
import { createWatchers } from '../watchers.ts';

export interface RunningJob {
  signal: AbortSignal;
  change(part: Partial<CompressionJob>): void;
}

/** What is being compressed, and of each session the last that failed, until it is begun again or taken off. */
export function createJobs(now: () => number) {
  const jobs = new Map<string, { job: CompressionJob; ending: AbortController; done: Promise<unknown> }>();
  const watchers = createWatchers();
  const { tell } = watchers;
  let closing = false;

  return {
    tell,
    of: (sessionId: string): CompressionJob[] =>
      [...jobs.values()].map(({ job }) => job).filter((job) => job.sessionId === sessionId),
    /** Runs a piece of work; one that asks for the same while it runs gets its result. */
    async run<T>(
      key: string,
      about: Pick<CompressionJob, 'sessionId' | 'preset'>,
      work: (job: RunningJob) => Promise<T>,
    ): Promise<T> {
      if (closing) throw new AppError('UNAVAILABLE', 'Control Room is ending. Try again when it runs.');
      const before = jobs.get(key);
      if (before && before.job.step !== 'failed') return before.done as Promise<T>;
      for (const [other, { job }] of jobs)
        if (job.sessionId === about.sessionId && job.step === 'failed') jobs.delete(other);
      const ending = new AbortController();
      const entry = {
        job: {
          id: newId<string>('j'),
          ...about,
          engine: null,
          model: null,
          why: '',
          step: 'choosing',
          done: 0,
          total: 0,
          startedAt: now(),
          problem: null,
        } as CompressionJob,
        ending,
        done: Promise.resolve() as Promise<unknown>,
      };
      const change = (part: Partial<CompressionJob>): void => {
        entry.job = { ...entry.job, ...part };
        tell();
      };
      jobs.set(key, entry);
      tell();
      const done = work({ signal: ending.signal, change }).then(
        (result) => {
          jobs.delete(key);
          tell();
          return result;
        },
        (error: unknown) => {
          if (ending.signal.aborted) {
            jobs.delete(key);
            tell();
            throw new AppError('CONFLICT', 'The compression was cancelled.');
          }
          change({
            step: 'failed',
            problem: error instanceof AppError ? error.message : 'Something went wrong. The log has the details.',
          });
          throw error;
        },
      );
      entry.done = done;
      return done;
    },
    /** Ends one that runs, or takes a failed one off; settles when it has ended. */
    async cancel(id: string): Promise<{ cancelled: boolean }> {
      for (const [key, { job, ending, done }] of jobs) {
        if (job.id !== id) continue;
        if (job.step === 'failed') {
          jobs.delete(key);
          tell();
        } else {
          ending.abort();
          await done.catch(() => undefined);
        }
        return { cancelled: true };
      }
      return { cancelled: false };
    },
    /** What `read` gives, now and after each change. */
    watch: watchers.watch,
    async close(): Promise<void> {
      closing = true;
      for (const { ending } of jobs.values()) ending.abort();
      await Promise.allSettled([...jobs.values()].map(({ done }) => done));
      watchers.close();
    },
  };
}
