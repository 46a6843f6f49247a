import { BrowserWindow, dialog, type NativeImage, Notification, nativeTheme, type WebFrameMain } from 'electron';
import type { Focus } from '../../shared/notices.ts';
import type { DesktopLog } from './desktop-log.ts';
import { isPageAddress, pageUrl } from './page-protocol.ts';
import type { WindowPlace } from './window-place.ts';
import type { WindowState } from './window-state.ts';

/** Ground of the page before it has drawn anything, as `--bg-app` in renderer/ui/tokens.css. */
const grounds = { dark: '#0b0e0f', light: '#ffffff' };

/** Moves and resizes come in bursts; the last one counts. */
const keepAfterMs = 400;

/** A page that has drawn nothing for this long is not waited for. */
const paintWithinMs = 1500;

/** In the page: settles once it has painted text or a picture. (Electron calls a page ready when its ground is drawn.) */
const firstContent = `new Promise((resolve) => {
  new PerformanceObserver((_list, observer) => {
    observer.disconnect();
    resolve();
  }).observe({ type: 'largest-contentful-paint', buffered: true });
})`;

/** A page that crashes this often within a minute is not loaded again by itself. */
const crashesPerMinute = 3;

export interface MainWindow {
  /** Brings the window to the front, whatever it was. */
  show(): void;
  /** Shows the window at a place of the page, such as `#/inbox`. */
  go(fragment: string): void;
  /** Shows the window and runs one of the page's commands, such as `worker.new`. */
  run(command: string): void;
  setIcon(icon: NativeImage): void;
  /** Lays a picture over the icon in the taskbar, where the system has that; null takes it away. */
  setOverlay(picture: NativeImage | null, description: string): void;
  /** Where the user looks. */
  focus(): Focus;
  /** Settles when the page has drawn something for the first time, or takes very long to. */
  painted: Promise<void>;
  isOurs(frame: WebFrameMain | null): boolean;
  /** Lets the window close for good; settles when its place is kept. */
  close(): Promise<void>;
}

/** The app's one window. Closing it hides it: everything goes on, and it is back at once. */
export function createMainWindow(deps: {
  preload: string;
  hidden: boolean;
  place: WindowPlace;
  /** Where its place is kept. */
  state: Promise<WindowState>;
  /** The window was hidden by closing it. */
  onHide: () => void;
  log: DesktopLog;
}): MainWindow {
  const { log } = deps;
  const window = new BrowserWindow({
    width: 1360,
    height: 860,
    ...deps.place.bounds,
    minWidth: 380,
    minHeight: 480,
    show: false,
    title: 'Control Room',
    backgroundColor: grounds[nativeTheme.shouldUseDarkColors ? 'dark' : 'light'],
    webPreferences: {
      preload: deps.preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  });
  const { webContents } = window;
  let closing = false;
  let timer: NodeJS.Timeout | undefined;
  let crashes: number[] = [];

  async function keep(): Promise<void> {
    clearTimeout(timer);
    if (window.isDestroyed() || window.isMinimized()) return;
    const bounds = window.getNormalBounds();
    const maximized = window.isMaximized();
    try {
      (await deps.state).keep(bounds, maximized);
    } catch (error) {
      log.error({ error }, "the window's place could not be kept");
    }
  }
  const keepSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void keep(), keepAfterMs);
  };

  function show(): void {
    if (window.isDestroyed()) return;
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  }

  function inPage(script: string): void {
    webContents
      .executeJavaScript(script)
      .catch((error: unknown) => log.warn({ error }, 'the page did not take a command of the menu'));
  }

  async function loadAgain(reason: string): Promise<void> {
    const now = performance.now();
    crashes = [...crashes.filter((at) => now - at < 60_000), now];
    if (crashes.length > crashesPerMinute) {
      const { response } = await dialog.showMessageBox(window, {
        type: 'error',
        message: 'The window keeps crashing',
        detail: `Reason: ${reason}. Your workers are not touched by it and go on.`,
        buttons: ['Load again', 'Leave it'],
        cancelId: 1,
      });
      if (response !== 0) return;
      crashes = [];
    }
    if (window.isDestroyed()) return;
    webContents.reload();
    notify('The window had crashed and was loaded again', 'Your workers were not touched by it.');
  }

  let endWaiting: () => void = () => undefined;
  const painted = new Promise<void>((resolve) => {
    endWaiting = resolve;
    webContents.once('dom-ready', () => void webContents.executeJavaScript(firstContent).then(resolve, resolve));
    setTimeout(resolve, paintWithinMs).unref();
  });

  if (deps.place.maximized) window.maximize();
  window.once('ready-to-show', () => {
    if (!deps.hidden) show();
  });
  window.on('resize', keepSoon);
  window.on('move', keepSoon);
  window.on('close', (event) => {
    void keep();
    if (closing) return;
    event.preventDefault();
    window.hide();
    deps.onHide();
  });
  webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (closing || reason === 'clean-exit') return;
    log.error({ reason, exitCode }, 'the window crashed');
    void loadAgain(reason);
  });
  webContents.on('unresponsive', () => log.warn({}, 'the window does not answer'));
  webContents.on('preload-error', (_event, path, error) => log.error({ error, path }, 'the preload script failed'));
  webContents.on('did-fail-load', (_event, code, description, address, isMainFrame) => {
    if (isMainFrame && code !== -3) log.error({ code, description, address }, 'the page could not be loaded');
  });
  window.loadURL(pageUrl).catch((error: unknown) => log.error({ error }, 'the page could not be loaded'));

  return {
    show,
    painted,
    setIcon(icon) {
      if (!window.isDestroyed()) window.setIcon(icon);
    },
    setOverlay(picture, description) {
      // Windows alone has it; elsewhere the count stands on the icon.
      if (!window.isDestroyed() && process.platform === 'win32') window.setOverlayIcon(picture, description);
    },
    focus: () =>
      window.isDestroyed()
        ? { focused: false, place: '' }
        : { focused: window.isVisible() && window.isFocused(), place: fragmentOf(webContents.getURL()) },
    go(fragment) {
      show();
      inPage(`location.hash = ${JSON.stringify(fragment)}`);
    },
    run(command) {
      show();
      inPage(`window.dispatchEvent(new CustomEvent('control-room:command', { detail: ${JSON.stringify(command)} }))`);
    },
    isOurs: (frame) =>
      frame !== null && !window.isDestroyed() && frame === webContents.mainFrame && isPageAddress(frame.url),
    async close() {
      if (closing) return;
      closing = true;
      const kept = keep();
      window.destroy();
      endWaiting();
      await kept;
    },
  };
}

function fragmentOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hash : '';
}

/** A notice of the system, where it shows such. */
export function notify(title: string, body: string): void {
  if (Notification.isSupported()) new Notification({ title, body, silent: true }).show();
}
