import { describe, expect, it, vi } from 'vitest';
import type { Alert } from './alerts.ts';
import type { Approval } from './approvals.ts';
import { createNoticeGate, type Focus, type Notice, type NoticeRows, nextWakeAt, noticesOf } from './notices.ts';
import type { Project } from './projects.ts';
import type { Worker } from './workers.ts';

const now = 1_700_000_000_000;
const wanted = { requests: true, troubles: true, finished: true, sound: false, badge: true, alerts: true };
const away: Focus = { focused: false, place: '#/board' };

const project = { id: 'p', name: 'webhooks', trusted: true, trustQuestion: null } as unknown as Project;
const worker = (part: Partial<Worker> = {}) =>
  ({ id: 'w', name: 'Retry tests', projectId: 'p', state: 'working', troubles: [], changes: null, ...part }) as Worker;
const approval = (part: Partial<Approval> = {}) =>
  ({
    id: 'a',
    workerId: 'w',
    projectId: 'p',
    kind: 'tool',
    state: 'waiting',
    summary: 'npm test',
    createdAt: now,
    snoozedUntil: null,
    ...part,
  }) as Approval;
const rows = (part: Partial<NoticeRows> = {}): NoticeRows => ({
  approvals: [],
  workers: [worker()],
  projects: [project],
  alerts: [],
  at: now,
  ...part,
});
const trouble = (kind: Worker['troubles'][number]['kind']) => ({
  kind,
  since: now,
  text: `it is ${kind}`,
  fix: null,
  snoozedUntil: null,
});

describe('noticesOf', () => {
  const asking = rows({ approvals: [approval()] });

  it('names project, worker and what is asked, and leads to it', () => {
    expect(noticesOf(rows(), asking, away, wanted)).toEqual([
      {
        id: 'a',
        kind: 'request',
        title: 'Retry tests asks · webhooks',
        body: 'npm test',
        place: '#/inbox/a',
        approvalId: 'a',
      },
    ]);
  });

  it('says nothing twice, nothing unwanted and nothing of what a rule decided', () => {
    expect(noticesOf(asking, asking, away, wanted)).toEqual([]);
    expect(noticesOf(rows(), asking, away, { ...wanted, requests: false })).toEqual([]);
    const decided = rows({ approvals: [approval({ state: 'allowed', decidedBy: 'rule' })] });
    expect(noticesOf(rows(), decided, away, wanted)).toEqual([]);
  });

  it('is silent about the worker in focus and while the inbox is, but not behind another window', () => {
    const titles = (focus: Focus) => noticesOf(rows(), asking, focus, wanted).length;
    expect(titles({ focused: true, place: '#/worker/w/terminal' })).toBe(0);
    expect(titles({ focused: true, place: '#/inbox' })).toBe(0);
    expect(titles({ focused: true, place: '#/worker/w2' })).toBe(1);
    expect(titles({ focused: false, place: '#/worker/w' })).toBe(1);
  });

  it('is silent about what is snoozed, and speaks when its time is over', () => {
    const snoozed = [approval({ snoozedUntil: now + 1000 })];
    expect(noticesOf(rows(), rows({ approvals: snoozed }), away, wanted)).toEqual([]);
    expect(nextWakeAt(rows({ approvals: snoozed }))).toBe(now + 1000);
    const later = rows({ approvals: snoozed, at: now + 1000 });
    expect(noticesOf(rows({ approvals: snoozed }), later, away, wanted)).toHaveLength(1);
    expect(nextWakeAt(later)).toBeNull();
  });

  it('tells of troubles, without offering to allow them, and leaves retries and context to the page', () => {
    const troubled = (kind: Parameters<typeof trouble>[0]) =>
      noticesOf(rows(), rows({ workers: [worker({ troubles: [trouble(kind)] })] }), away, wanted);
    expect(troubled('crash')).toMatchObject([
      { kind: 'trouble', title: 'Retry tests crashed · webhooks', place: '#/inbox/w%3Acrash', approvalId: null },
    ]);
    expect(troubled('retry')).toEqual([]);
    expect(troubled('context')).toEqual([]);
    const both = rows({ workers: [worker({ troubles: [trouble('crash')] })], approvals: [approval()] });
    expect(noticesOf(rows(), both, away, { ...wanted, troubles: false }).map(({ id }) => id)).toEqual(['a']);
  });

  it('tells that a turn is over when that is wanted', () => {
    const idle = rows({ workers: [worker({ state: 'idle', changes: { files: 2, additions: 3, deletions: 1 } })] });
    expect(noticesOf(rows(), idle, away, wanted)).toMatchObject([
      { kind: 'finished', title: 'Retry tests finished · webhooks', body: '2 files changed', place: '#/worker/w' },
    ]);
    expect(noticesOf(rows(), idle, away, { ...wanted, finished: false })).toEqual([]);
    const stopped = rows({ workers: [worker({ state: 'ended', outcome: 'stopped' })] });
    expect(noticesOf(rows(), stopped, away, wanted)).toEqual([]);
  });
});

describe('createNoticeGate', () => {
  const notice = (id: string): Notice => ({
    id,
    kind: 'request',
    title: `${id} asks · webhooks`,
    body: 'npm test',
    place: `#/inbox/${id}`,
    approvalId: null,
  });

  function gateAt() {
    const show = vi.fn<(notice: Notice) => void>();
    const withdraw = vi.fn<(id: string) => void>();
    let clock = 0;
    let timers: { at: number; run: () => void }[] = [];
    const gate = createNoticeGate({
      show,
      withdraw,
      now: () => clock,
      later(run, ms) {
        const timer = { at: clock + ms, run };
        timers.push(timer);
        return () => {
          timers = timers.filter((other) => other !== timer);
        };
      },
    });
    const pass = (ms: number): void => {
      clock += ms;
      const due = timers.filter(({ at }) => at <= clock);
      timers = timers.filter(({ at }) => at > clock);
      for (const { run } of due) run();
    };
    return { gate, show, withdraw, pass, shown: () => show.mock.calls.map(([{ title }]) => title) };
  }

  it('lets a few through one by one', () => {
    const { gate, shown, pass } = gateAt();
    gate.add([notice('a'), notice('b'), notice('c')]);
    expect(shown()).toEqual([]);
    pass(250);
    expect(shown()).toEqual(['a asks · webhooks', 'b asks · webhooks', 'c asks · webhooks']);
  });

  it('makes one of more than three within two seconds, and takes back those before it', () => {
    const { gate, show, withdraw, pass } = gateAt();
    gate.add([notice('a'), notice('b')]);
    pass(250);
    gate.add([notice('c'), notice('d'), notice('e')]);
    pass(250);
    expect(withdraw.mock.calls.flat()).toEqual(['a', 'b']);
    expect(show).toHaveBeenLastCalledWith({
      id: 'several',
      kind: 'request',
      title: '5 requests wait',
      body: 'a asks, b asks, c asks, d asks, e asks',
      place: '#/inbox',
      approvalId: null,
    });
    expect(show).toHaveBeenCalledTimes(3);
    gate.add([notice('f')]);
    pass(250);
    expect(show.mock.lastCall?.[0].title).toBe('6 requests wait');
  });

  it('of an alert only where it is wanted there', () => {
    const alert = { id: 'own_1', title: 'Dear', text: 'Cost: 9 USD.', state: 'firing', flapping: false } as Alert;
    const quiet = { ...alert, acknowledgedAt: null, silencedUntil: null };
    const told = (after: Alert) => noticesOf(rows(), rows({ alerts: [after] }), away, wanted);
    expect(told({ ...quiet, notice: true })).toMatchObject([{ id: 'alert:own_1', title: 'Dear' }]);
    expect(told({ ...quiet, notice: false })).toEqual([]);
  });

  it('speaks of single ones again when the burst is over', () => {
    const { gate, shown, pass } = gateAt();
    gate.add(['a', 'b', 'c', 'd'].map(notice));
    pass(250);
    pass(2000);
    gate.add([notice('e')]);
    pass(250);
    expect(shown()).toEqual(['4 requests wait', 'e asks · webhooks']);
  });

  it('never shows what was decided at once, and takes back what is decided later', () => {
    const { gate, show, withdraw, pass } = gateAt();
    gate.add([notice('a')]);
    gate.drop('a');
    pass(250);
    expect(show).not.toHaveBeenCalled();
    gate.add([notice('b')]);
    pass(250);
    gate.drop('b');
    expect(withdraw.mock.calls.flat()).toEqual(['b']);
  });
});
