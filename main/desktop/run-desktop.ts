import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, dialog, session } from 'electron';
import { AppError } from '../../shared/errors.ts';
import { type Config, readConfig } from '../config.ts';
import { createLog, type Log } from '../log.ts';
import type { Orchestrator } from '../orchestrator/index.ts';
import { type Bridge, createBridge } from './bridge.ts';
import { type DesktopFlags, readDesktopFlags } from './flags.ts';
import { denyPermissions, hardenPages } from './hardening.ts';
import { createMainWindow, type MainWindow, notify } from './main-window.ts';
import { setMenu } from './menu.ts';
import { registerPageScheme, servePage } from './page-protocol.ts';
import { openPort, type Port } from './port.ts';
import { createTray } from './tray.ts';
import { createWindowState } from './window-state.ts';

/** An end may take this long. */
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
    error instanceof AppError
      ? error.message
      : `An error nobody foresaw: ${error instanceof Error ? error.stack : String(error)}`;
  process.stderr.write(`control-room: ${message}\n`);
  if (flags.dialogs) {
    await app.whenReady();
    await dialog.showMessageBox({
      type: 'error',
      title: 'Control Room',
      message: 'Control Room cannot start',
      detail: message,
    });
  }
  app.exit(1);
}

async function start(deps: { config: Config; flags: DesktopFlags; entryUrl: string; log: Log }): Promise<void> {
  const { config, entryUrl, log } = deps;
  // The house is built while Chromium makes ready and the window opens; the window's first call waits for it.
  const orchestrator = import('../launch.ts').then(({ launchOrchestrator }) =>
    launchOrchestrator(config, log, entryUrl),
  );
  const open: { window?: MainWindow; bridge?: Bridge; port?: Port; tray?: ReturnType<typeof createTray> } = {};
  let ended = false;
  let ending: Promise<void> | undefined;

  async function close(stopWorkers: boolean): Promise<void> {
    open.bridge?.close();
    open.window?.close();
    open.tray?.close();
    await open.port?.close();
    const house = await orchestrator.catch(() => undefined);
    await house?.close({ stopWorkers });
    ended = true;
  }
  /** Ends the app; everything that matters was durable before, so an end that hangs is cut off. */
  function end(stopWorkers: boolean): void {
    if (ending) return;
    log.info({ stopWorkers }, 'Control Room ends');
    setTimeout(() => app.exit(1), stopWorkers ? endWorkersWithinMs : endWithinMs).unref();
    ending = close(stopWorkers).then(
      () => app.quit(),
      (error: unknown) => {
        log.error({ error }, 'the end failed');
        app.exit(1);
      },
    );
  }
  app.on('before-quit', (event) => {
    if (ended) return;
    event.preventDefault();
    end(false);
  });
  // The app outlives its window; without a listener Electron would end with it.
  app.on('window-all-closed', () => undefined);
  app.on('second-instance', () => open.window?.show());
  app.on('activate', () => open.window?.show());
  process.once('SIGTERM', () => end(false));
  process.once('SIGINT', () => end(false));

  try {
    await openWindow({ ...deps, orchestrator, open, end });
  } catch (error) {
    if (ending) return;
    await close(false);
    throw error;
  }
}

/** Opens the window at once and the rest, port and tray and menu, when the orchestrator stands. */
async function openWindow(deps: {
  config: Config;
  flags: DesktopFlags;
  entryUrl: string;
  log: Log;
  orchestrator: Promise<Orchestrator>;
  open: { window?: MainWindow; bridge?: Bridge; port?: Port; tray?: ReturnType<typeof createTray> };
  end: (stopWorkers: boolean) => void;
}): Promise<void> {
  const { config, flags, entryUrl, log, orchestrator, open } = deps;
  await app.whenReady();
  const resources = join(app.getAppPath(), 'resources');
  const pageFolder = fileURLToPath(new URL('../renderer/', entryUrl));
  denyPermissions(session.defaultSession);
  servePage(pageFolder);
  const state = createWindowState(app.getPath('userData'));
  open.bridge = createBridge({ orchestrator, isOurs: (frame) => open.window?.isOurs(frame) ?? false, log });
  const window = createMainWindow({
    preload: fileURLToPath(new URL('../preload/preload.cjs', entryUrl)),
    icon: join(resources, 'icon.png'),
    hidden: flags.hidden,
    state,
    onHide: () => {
      if (!state.tellAboutTray()) return;
      notify(
        'Control Room goes on',
        'Your workers are not stopped. Start it again, or use the tray, to have its window back.',
      );
    },
    log,
  });
  open.window = window;

  const house = await orchestrator;
  open.port = await openPort({ config, flags, pageFolder, orchestrator: house, log });

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
    deps.end(stopWorkers);
  }
  const onQuit = (stopWorkers: boolean): void => void quit(stopWorkers);

  open.tray = createTray({
    imagesFolder: join(resources, 'tray'),
    open: window.show,
    openInbox: () => window.go('#/inbox'),
    quit: onQuit,
    log,
  });
  open.tray?.update(house.counts());
  house.onChange(() => open.tray?.update(house.counts()));
  setMenu({ window, developer: !app.isPackaged, browserAddress: open.port?.browserAddress ?? null, quit: onQuit });
}
