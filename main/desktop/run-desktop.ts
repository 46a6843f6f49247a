import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, dialog, session } from 'electron';
import { AppError } from '../../shared/errors.ts';
import { type Config, readConfig } from '../config.ts';
import { createLog, type Log } from '../log.ts';
import type { Orchestrator } from '../orchestrator/index.ts';
import { createBridge } from './bridge.ts';
import { type DesktopFlags, readDesktopFlags } from './flags.ts';
import { denyPermissions, hardenPages } from './hardening.ts';
import { createMainWindow, type MainWindow, notify } from './main-window.ts';
import { setMenu } from './menu.ts';
import { openPort } from './port.ts';
import { registerPageScheme, servePage } from './page-protocol.ts';
import { createTray } from './tray.ts';
import { createWindowState } from './window-state.ts';

/** An end that takes longer than this is cut off: what matters is durable at every moment. */
const endWithinMs = 4500;
/** Workers that are to be stopped get the chance to end by themselves. */
const endWorkersWithinMs = 15_000;

/**
 * The desktop app: one window on an orchestrator of its own. Has to be called while Electron still loads the app's code.
 * Ends with code 1 and a message when it cannot start; a second start on the same data folder brings the first one's
 * window to the front and ends with 0.
 */
export function runDesktop(entryUrl: string): void {
  const flags = readDesktopFlags(process.argv.slice(1));
  registerPageScheme();
  // As root, or where user namespaces are forbidden, Chromium's sandbox cannot be had and its child processes refuse to start.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  let config: Config;
  try {
    config = readConfig(flags, process.env);
    claimProfile(config.dataDir);
  } catch (error) {
    void fail(error, flags);
    return;
  }
  if (!app.requestSingleInstanceLock()) {
    process.stdout.write(`Control Room already runs on ${config.dataDir}: its window was brought to the front.\n`);
    app.exit(0);
    return;
  }
  const log = createLog({ level: config.logLevel, file: join(config.dataDir, 'logs', 'desktop.log') });
  process.on('uncaughtException', (error) => log.fatal({ error }, 'an error nobody foresaw'));
  process.on('unhandledRejection', (error) => log.fatal({ error }, 'a rejection nobody foresaw'));
  hardenPages(log);
  void start({ config, flags, entryUrl, log }).catch((error: unknown) => {
    log.error({ error }, 'Control Room cannot start');
    return fail(error, flags);
  });
}

/**
 * Keeps Chromium's profile in the data folder: two data folders are two apps, and nothing is written anywhere else.
 */
function claimProfile(dataDir: string): void {
  const folder = join(dataDir, 'desktop');
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new AppError(
      'UNPROCESSABLE',
      `The data folder ${dataDir} cannot be written (${error instanceof Error ? error.message : String(error)}). Make it writable for this user, or choose another with --data-dir.`,
      { path: dataDir },
      { cause: error },
    );
  }
  app.setPath('userData', folder);
  app.setPath('sessionData', folder);
}

/** Says why there is no start, and ends with code 1. */
async function fail(error: unknown, flags: DesktopFlags): Promise<void> {
  const message =
    error instanceof AppError ? error.message : `An error nobody foresaw: ${error instanceof Error ? error.stack : String(error)}`;
  process.stderr.write(`control-room: ${message}\n`);
  if (flags.dialogs) {
    await app.whenReady();
    await dialog.showMessageBox({ type: 'error', title: 'Control Room', message: 'Control Room cannot start', detail: message });
  }
  app.exit(1);
}

async function start(deps: { config: Config; flags: DesktopFlags; entryUrl: string; log: Log }): Promise<void> {
  const { config, flags, entryUrl, log } = deps;
  // The house is built while Chromium makes ready and the window opens; the window's first call waits for it.
  const orchestrator = import('../launch.ts').then(({ launchOrchestrator }) => launchOrchestrator(config, log, entryUrl));
  // Who needs it awaits it below; until then a failure is nobody's.
  orchestrator.catch(() => undefined);
  await app.whenReady();

  const resources = join(app.getAppPath(), 'resources');
  denyPermissions(session.defaultSession);
  const pageFolder = fileURLToPath(new URL('../renderer/', entryUrl));
  servePage(pageFolder);
  const state = createWindowState(app.getPath('userData'));
  let window: MainWindow | undefined;
  const bridge = createBridge({ orchestrator, isOurs: (frame) => window?.isOurs(frame) ?? false, log });
  window = createMainWindow({
    preload: fileURLToPath(new URL('../preload/preload.cjs', entryUrl)),
    icon: join(resources, 'icon.png'),
    hidden: flags.hidden,
    state,
    onHide: () => {
      if (state.tellAboutTray()) notify('Control Room goes on', 'Your workers are not stopped. Start it again, or use the tray, to have its window back.');
    },
    log,
  });
  const shownWindow = window;

  let house: Orchestrator;
  try {
    house = await orchestrator;
  } catch (error) {
    bridge.close();
    shownWindow.close();
    throw error;
  }
  const port = await openPort({ config, flags, pageFolder, orchestrator: house, log }).catch(async (error: unknown) => {
    bridge.close();
    shownWindow.close();
    await house.close();
    throw error;
  });

  let ended = false;
  let ending: Promise<void> | undefined;
  async function end(stopWorkers: boolean): Promise<void> {
    log.info({ stopWorkers }, 'Control Room ends');
    setTimeout(() => app.exit(1), stopWorkers ? endWorkersWithinMs : endWithinMs).unref();
    bridge.close();
    shownWindow.close();
    tray?.close();
    await port?.close();
    await house.close({ stopWorkers });
    ended = true;
    app.quit();
  }
  const endOnce = (stopWorkers: boolean): void => {
    ending ??= end(stopWorkers).catch((error: unknown) => {
      log.error({ error }, 'the end failed');
      app.exit(1);
    });
  };
  async function quit(stopWorkers: boolean): Promise<void> {
    const { running } = house.counts();
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
    endOnce(stopWorkers);
  }

  const tray = createTray({
    imagesFolder: join(resources, 'tray'),
    open: shownWindow.show,
    openInbox: () => shownWindow.go('#/inbox'),
    quit: (stopWorkers) => void quit(stopWorkers),
    log,
  });
  tray?.update(house.counts());
  house.onChange(() => tray?.update(house.counts()));
  setMenu({ window: shownWindow, developer: !app.isPackaged, browserAddress: port?.browserAddress ?? null, quit: (stopWorkers) => void quit(stopWorkers) });

  app.on('second-instance', shownWindow.show);
  app.on('activate', shownWindow.show);
  app.on('before-quit', (event) => {
    if (ended) return;
    event.preventDefault();
    endOnce(false);
  });
  // The app outlives its window; without a listener Electron would end with it.
  app.on('window-all-closed', () => undefined);
  process.once('SIGTERM', () => endOnce(false));
  process.once('SIGINT', () => endOnce(false));
}
