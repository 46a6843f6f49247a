import type { InboxSum } from '../data/worker-state.ts';

const names: Record<string, string> = {
  board: 'Board',
  inbox: 'Inbox',
  settings: 'Settings',
  doctor: 'Doctor',
  logs: 'Logs',
  health: 'Health',
  terminal: 'Terminals',
  terminals: 'Terminals',
  recording: 'Recording',
  sessions: 'Sessions',
  session: 'Session',
  usage: 'Usage',
  changes: 'Changes of sessions',
};

/** Title of the page: how much waits comes first, before it a sign while Control Room itself is not well. */
export function titleOf(waiting: number, view: string, workerName: string | undefined, isUnhealthy = false): string {
  return `${isUnhealthy ? '⚠ ' : ''}${waiting > 0 ? `(${waiting}) ` : ''}${workerName ?? names[view] ?? 'Board'} · Control Room`;
}

/** Draws the tab's icon: the brand while all is well, the mark of the worst state while something waits. */
export function drawFavicon(mark: InboxSum['worst'], color: (name: string) => string): string {
  const accent = color('--accent');
  const ground = color('--bg-rail');
  const badge =
    mark === null || mark === 'info'
      ? ''
      : mark === 'needs'
        ? `<rect x="8.2" y="8.2" width="8.6" height="8.6" rx="1.4" transform="rotate(45 12.5 12.5) translate(1.4 1.4)" fill="${color('--needs-mark')}" stroke="${ground}" stroke-width="1.6"/>`
        : `<rect x="8.2" y="8.2" width="8.6" height="8.6" rx="1.4" transform="rotate(45 12.5 12.5) translate(1.4 1.4)" fill="${color('--late')}" stroke="${ground}" stroke-width="1.6"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" fill="none"><rect width="20" height="20" rx="5" fill="${ground}"/><g stroke="${accent}" stroke-width="1.5" stroke-linecap="round"><rect x="1" y="1" width="18" height="18" rx="4.5"/><path d="M5 12.5a5 5 0 0 1 10 0M10 12.5 12.6 8"/></g><circle cx="10" cy="12.5" r="1.2" fill="${accent}"/>${badge}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
