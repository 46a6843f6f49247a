import { createRouterClient } from '@orpc/server';
import type { HealthState } from '../../shared/health.ts';
import type { ApprovalId } from '../../shared/ids.ts';
import type { InboxItem } from '../../shared/inbox.ts';
import { inboxOf, isSnoozed } from '../../shared/inbox-items.ts';
import { type NoticeRows, nextWakeAt } from '../../shared/notices.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Orchestrator } from '../orchestrator/index.ts';
import type { DesktopLog } from './desktop-log.ts';

/** What the desktop shows of the room while its window may be closed. */
export interface RoomView {
  rows: NoticeRows;
  settings: Settings;
  /** How the house itself stands. */
  health: HealthState;
  /** What waits and is not snoozed, most urgent first. */
  waiting: InboxItem[];
  running: number;
}

/** Changes come in bursts; they are looked at together. */
const gatherMs = 30;
/** A timer can wait no longer than this. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Follows the rows that can call for a person, as every surface does: state first, then events. `onChange` gets each new
 * view and the one before it; it is called again when the time of something snoozed is over.
 */
export function watchRoom(deps: {
  orchestrator: Orchestrator;
  onChange: (view: RoomView, before: RoomView | undefined) => void;
  log: DesktopLog;
}) {
  const { log } = deps;
  const client = createRouterClient(deps.orchestrator.router, {
    context: { access: 'admin', name: 'you', from: 'desktop notification' },
  });
  const ended = new AbortController();
  let view: RoomView | undefined;
  let gathering: NodeJS.Timeout | undefined;
  let waking: NodeJS.Timeout | undefined;

  async function follow(): Promise<void> {
    const state = await client.events.state();
    const approvals = new Map(state.approvals.filter((row) => row.state === 'waiting').map((row) => [row.id, row]));
    const workers = new Map(state.workers.map((row) => [row.id, row]));
    const projects = new Map(state.projects.map((row) => [row.id, row]));
    const alerts = new Map(state.alerts.map((row) => [row.id, row]));
    let { health } = state;
    let settings = state.settings.values;

    function publish(): void {
      clearTimeout(gathering);
      gathering = undefined;
      if (ended.signal.aborted) return;
      const rows: NoticeRows = {
        approvals: [...approvals.values()],
        workers: [...workers.values()],
        projects: [...projects.values()],
        alerts: [...alerts.values()],
        at: Date.now(),
      };
      const next: RoomView = {
        rows,
        settings,
        health,
        waiting: inboxOf(rows, rows.at).filter((item) => !isSnoozed(item, rows.at)),
        running: rows.workers.filter((worker) => worker.state !== 'ended' && worker.state !== 'queued').length,
      };
      const before = view;
      view = next;
      deps.onChange(next, before);
      clearTimeout(waking);
      const wakeAt = nextWakeAt(rows);
      if (wakeAt !== null)
        waking = setTimeout(publish, Math.min(longestTimerMs, Math.max(0, wakeAt - rows.at) + gatherMs));
    }

    publish();
    for await (const event of await client.events.subscribe({ since: state.seq }, { signal: ended.signal })) {
      switch (event.type) {
        case 'resync':
          return;
        case 'approval.changed':
          if (event.approval.state === 'waiting') approvals.set(event.approval.id, event.approval);
          else approvals.delete(event.approval.id);
          break;
        case 'worker.changed':
          workers.set(event.worker.id, event.worker);
          break;
        case 'worker.removed':
          workers.delete(event.id);
          break;
        case 'project.changed':
          projects.set(event.project.id, event.project);
          break;
        case 'project.removed':
          projects.delete(event.id);
          break;
        case 'health.changed':
          health = event.health;
          break;
        case 'alerts.changed':
          for (const alert of event.alerts) alerts.set(alert.id, alert);
          break;
        case 'alert.removed':
          alerts.delete(event.id);
          break;
        case 'settings.changed':
          settings = event.settings.values;
          break;
        default:
          continue;
      }
      gathering ??= setTimeout(publish, gatherMs);
    }
  }

  async function run(): Promise<void> {
    while (!ended.signal.aborted) await follow();
  }
  run().catch((error: unknown) => {
    if (!ended.signal.aborted) log.error({ error }, 'tray and notifications no longer follow the room');
  });

  return {
    /** Decides a request from outside of the window. One that is over already is no error here. */
    decide(id: ApprovalId, decision: 'allow' | 'deny'): void {
      client.approvals
        .decide({ id, decision })
        .catch((error: unknown) => log.warn({ error, approval: id }, 'a notification’s answer came too late'));
    },
    close(): void {
      ended.abort();
      clearTimeout(gathering);
      clearTimeout(waking);
    },
  };
}
