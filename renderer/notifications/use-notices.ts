import { useEffect } from 'react';
import { isNoticed } from '../../shared/loud-alerts.ts';
import {
  alertNoticeId,
  createNoticeGate,
  type Notice,
  type NoticeRows,
  nextWakeAt,
  noticesOf,
} from '../../shared/notices.ts';
import type { Rows } from '../data/apply-event.ts';
import { serverNow } from '../data/clock.ts';
import { useStore } from '../data/store.ts';
import { notificationPermission } from './ask-to-notify.tsx';
import { playTone, prepareTone } from './tone.ts';

function noticeRows(rows: Rows): NoticeRows {
  return {
    approvals: Object.values(rows.approvals),
    workers: Object.values(rows.workers),
    projects: Object.values(rows.projects),
    alerts: Object.values(rows.alerts),
    at: serverNow(),
  };
}

/** A timer can wait no longer than this. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Brings what comes up to the user's attention while the page is open: a notification of the browser where it may, a tone
 * where it is wanted. In the desktop window the app itself notifies, and the page adds the tone.
 */
export function useNotices(): void {
  useEffect(() => {
    const shown = new Map<string, Notification>();
    const gate = createNoticeGate({
      show(notice) {
        if (useStore.getState().rows.settings?.values.notifications.sound) playTone(notice.kind);
        if (notificationPermission() === 'granted') shown.set(notice.id, showNotification(notice));
      },
      withdraw(id) {
        shown.get(id)?.close();
        shown.delete(id);
      },
      now: () => performance.now(),
      later(run, ms) {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    });
    let before: NoticeRows | null = null;
    let waiting = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;

    function look(): void {
      const { rows, system } = useStore.getState();
      const wanted = rows.settings?.values.notifications;
      if (!system || !wanted) return;
      const after = noticeRows(rows);
      if (before) {
        gate.add(noticesOf(before, after, { focused: document.hasFocus(), place: location.hash }, wanted));
        const now = idsOf(after);
        for (const id of waiting) if (!now.has(id)) gate.drop(id);
        waiting = now;
      } else waiting = idsOf(after);
      before = after;
      clearTimeout(timer);
      const wakeAt = nextWakeAt(after);
      if (wakeAt !== null) timer = setTimeout(look, Math.min(longestTimerMs, Math.max(0, wakeAt - after.at) + 50));
    }

    prepareTone();
    look();
    const stop = useStore.subscribe((state, last) => {
      if (
        state.rows.approvals !== last.rows.approvals ||
        state.rows.workers !== last.rows.workers ||
        state.rows.alerts !== last.rows.alerts ||
        state.rows.projects !== last.rows.projects
      )
        look();
    });
    return () => {
      stop();
      clearTimeout(timer);
      gate.close();
      for (const notification of shown.values()) notification.close();
    };
  }, []);
}

/** Ids of everything that may have a notice and is not over. */
function idsOf(rows: NoticeRows): Set<string> {
  const ids = new Set<string>();
  for (const approval of rows.approvals)
    if (approval.state === 'waiting' && (approval.snoozedUntil ?? 0) <= rows.at) ids.add(approval.id);
  for (const worker of rows.workers) for (const { kind } of worker.troubles) ids.add(`${worker.id}:${kind}`);
  for (const alert of rows.alerts) if (isNoticed(alert, rows.at)) ids.add(alertNoticeId(alert.id));
  for (const project of rows.projects) if (project.trustQuestion && !project.trusted) ids.add(`${project.id}:trust`);
  return ids;
}

function showNotification(notice: Notice): Notification {
  // With a tag several tabs of this page show it once. The sound is ours.
  const notification = new Notification(notice.title, { body: notice.body, tag: notice.id, silent: true });
  notification.addEventListener('click', () => {
    window.focus();
    location.hash = notice.place;
    notification.close();
  });
  return notification;
}
