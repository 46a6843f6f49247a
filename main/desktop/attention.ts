import { app, type NativeImage, Notification } from 'electron';
import type { ApprovalId } from '../../shared/ids.ts';
import { isNoticed } from '../../shared/loud-alerts.ts';
import { alertNoticeId, createNoticeGate, type Notice, noticesOf } from '../../shared/notices.ts';
import type { DesktopLog } from './desktop-log.ts';
import type { MainWindow } from './main-window.ts';
import type { RoomView } from './room-watch.ts';

/** Notifications of the desktop and the count on the app's icon. The page adds the tone. */
export function createAttention(deps: {
  window: MainWindow;
  /** Laid over the icon in the taskbar where numbers cannot be. */
  overlay: NativeImage;
  decide: (id: ApprovalId, decision: 'allow' | 'deny') => void;
  log: DesktopLog;
}) {
  const { window } = deps;
  const shown = new Map<string, Notification>();
  let counted = -1;

  const gate = createNoticeGate({
    show(notice) {
      shown.get(notice.id)?.close();
      if (Notification.isSupported()) shown.set(notice.id, show(notice));
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

  function show(notice: Notice): Notification {
    const { approvalId } = notice;
    const notification = new Notification({
      title: notice.title,
      body: notice.body,
      silent: true,
      // Where the platform knows no buttons, it leaves them out.
      actions: approvalId
        ? [
            { type: 'button', text: 'Allow' },
            { type: 'button', text: 'Deny' },
          ]
        : [],
    });
    notification.on('click', () => window.go(notice.place));
    notification.on('action', (details, index) => {
      // Newer versions say it in the event alone, older ones beside it.
      const pressed = details.actionIndex ?? index;
      if (approvalId) deps.decide(approvalId, pressed === 0 ? 'allow' : 'deny');
    });
    notification.on('failed', (_event, error) => deps.log.warn({ error }, 'a notification could not be shown'));
    notification.on('close', () => {
      if (shown.get(notice.id) === notification) shown.delete(notice.id);
    });
    notification.show();
    return notification;
  }

  function count(view: RoomView): void {
    const waiting = view.settings.notifications.badge ? view.waiting.length : 0;
    if (waiting === counted) return;
    counted = waiting;
    app.setBadgeCount(waiting);
    window.setOverlay(waiting > 0 ? deps.overlay : null, waiting > 0 ? `${waiting} wait for you` : '');
  }

  return {
    update(view: RoomView, before: RoomView | undefined): void {
      count(view);
      if (!before) return;
      const now = new Set(view.waiting.map(({ id }) => id));
      for (const { id } of before.waiting) if (!now.has(id)) gate.drop(id);
      const { alerts, at } = view.rows;
      const noticed = new Set(alerts.filter((alert) => isNoticed(alert, at)).map(({ id }) => id));
      for (const { id } of before.rows.alerts) if (!noticed.has(id)) gate.drop(alertNoticeId(id));
      gate.add(noticesOf(before.rows, view.rows, window.focus(), view.settings.notifications));
    },
    close(): void {
      gate.close();
      for (const notification of shown.values()) notification.close();
      shown.clear();
    },
  };
}
