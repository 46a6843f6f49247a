import type { Alert } from './alerts.ts';
import type { Approval } from './approvals.ts';
import type { InboxItem } from './inbox.ts';
import { inboxOf, isSnoozed } from './inbox-items.ts';
import { isNoticed } from './loud-alerts.ts';
import type { Project } from './projects.ts';
import type { Settings } from './settings.ts';
import type { Worker } from './workers.ts';

/** Rows as of a moment, as far as they can call for a person. */
export interface NoticeRows {
  approvals: readonly Approval[];
  workers: readonly Worker[];
  projects: readonly Project[];
  alerts: readonly Alert[];
  at: number;
}

/** Where the user looks: nothing about that is brought to their attention. */
export interface Focus {
  /** The window is in front and has the keyboard. */
  focused: boolean;
  /** The fragment of its address, such as `#/worker/w-1/terminal`. */
  place: string;
}

/** Something to bring to the user's attention. */
export interface Notice {
  /** The same for the same thing: a notice takes the place of an older one with its id. */
  id: string;
  kind: 'request' | 'trouble' | 'finished';
  /** Worker and project. */
  title: string;
  /** What is asked or what happened. */
  body: string;
  /** The fragment of the page that shows it. */
  place: string;
  /** Set where "Allow" and "Deny" are whole answers. */
  approvalId: Approval['id'] | null;
}

/** Worth a look, but not worth an alarm. */
const quietKinds: readonly InboxItem['kind'][] = ['retry', 'context'];

const kindWords: Record<InboxItem['kind'], string> = {
  tool: 'asks',
  question: 'asks',
  plan: 'has a plan',
  trust: 'wants trust',
  login: 'needs a login',
  setup: 'could not start',
  crash: 'crashed',
  failed: 'failed',
  stall: 'is stalled',
  limit: 'reached a limit',
  'limit-warning': 'is near a limit',
  retry: 'is retried',
  context: 'is nearly full',
};

function isRequest(item: InboxItem): boolean {
  return item.kind === 'tool' || item.kind === 'question' || item.kind === 'plan';
}

/** Whether the user has it before their eyes. */
function isSeen(item: { workerId: string | null }, focus: Focus): boolean {
  if (!focus.focused) return false;
  if (/^#\/inbox(\/|$)/.test(focus.place)) return true;
  return item.workerId !== null && new RegExp(`^#/worker/${item.workerId}(/|$)`).test(focus.place);
}

/**
 * What came up between two moments that the user wants to be told of. Snoozed items do not count until their time is
 * over; what a rule decided was never in the inbox.
 */
export function noticesOf(
  before: NoticeRows,
  after: NoticeRows,
  focus: Focus,
  wanted: Settings['notifications'],
): Notice[] {
  const known = new Set(awake(before).map(({ id }) => id));
  const workers = new Map(after.workers.map((worker) => [worker.id, worker]));
  const projects = new Map(after.projects.map((project) => [project.id, project]));
  const notices: Notice[] = [];
  for (const item of awake(after)) {
    if (known.has(item.id) || quietKinds.includes(item.kind) || isSeen(item, focus)) continue;
    if (!(isRequest(item) ? wanted.requests : wanted.troubles)) continue;
    const worker = item.workerId ? workers.get(item.workerId) : undefined;
    const project = projects.get(item.projectId)?.name;
    const who = worker?.name ?? project ?? 'Control Room';
    const verb = kindWords[item.kind];
    notices.push({
      id: item.id,
      kind: isRequest(item) ? 'request' : 'trouble',
      title: worker && project ? `${who} ${verb} · ${project}` : `${who} ${verb}`,
      body: shortened(item.text),
      place: `#/inbox/${encodeURIComponent(item.id)}`,
      approvalId: item.kind === 'tool' || item.kind === 'plan' ? item.approvalId : null,
    });
  }
  if (wanted.alerts) notices.push(...alertNotices(before, after, focus));
  if (wanted.finished) {
    const states = new Map(before.workers.map((worker) => [worker.id, worker.state]));
    for (const worker of after.workers) {
      if (!hasFinished(states.get(worker.id), worker) || isSeen({ workerId: worker.id }, focus)) continue;
      const project = projects.get(worker.projectId)?.name;
      const files = worker.changes?.files ?? 0;
      notices.push({
        id: `${worker.id}:finished`,
        kind: 'finished',
        title: `${worker.name} finished${project ? ` · ${project}` : ''}`,
        body: files > 0 ? `${files} ${files === 1 ? 'file' : 'files'} changed` : 'Its turn is over.',
        place: `#/worker/${encodeURIComponent(worker.id)}`,
        approvalId: null,
      });
    }
  }
  return notices;
}

/** Of alerts that fire and were not told yet. What is looked at, acknowledged, silenced or flaps is not told. */
function alertNotices(before: NoticeRows, after: NoticeRows, focus: Focus): Notice[] {
  if (focus.focused && /^#\/health(\/|$)/.test(focus.place)) return [];
  const told = new Set(before.alerts.filter((alert) => isNoticed(alert, before.at)).map(({ id }) => id));
  return after.alerts
    .filter((alert) => isNoticed(alert, after.at) && !told.has(alert.id))
    .map(({ id, title, text, fix }) => ({
      id: alertNoticeId(id),
      kind: 'trouble',
      title,
      body: shortened(text ?? fix),
      place: '#/health/alerts',
      approvalId: null,
    }));
}

/** The id of the notice about an alert. */
export function alertNoticeId(id: string): string {
  return `alert:${id}`;
}

function awake(rows: NoticeRows): InboxItem[] {
  return inboxOf(rows, rows.at).filter((item) => !isSnoozed(item, rows.at));
}

function hasFinished(before: Worker['state'] | undefined, worker: Worker): boolean {
  if (before !== 'working') return false;
  return worker.state === 'idle' || (worker.state === 'ended' && worker.outcome === 'done');
}

/** Desktops cut longer texts where they like. */
const longestBody = 200;

function shortened(text: string): string {
  return text.length > longestBody ? `${text.slice(0, longestBody - 1)}…` : text;
}

/** When the next snoozed thing comes back, if one does. */
export function nextWakeAt(rows: NoticeRows): number | null {
  const times = inboxOf(rows, rows.at).flatMap((item) =>
    isSnoozed(item, rows.at) && item.snoozedUntil !== null ? [item.snoozedUntil] : [],
  );
  return times.length > 0 ? Math.min(...times) : null;
}

/** A notice waits this long, so that what is decided at once alarms nobody. */
const holdMs = 250;
/** More than this many within the window become one. */
const burst = 3;
const burstWindowMs = 2000;

/**
 * Lets notices through one by one while they are few. More than three within two seconds become a single one that counts
 * them, and the ones shown before it are withdrawn.
 */
export function createNoticeGate(deps: {
  show: (notice: Notice) => void;
  withdraw: (id: string) => void;
  now: () => number;
  /** Runs something later; gives what cancels it. */
  later: (run: () => void, ms: number) => () => void;
}) {
  const held = new Map<string, Notice>();
  let recent: { notice: Notice; at: number }[] = [];
  let together: Notice[] = [];
  let cancel: (() => void) | null = null;

  function letThrough(): void {
    cancel = null;
    const now = deps.now();
    const due = [...held.values()];
    held.clear();
    if (due.length === 0) return;
    recent = recent.filter(({ at }) => now - at < burstWindowMs);
    if (recent.length === 0) together = [];
    recent.push(...due.map((notice) => ({ notice, at: now })));
    if (recent.length <= burst) {
      for (const notice of due) deps.show(notice);
      return;
    }
    if (together.length === 0) {
      for (const { notice } of recent) if (!due.includes(notice)) deps.withdraw(notice.id);
      together = recent.map(({ notice }) => notice);
    } else together.push(...due);
    deps.show(summaryOf(together));
  }

  return {
    add(notices: readonly Notice[]): void {
      for (const notice of notices) held.set(notice.id, notice);
      if (held.size > 0) cancel ??= deps.later(letThrough, holdMs);
    },
    /** What no longer waits: it is not shown any more, or taken back. */
    drop(id: string): void {
      if (held.delete(id)) return;
      deps.withdraw(id);
    },
    close(): void {
      cancel?.();
      cancel = null;
      held.clear();
    },
  };
}

/** The id of the notice that stands for many. */
export const summaryId = 'several';

function summaryOf(notices: readonly Notice[]): Notice {
  const requests = notices.filter(({ kind }) => kind === 'request').length;
  const words =
    requests === notices.length
      ? `${requests} requests wait`
      : requests === 0
        ? `${notices.length} things happened`
        : `${notices.length} things want you`;
  const names = [...new Set(notices.map(({ title }) => title.split(' · ')[0] ?? title))];
  return {
    id: summaryId,
    kind: requests > 0 ? 'request' : (notices[0]?.kind ?? 'trouble'),
    title: words,
    body: shortened(names.join(', ')),
    place: '#/inbox',
    approvalId: null,
  };
}
