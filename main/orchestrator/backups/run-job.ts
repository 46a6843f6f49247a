import { MessageChannel, receiveMessageOnPort, Worker as Thread } from 'node:worker_threads';
import { AppError } from '../../../shared/errors.ts';
import type { BackupJob, JobResult, Progress } from './backup-job.ts';
import type { JobData, JobMessage } from './backup-thread.ts';

export interface RunningJob<Result> {
  result: Promise<Result>;
  /** Ends it in the middle: `result` rejects. */
  cancel(): Promise<void>;
}

/** Does a job in a thread of its own, which ends with it. */
export function startJob<Job extends BackupJob>(
  program: URL,
  job: Job,
  onProgress: Progress,
): RunningJob<JobResult<Job>> {
  const thread = new Thread(program, { workerData: { job } satisfies JobData });
  const result = new Promise<JobResult<Job>>((resolve, reject) => {
    thread.on('message', (message: JobMessage) => {
      if ('progress' in message) onProgress(message.progress.step, message.progress.part);
      else if ('result' in message) resolve(message.result as JobResult<Job>);
      else reject(errorOf(message));
    });
    thread.on('error', reject);
    thread.on('exit', () => reject(new AppError('UNAVAILABLE', 'It was ended before it was done.')));
  });
  // Whoever asked hears of it; an end that nobody waits for is none of an error.
  result.catch(() => undefined);
  return {
    result,
    async cancel() {
      await thread.terminate();
    },
  };
}

/** Does a job while everything else of this process stands still: only before anything is served. */
export function runJobNow<Job extends BackupJob>(program: URL, job: Job, withinMs: number): JobResult<Job> {
  const { port1: ours, port2: theirs } = new MessageChannel();
  const wake = new SharedArrayBuffer(4);
  const thread = new Thread(program, {
    workerData: { job, answer: { port: theirs, wake } } satisfies JobData,
    transferList: [theirs],
  });
  try {
    Atomics.wait(new Int32Array(wake), 0, 0, withinMs);
    const message = receiveMessageOnPort(ours)?.message as JobMessage | undefined;
    if (message && 'result' in message) return message.result as JobResult<Job>;
    if (message && 'failed' in message) throw errorOf(message);
    throw new AppError('UNAVAILABLE', 'It was not done in time.');
  } finally {
    ours.close();
    void thread.terminate();
  }
}

function errorOf({ failed }: Extract<JobMessage, { failed: unknown }>): Error {
  if (failed.code) return new AppError(failed.code, failed.message, failed.details);
  return Object.assign(new Error(failed.message), { code: failed.systemCode });
}
