import type { Worker } from '../../../shared/workers.ts';
import { problemOfWords } from '../claude/problems.ts';
import type { HostProcess } from '../host/host.ts';
import type { Run } from './store.ts';
import type { ended } from './worker-row.ts';

/** How a worker ended, in words: from what we meant, how its process ended and what it wrote last. */
export function endOf(
  run: Run,
  process: Pick<HostProcess, 'endReason' | 'endMessage' | 'exitCode' | 'signal'>,
  kind: Worker['kind'],
): Parameters<typeof ended>[1] {
  const { intent } = run;
  const evidence = evidenceOf(process);
  if (intent?.end === 'stop') return { outcome: 'stopped', code: null, reason: `Stopped by ${intent.by}.`, evidence };
  if (intent?.end === 'limit') return { outcome: 'limit', code: 'LIMIT', reason: intent.reason, evidence };
  if (intent?.end === 'failed') return { outcome: 'failed', code: intent.code, reason: intent.reason, evidence };
  const failed = (code: NonNullable<Worker['endCode']>, reason: string) => ({
    outcome: 'failed' as const,
    code,
    reason,
    evidence,
  });
  if (process.endReason === 'host-lost') {
    return failed(
      'HOST_LOST',
      'The host process that held it ended, and the worker with it. Resume brings it back by its session.',
    );
  }
  if (process.endReason === 'failed') {
    return failed(
      'NOT_INSTALLED',
      `claude could not be started: ${process.endMessage ?? 'unknown reason'}. Run "control-room doctor".`,
    );
  }
  if (process.exitCode === 0) {
    return {
      outcome: 'done',
      code: null,
      reason: kind === 'interactive' ? 'The session was closed in its terminal.' : 'It ended by itself.',
      evidence,
    };
  }
  const words = run.errorsTail.trim();
  if (words && !process.signal) {
    const problem = problemOfWords(words);
    return failed(problem.code === 'API_ERROR' ? 'CRASHED' : problem.code, problem.sentence);
  }
  // We said nothing: the kernel does this when memory runs out.
  const memory = process.signal === 'SIGKILL' ? ', as the system does when memory runs out' : '';
  const what = process.signal
    ? `was ended by ${process.signal}${memory}`
    : `ended with code ${process.exitCode ?? 'unknown'}`;
  return failed(
    'CRASHED',
    `Claude ${what}${words ? `: ${words.slice(-500)}` : ''}. Resume brings it back by its session.`,
  );
}

function evidenceOf(process: Pick<HostProcess, 'endReason' | 'exitCode' | 'signal'>): string {
  if (process.endReason === 'host-lost') return 'host gone';
  if (process.endReason === 'failed') return 'could not be started';
  return process.signal ? `process ended by ${process.signal}` : `process exit ${process.exitCode ?? 'unknown'}`;
}
