import { join } from 'node:path';
import { app, dialog, type NativeImage, nativeImage } from 'electron';
import { isBroken } from '../../shared/health-status.ts';
import { createAttention } from './attention.ts';
import type { DesktopLog } from './desktop-log.ts';
import type { House } from './house.ts';
import type { MainWindow } from './main-window.ts';
import { setMenu } from './menu.ts';
import { openPort } from './port.ts';
import { type RoomView, watchRoom } from './room-watch.ts';
import { createTray, type TrayView, trayItem } from './tray.ts';

/** Adds what a window can do without for a moment: the port that was asked for, the tray, the menu. */
export async function furnish(deps: {
  house: House;
  log: DesktopLog;
  pageFolder: string;
  resources: string;
  window: MainWindow;
  end: (stopWorkers: boolean) => void;
}): Promise<{ close(): Promise<void> }> {
  const { log, pageFolder, resources, window } = deps;
  const { config, orchestrator } = deps.house;
  window.setIcon(iconIn(resources));
  const port = await openPort({ config, pageFolder, orchestrator, log });

  async function quit(stopWorkers: boolean): Promise<void> {
    const { running } = orchestrator.counts();
    if (stopWorkers && running > 0) {
      const { response } = await dialog.showMessageBox({
        type: 'question',
        message: `Stop ${running === 1 ? 'the one worker that runs' : `${running} workers`} and quit?`,
        detail: 'What they are doing is ended. Their worktrees and conversations stay, and each can be resumed.',
        buttons: ['Stop and Quit', 'Cancel'],
        defaultId: 0,
        cancelId: 1,
      });
      if (response !== 0) return;
    }
    deps.end(stopWorkers);
  }
  const onQuit = (stopWorkers: boolean): void => void quit(stopWorkers);

  const tray = createTray({
    imagesFolder: join(resources, 'tray'),
    open: window.show,
    openPlace: window.go,
    quit: onQuit,
    log,
  });
  const attention = createAttention({
    window,
    overlay: nativeImage.createFromPath(join(resources, 'tray', 'tray-waiting.png')),
    decide: (id, decision) => watch.decide(id, decision),
    log,
  });
  const watch = watchRoom({
    orchestrator,
    log,
    onChange(view, before) {
      attention.update(view, before);
      tray?.update(trayView(view));
    },
  });
  let menuFor: string | null | undefined;
  async function showMenu(): Promise<void> {
    const browserAddress = await port.browserAddress();
    if (browserAddress === menuFor) return;
    menuFor = browserAddress;
    setMenu({ window, developer: !app.isPackaged, browserAddress, quit: onQuit });
  }
  await showMenu();
  const endMenu = orchestrator.access.onPort(() => void showMenu());

  return {
    async close() {
      endMenu();
      watch.close();
      attention.close();
      tray?.close();
      await port.close();
    },
  };
}

function iconIn(resources: string): NativeImage {
  return nativeImage.createFromPath(join(resources, 'icon.png'));
}

function trayView({ rows, waiting, running, settings, health }: RoomView): TrayView {
  const workers = new Map(rows.workers.map(({ id, name }) => [id, name]));
  const projects = new Map(rows.projects.map(({ id, name }) => [id, name]));
  const broken = health.components.find(isBroken);
  return {
    running,
    health: health.status,
    problem: health.status === 'healthy' ? null : (broken?.title ?? 'Control Room'),
    items: waiting.map((item) =>
      trayItem(
        item,
        item.workerId ? workers.get(item.workerId) : projects.get(item.projectId),
        rows.at,
        settings.lateSeconds,
      ),
    ),
  };
}
