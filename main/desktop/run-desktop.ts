import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, dialog, session } from 'electron';
import { AppError } from '../../shared/errors.ts';
import { dataDirOf } from '../data-dir.ts';
import { type Bridge, createBridge } from './bridge.ts';
import { createDesktopLog, type DesktopLog } from './desktop-log.ts';
import { type DesktopFlags, readDesktopFlags } from './flags.ts';
import { denyPermissions, hardenPages } from './hardening.ts';
import type { House } from './house.ts';
import { createMainWindow, type MainWindow, notify } from './main-window.ts';
import { registerPageScheme, servePage } from './page-protocol.ts';
import { readWindowPlace } from './window-place.ts';

/*
 * A start is measured by when the list is painted. Whatever runs before Electron is ready delays everything after it, so
 * this file and all it imports by name are small. The rest is loaded while Chromium starts the window's process, which
 * takes a tenth of a second in which this one has nothing else to do.
 */

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
  // Without a graphics device Chromium finds that out by crashes of its GPU process, and a page that starts meanwhile can
  // wait for it for ever.
  if (process.platform === 'linux' && !existsSync('/dev/dri')) app.disableHardwareAcceleration();
  const dataDir = dataDirOf(flags.dataDir, process.env);
  try {
    claimProfile(dataDir);
  } catch (error) {
    void fail(error, flags);
    return;
  }
  if (!app.requestSingleInstanceLock()) {
    process.stdout.write(`Control Room already runs on ${dataDir}: its window was brought to the front.\n`);
    app.exit(0);
    return;
  }
  void start(flags, entryUrl).catch((error: unknown) => fail(error, flags));
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

/** What a start has opened so far, for its end. */
interface Opened {
  window?: MainWindow;
  bridge?: Bridge;
  house?: Promise<House>;
  furniture?: { close(): Promise<void> };
}

async function start(flags: DesktopFlags, entryUrl: string): Promise<void> {
  const opened: Opened = {};
  let giveHouse: (house: Promise<House>) => void = () => undefined;
  const house = new Promise<House>((resolve) => {
    giveHouse = resolve;
  });
  const log = createDesktopLog(house.then((there) => there.log));
  process.on('uncaughtException', (error) => log.fatal({ error }, 'an error nobody foresaw'));
  process.on('unhandledRejection', (error) => log.fatal({ error }, 'a rejection nobody foresaw'));
  hardenPages(log);
  let ended = false;
  let ending: Promise<void> | undefined;

  async function close(stopWorkers: boolean): Promise<void> {
    opened.bridge?.close();
    await opened.window?.close();
    await opened.furniture?.close();
    const there = await opened.house?.catch(() => undefined);
    await there?.orchestrator.close({ stopWorkers });
    await there?.closeLog();
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
  app.on('second-instance', () => opened.window?.show());
  app.on('activate', () => opened.window?.show());
  process.once('SIGTERM', () => end(false));
  process.once('SIGINT', () => end(false));

  try {
    await open({ flags, entryUrl, log, opened, house, giveHouse, end, isEnding: () => ending !== undefined });
  } catch (error) {
    if (ending) return;
    log.error({ error }, 'Control Room cannot start');
    await close(false);
    throw error;
  }
}

/** Opens the window at once, then the house it looks into, then the rest. */
async function open(deps: {
  flags: DesktopFlags;
  entryUrl: string;
  log: DesktopLog;
  opened: Opened;
  house: Promise<House>;
  giveHouse: (house: Promise<House>) => void;
  end: (stopWorkers: boolean) => void;
  isEnding: () => boolean;
}): Promise<void> {
  const { flags, entryUrl, log, opened } = deps;
  await app.whenReady();
  if (deps.isEnding()) return;
  const pageFolder = fileURLToPath(new URL('../renderer/', entryUrl));
  denyPermissions(session.defaultSession);
  const page = servePage(pageFolder);
  const folder = app.getPath('userData');
  let whenPainted: (painted: Promise<void>) => void = () => undefined;
  const state = new Promise<void>((resolve) => {
    whenPainted = resolve;
  }).then(async () => {
    const { createWindowState } = await import('./window-state.ts');
    return createWindowState(folder);
  });
  opened.bridge = createBridge({
    orchestrator: deps.house.then(({ orchestrator }) => orchestrator),
    isOurs: (frame) => opened.window?.isOurs(frame) ?? false,
    log,
  });
  const window = createMainWindow({
    preload: fileURLToPath(new URL('../preload/preload.cjs', entryUrl)),
    hidden: flags.hidden,
    place: readWindowPlace(folder),
    state,
    onHide: () =>
      void state.then((there) => {
        if (!there.tellAboutTray()) return;
        notify(
          'Control Room goes on',
          'Your workers are not stopped. Start it again, or use the tray, to have its window back.',
        );
      }),
    log,
  });
  opened.window = window;
  whenPainted(window.painted);

  // The page is asked for while its process starts; what runs here before it is answered delays both.
  await Promise.race([page.asked, window.painted]);
  if (deps.isEnding()) return;
  opened.house = import('./house.ts').then(({ openHouse }) =>
    openHouse({ flags, entryUrl, log, painted: window.painted }),
  );
  deps.giveHouse(opened.house);
  const house = await opened.house;
  house.orchestrator.onRestart(() => {
    if (deps.isEnding()) return;
    app.relaunch();
    deps.end(false);
  });
  await house.orchestrator.ready;
  const { furnish } = await import('./furnish.ts');
  const resources = join(app.getAppPath(), 'resources');
  if (deps.isEnding()) return;
  opened.furniture = await furnish({ house, log, pageFolder, resources, window, end: deps.end });
  // An end that came while it was put up has not seen it.
  if (deps.isEnding()) await opened.furniture.close();
}
