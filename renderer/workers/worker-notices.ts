import { limitUse } from '../../shared/limit-use.ts';
import type { Trouble, Worker } from '../../shared/workers.ts';
import { endWords } from '../app/state-words.ts';
import { spentOf } from './limit-words.ts';

/** What helps with a condition of a worker; each is a button. */
export type NoticeAction =
  | 'resume'
  | 'resume-now'
  | 'do-not-resume'
  | 'stop-trying'
  | 'interrupt'
  | 'raise-limit'
  | 'project-limits'
  | 'day-limits'
  | 'compact'
  | 'set-aside';

/** A condition of a worker that a person should know of, and the button that helps. */
export interface Notice {
  id: string;
  tone: 'failed' | 'needs' | 'plain';
  text: string;
  /** What to do, in a sentence, where the button does not say it. */
  fix: string | null;
  /** Something will happen by itself at a moment: what is said until then, and from then on. */
  countdown: { to: number; before: string; now: string; after: string } | null;
  actions: readonly NoticeAction[];
}

/** Resumed by itself at most so often. */
const recoveryAttempts = 3;

/** From this share of the model's window on it is a warning, in percent. */
export const contextWarnPercent = 90;

/** All conditions of a worker, the worst first. */
export function noticesOf(worker: Worker, now: number): Notice[] {
  const notices: Notice[] = [];
  const trouble = (kind: Trouble['kind']) => worker.troubles.find((one) => one.kind === kind);
  if (worker.state === 'ended') {
    const notice = endNotice(worker);
    return notice ? [notice] : [];
  }
  if (worker.state === 'waiting' && worker.waitingFor === 'limit') {
    notices.push({
      id: 'limit',
      tone: 'needs',
      text: trouble('limit')?.text ?? worker.activity?.text ?? 'A limit was reached.',
      fix: 'It waits and goes on by itself as soon as the limit is raised.',
      countdown: null,
      actions: [whoseLimit(worker, trouble('limit'), now)],
    });
  }
  const { retry } = worker;
  if (retry) {
    notices.push({
      id: 'retry',
      tone: retry.status === 401 || retry.status === 403 ? 'failed' : 'needs',
      text: `The API refuses for now${retry.status ? ` (${retry.status})` : ''}: ${retry.error.replaceAll('_', ' ')}.`.replace(
        '..',
        '.',
      ),
      fix: retry.status === 401 ? 'A credential is missing or wrong: trying again will not help.' : null,
      countdown: {
        to: retry.nextAt,
        before: 'Tries again in',
        now: 'Trying again',
        after: `attempt ${retry.attempt} of ${retry.attempts}`,
      },
      actions: ['stop-trying'],
    });
  }
  const login = trouble('login');
  if (login && !retry) {
    notices.push({
      id: 'login',
      tone: 'failed',
      text: login.text,
      fix: login.fix,
      countdown: null,
      actions: worker.state === 'working' ? ['interrupt'] : [],
    });
  }
  const stall = trouble('stall');
  if (stall) {
    notices.push({
      id: 'stall',
      tone: 'needs',
      text: worker.healthReason ? `No sign of life: ${worker.healthReason}.` : stall.text,
      fix: stall.fix,
      countdown: null,
      actions: ['interrupt'],
    });
  }
  if (worker.contextPercent !== null && worker.contextPercent >= contextWarnPercent) {
    notices.push({
      id: 'context',
      tone: 'needs',
      text: `The context is ${Math.round(worker.contextPercent)} % full.`,
      fix: 'Compacting keeps a summary of what was said and makes room.',
      countdown: null,
      actions: ['compact'],
    });
  }
  const warning = trouble('limit-warning');
  if (warning) {
    notices.push({
      id: 'limit-warning',
      tone: 'plain',
      text: warning.text,
      fix: null,
      countdown: null,
      actions: [whoseLimit(worker, warning, now)],
    });
  }
  return notices;
}

/** Whose limit it is that a trouble tells of, as the button that leads to it. */
function whoseLimit(worker: Worker, trouble: Trouble | undefined, now: number): NoticeAction {
  if (trouble?.text.startsWith('Project ')) return 'project-limits';
  if (trouble?.text.startsWith('Today ')) return 'day-limits';
  if (trouble || limitUse(worker.limits, spentOf(worker, now)).some(({ part }) => part >= 1)) return 'raise-limit';
  return 'day-limits';
}

function endNotice(worker: Worker): Notice | null {
  const { recovery } = worker;
  const trouble = worker.troubles.find(({ kind }) => ['login', 'setup', 'crash', 'failed', 'limit'].includes(kind));
  if (recovery.nextAt !== null) {
    return {
      id: 'recovery',
      tone: 'failed',
      text: endWords(worker),
      fix: null,
      countdown: {
        to: recovery.nextAt,
        before: 'Resumes by itself in',
        now: 'Resuming by itself',
        after: `attempt ${recovery.attempts + 1} of ${recoveryAttempts}`,
      },
      actions: ['resume-now', 'do-not-resume'],
    };
  }
  const bad = worker.outcome === 'failed' || worker.outcome === 'limit';
  const limited = worker.outcome === 'limit' || worker.endCode === 'LIMIT';
  return {
    id: 'ended',
    tone: bad ? 'failed' : 'plain',
    text: endWords(worker),
    fix:
      trouble?.fix && !['crash', 'failed'].includes(trouble.kind)
        ? trouble.fix
        : recovery.attempts >= recoveryAttempts
          ? `It was resumed by itself ${recovery.attempts} times in vain.`
          : null,
    countdown: null,
    actions: limited ? ['raise-limit', 'resume'] : trouble ? ['resume', 'set-aside'] : ['resume'],
  };
}

/** Which limit a worker waits at, in words; undefined when it waits at none. */
export function limitText(worker: Worker): string | undefined {
  return worker.state === 'waiting' && worker.waitingFor === 'limit' ? noticesOf(worker, 0)[0]?.text : undefined;
}

/** Whether a worker's health has something to say that no notice of it says already. */
export function healthIsNews(worker: Worker): boolean {
  if (worker.state === 'ended' || worker.health === 'healthy' || worker.retry) return false;
  return !worker.troubles.some(({ kind }) => kind === 'stall');
}

/** How long until a moment, as a countdown: "12 s", "1 m 04 s"; "0 s" when it is past. */
export function countdownWords(toMs: number): string {
  const seconds = Math.max(0, Math.ceil(toMs / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`;
}
