import type { Worker, WorkerState } from '../../../shared/workers.ts';

/** State changes shown of a worker: the last hour, at most this many. */
const timelineLength = 60;
const timelineMs = 3_600_000;

/** Lines kept for a miniature, and the longest one, in characters. */
const previewLines = 8;
const previewLineLength = 200;

/** The row with another state. The evidence is the fact that says so. */
export function withState(
  worker: Worker,
  state: WorkerState,
  evidence: string,
  at: number,
  waitingFor: Worker['waitingFor'] = null,
): Worker {
  if (worker.state === state && worker.waitingFor === waitingFor) return { ...worker, evidence };
  return {
    ...worker,
    state,
    waitingFor,
    evidence,
    stateChangedAt: at,
    queuePosition: state === 'queued' ? worker.queuePosition : null,
    timeline: [
      ...worker.timeline.filter((entry, index, all) => entry.at > at - timelineMs || index === all.length - 1),
      { state, at },
    ].slice(-timelineLength),
  };
}

/** The row with further lines in its miniature. */
export function withPreview(worker: Worker, text: string): Worker {
  const lines = text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter(Boolean)
    .slice(-previewLines)
    .map((line) => line.slice(0, previewLineLength));
  return lines.length === 0 ? worker : { ...worker, preview: [...worker.preview, ...lines].slice(-previewLines) };
}

/** The row of a worker whose process is over. */
export function ended(
  worker: Worker,
  end: { outcome: NonNullable<Worker['outcome']>; code: Worker['endCode']; reason: string; evidence: string },
  at: number,
): Worker {
  return {
    ...withState(worker, 'ended', end.evidence, at),
    outcome: end.outcome,
    endCode: end.code,
    endReason: end.reason,
    endedAt: at,
    pid: null,
    activity: null,
    health: end.outcome === 'failed' ? 'unhealthy' : 'healthy',
  };
}

/** The row of a worker that is to start (again). */
export function queuedAgain(worker: Worker, evidence: string, at: number): Worker {
  return {
    ...withState(worker, 'queued', evidence, at),
    outcome: null,
    endCode: null,
    endReason: null,
    endedAt: null,
    pid: null,
    activity: null,
    health: 'healthy',
  };
}

/** Whether it has, or is about to have, a process. */
export function isLive(worker: Worker): boolean {
  return worker.state !== 'queued' && worker.state !== 'ended';
}
