import { join } from 'node:path';
import { app, Menu, nativeImage, Tray } from 'electron';
import type { DesktopLog } from './desktop-log.ts';

export interface Counts {
  running: number;
  waiting: number;
}

type TrayState = 'idle' | 'working' | 'waiting';

/** What is shown: somebody waits before somebody works before nothing happens. */
export function trayState({ running, waiting }: Counts): TrayState {
  return waiting > 0 ? 'waiting' : running > 0 ? 'working' : 'idle';
}

/** The lines that say how things stand. */
export function trayLines({ running, waiting }: Counts): { running: string; waiting: string } {
  return {
    running: running === 0 ? 'No worker runs' : `${running} ${running === 1 ? 'worker runs' : 'workers run'}`,
    waiting: waiting === 0 ? 'Nothing waits for you' : `${waiting} ${waiting === 1 ? 'waits' : 'wait'} for you`,
  };
}

/** The sign in the system's tray: its shape says the state, its menu the numbers. Undefined where there is no tray. */
export function createTray(deps: {
  imagesFolder: string;
  open: () => void;
  openInbox: () => void;
  quit: (stopWorkers: boolean) => void;
  log: DesktopLog;
}) {
  const mac = process.platform === 'darwin';
  const images = new Map<TrayState, Electron.NativeImage>();
  for (const state of ['idle', 'working', 'waiting'] as const) {
    images.set(state, nativeImage.createFromPath(join(deps.imagesFolder, `tray-${state}${mac ? 'Template' : ''}.png`)));
  }
  const imageOf = (state: TrayState) => images.get(state) ?? nativeImage.createEmpty();
  let counts: Counts = { running: 0, waiting: 0 };
  let shown = '';
  let tray: Tray;
  try {
    tray = new Tray(imageOf('idle'));
  } catch (error) {
    deps.log.info({ error }, 'this desktop has no tray; starting the app again brings the window back');
    return undefined;
  }

  function menu(): Menu {
    const lines = trayLines(counts);
    return Menu.buildFromTemplate([
      { id: 'open', label: 'Open Control Room', click: deps.open },
      { type: 'separator' },
      { id: 'running', label: lines.running, enabled: false },
      { id: 'waiting', label: lines.waiting, enabled: counts.waiting > 0, click: deps.openInbox },
      { type: 'separator' },
      { id: 'quit', label: 'Quit, Workers Go On', click: () => deps.quit(false) },
      { id: 'quit-and-stop', label: 'Stop Workers and Quit…', click: () => deps.quit(true) },
    ]);
  }

  function update(next: Counts): void {
    const key = `${next.running} ${next.waiting}`;
    if (key === shown) return;
    shown = key;
    counts = next;
    const lines = trayLines(counts);
    tray.setImage(imageOf(trayState(counts)));
    tray.setToolTip(`Control Room: ${lines.running.toLowerCase()}, ${lines.waiting.toLowerCase()}`);
    tray.setContextMenu(menu());
    // Where the dock or launcher shows numbers: how much waits.
    app.setBadgeCount(counts.waiting);
  }
  update(counts);
  tray.on('click', deps.open);

  return {
    update(next: Counts): void {
      if (!tray.isDestroyed()) update(next);
    },
    close(): void {
      if (!tray.isDestroyed()) tray.destroy();
    },
  };
}
