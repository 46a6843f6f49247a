import type { Trouble, Worker, WorkerState } from '../../../shared/workers.ts';

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
    workedMs: workedUntil(worker, at),
    queuePosition: state === 'queued' ? worker.queuePosition : null,
    timeline: [
      ...worker.timeline.filter((entry, index, all) => entry.at > at - timelineMs || index === all.length - 1),
      { state, at },
    ].slice(-timelineLength),
  };
}

/** Time at work until a moment, in milliseconds; the present stretch of work included. */
export function workedUntil(worker: Worker, at: number): number {
  return worker.workedMs + (worker.state === 'working' ? Math.max(0, at - worker.stateChangedAt) : 0);
}

/** The row with a trouble that a person should know of. One that is known keeps its age, and is not raised again. */
export function withTrouble(
  worker: Worker,
  trouble: { kind: Trouble['kind']; text: string; fix: string | null },
  at: number,
): Worker {
  const known = worker.troubles.find(({ kind }) => kind === trouble.kind);
  if (known && known.text === trouble.text && known.fix === trouble.fix) return worker;
  return {
    ...worker,
    troubles: [
      ...worker.troubles.filter(({ kind }) => kind !== trouble.kind),
      { ...trouble, since: known?.since ?? at, snoozedUntil: known?.snoozedUntil ?? null },
    ],
  };
}

/** The row without troubles of these kinds. */
export function withoutTroubles(worker: Worker, ...kinds: Trouble['kind'][]): Worker {
  if (!worker.troubles.some(({ kind }) => kinds.includes(kind))) return worker;
  return { ...worker, troubles: worker.troubles.filter(({ kind }) => !kinds.includes(kind)) };
}

/** Troubles of a process: they are over with it. */
const troublesOfProcess = ['stall', 'retry', 'limit-warning'] as const;
/** Troubles of an end: they are over when the worker starts again. */
const troublesOfEnd = ['login', 'setup', 'crash', 'failed', 'limit'] as const;

/** The trouble that an end is to a person; undefined for one that is as it should be. */
function troubleOfEnd(code: Worker['endCode'], reason: string): Parameters<typeof withTrouble>[1] | undefined {
  switch (code) {
    case null:
      return undefined;
    case 'AUTH':
    case 'NOT_LOGGED_IN':
      return { kind: 'login', text: reason, fix: 'Log in with "claude" or set a valid key, then resume.' };
    case 'NOT_INSTALLED':
    case 'TOO_OLD':
    case 'WORKTREE':
    case 'BRANCH_GONE':
    case 'FOLDER_GONE':
      return { kind: 'setup', text: reason, fix: 'Mend what is named, then start it again.' };
    case 'CRASHED':
    case 'HOST_LOST':
      return { kind: 'crash', text: reason, fix: 'Resume goes on in the same session.' };
    case 'LIMIT':
      return { kind: 'limit', text: reason, fix: 'Raise the limit to go on.' };
    default:
      return { kind: 'failed', text: reason, fix: 'Resume tries again in the same session.' };
  }
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
  const over = withoutTroubles(withState(worker, 'ended', end.evidence, at), ...troublesOfProcess, ...troublesOfEnd);
  const trouble = troubleOfEnd(end.code, end.reason);
  return {
    ...(trouble ? withTrouble(over, trouble, at) : over),
    outcome: end.outcome,
    endCode: end.code,
    endReason: end.reason,
    endedAt: at,
    pid: null,
    activity: null,
    retry: null,
    health: end.outcome === 'failed' ? 'unhealthy' : 'healthy',
    healthReason: end.outcome === 'failed' ? end.reason : null,
  };
}

/** The row of a worker that is to start (again). */
export function queuedAgain(worker: Worker, evidence: string, at: number): Worker {
  return {
    ...withoutTroubles(withState(worker, 'queued', evidence, at), ...troublesOfProcess, ...troublesOfEnd),
    outcome: null,
    endCode: null,
    endReason: null,
    endedAt: null,
    pid: null,
    activity: null,
    retry: null,
    health: 'healthy',
    healthReason: null,
  };
}

/** Whether it has, or is about to have, a process. */
export function isLive(worker: Worker): boolean {
  return worker.state !== 'queued' && worker.state !== 'ended';
}
