import { join } from 'node:path';
import { Menu, type MenuItemConstructorOptions, nativeImage, Tray } from 'electron';
import type { HealthState } from '../../shared/health.ts';
import type { InboxItem } from '../../shared/inbox.ts';
import type { DesktopLog } from './desktop-log.ts';

/** What the tray shows: how much runs, and what waits, most urgent first. */
export interface TrayView {
  running: number;
  /** How the house itself stands, and what of it fails. */
  health: HealthState['status'];
  problem: string | null;
  items: readonly { id: string; label: string; late: boolean }[];
}

type TrayState = 'idle' | 'working' | 'waiting' | 'late';

/** What is shown: somebody waits too long or failed, before somebody waits, before somebody works. */
export function trayState({ running, items, health }: TrayView): TrayState {
  if (health === 'unhealthy') return 'late';
  if (items.length > 0) return items.some(({ late }) => late) ? 'late' : 'waiting';
  if (health === 'degraded') return 'waiting';
  return running > 0 ? 'working' : 'idle';
}

/** The lines that say how things stand. */
export function trayLines({ running, items, health, problem }: TrayView): {
  running: string;
  waiting: string;
  health: string | null;
} {
  const waiting = items.length;
  return {
    running: running === 0 ? 'No worker runs' : `${running} ${running === 1 ? 'worker runs' : 'workers run'}`,
    health: problem === null ? null : `${problem} ${health === 'unhealthy' ? 'fails: nothing can be kept' : 'fails'}`,
    waiting: waiting === 0 ? 'Nothing waits for you' : `${waiting} ${waiting === 1 ? 'waits' : 'wait'} for you`,
  };
}

const failedKinds: readonly InboxItem['kind'][] = ['login', 'setup', 'crash', 'failed'];

/** Menus are narrow. */
const longestLabel = 60;

/** An item of the inbox as a line of the tray's menu. */
export function trayItem(
  item: InboxItem,
  name: string | undefined,
  now: number,
  lateSeconds: number,
): TrayView['items'][number] {
  const text = `${name ?? 'Repository'}: ${item.text.replaceAll(/\s+/g, ' ')}`;
  return {
    id: item.id,
    label: text.length > longestLabel ? `${text.slice(0, longestLabel - 1)}…` : text,
    late: failedKinds.includes(item.kind) || (item.urgency !== 'info' && now - item.since >= lateSeconds * 1000),
  };
}

/** Longer lists are for the window. */
const mostItems = 10;

/** The sign in the system's tray: its shape says the worst state, its menu what waits. Undefined where there is no tray. */
export function createTray(deps: {
  imagesFolder: string;
  open: () => void;
  openPlace: (fragment: string) => void;
  quit: (stopWorkers: boolean) => void;
  log: DesktopLog;
}) {
  const mac = process.platform === 'darwin';
  const images = new Map<TrayState, Electron.NativeImage>();
  for (const state of ['idle', 'working', 'waiting', 'late'] as const) {
    images.set(state, nativeImage.createFromPath(join(deps.imagesFolder, `tray-${state}${mac ? 'Template' : ''}.png`)));
  }
  const imageOf = (state: TrayState) => images.get(state) ?? nativeImage.createEmpty();
  let shown = '';
  let tray: Tray;
  try {
    tray = new Tray(imageOf('idle'));
  } catch (error) {
    deps.log.info({ error }, 'this desktop has no tray; starting the app again brings the window back');
    return undefined;
  }

  function menu(view: TrayView): Menu {
    const lines = trayLines(view);
    const items: MenuItemConstructorOptions[] = view.items.slice(0, mostItems).map(({ id, label }) => ({
      id: `item:${id}`,
      // A single & would underline what follows it.
      label: label.replaceAll('&', '&&'),
      click: () => deps.openPlace(`#/inbox/${encodeURIComponent(id)}`),
    }));
    return Menu.buildFromTemplate([
      { id: 'open', label: 'Open Control Room', click: deps.open },
      { type: 'separator' },
      ...(lines.health ? [{ id: 'health', label: lines.health, click: () => deps.openPlace('#/health') }] : []),
      { id: 'running', label: lines.running, enabled: false },
      {
        id: 'waiting',
        label: lines.waiting,
        enabled: view.items.length > 0,
        click: () => deps.openPlace('#/inbox'),
      },
      ...items,
      { type: 'separator' },
      { id: 'quit', label: 'Quit, Workers Go On', click: () => deps.quit(false) },
      { id: 'quit-and-stop', label: 'Stop Workers and Quit…', click: () => deps.quit(true) },
    ]);
  }

  function update(view: TrayView): void {
    const key = JSON.stringify(view);
    if (key === shown) return;
    shown = key;
    const lines = trayLines(view);
    tray.setImage(imageOf(trayState(view)));
    tray.setToolTip(
      `Control Room: ${lines.running.toLowerCase()}, ${lines.waiting.toLowerCase()}${lines.health ? `; ${lines.health}` : ''}`,
    );
    tray.setContextMenu(menu(view));
  }
  update({ running: 0, health: 'healthy', problem: null, items: [] });
  tray.on('click', deps.open);

  return {
    update(view: TrayView): void {
      if (!tray.isDestroyed()) update(view);
    },
    close(): void {
      if (!tray.isDestroyed()) tray.destroy();
    },
  };
}
