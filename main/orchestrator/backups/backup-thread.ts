import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { BackupWork } from '../../../shared/backups.ts';
import { AppError, type ErrorCode } from '../../../shared/errors.ts';
import { type BackupJob, type JobResult, runBackupJob } from './backup-job.ts';

/** What the thread says: how far it is, and in the end what came of it. */
export type JobMessage =
  | { progress: { step: BackupWork['step']; part: number | null } }
  | { result: JobResult<BackupJob> }
  | {
      failed: {
        message: string;
        code: ErrorCode | null;
        systemCode: string | null;
        details: Record<string, unknown> | undefined;
      };
    };

/** `answer`: where the end is told to one who waits and reads it himself; `wake` is raised after it. */
export interface JobData {
  job: BackupJob;
  answer?: { port: MessagePort; wake: SharedArrayBuffer };
}

/** Progress is told so often at most, in milliseconds. */
const tellEveryMs = 100;

const { job, answer } = workerData as JobData;
let toldAt = 0;
let toldStep = '';

function tell(message: JobMessage): void {
  if (!answer) {
    parentPort?.postMessage(message);
    return;
  }
  if ('progress' in message) return;
  answer.port.postMessage(message);
  Atomics.store(new Int32Array(answer.wake), 0, 1);
  Atomics.notify(new Int32Array(answer.wake), 0);
}

try {
  const result = await runBackupJob(job, (step, part) => {
    const now = performance.now();
    if (step === toldStep && now - toldAt < tellEveryMs) return;
    toldAt = now;
    toldStep = step;
    tell({ progress: { step, part } });
  });
  tell({ result });
} catch (error) {
  tell({
    failed: {
      message: error instanceof Error ? error.message : String(error),
      code: error instanceof AppError ? error.code : null,
      systemCode: (error as NodeJS.ErrnoException).code ?? null,
      details: error instanceof AppError ? error.details : undefined,
    },
  });
}
