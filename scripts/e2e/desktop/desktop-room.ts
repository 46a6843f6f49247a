import { spawn } from 'node:child_process';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { _electron, chromium, type ElectronApplication, type Page, type TestInfo } from '@playwright/test';
import type {} from 'electron';
import { createRepository } from '../../../main/testing/git-fixture.ts';
import { startScriptedModel } from '../../../main/testing/scripted-model.ts';
import { createTemporaryHome, pinnedClaude } from '../../../main/testing/temporary-home.ts';
import { electronSwitches, findElectron } from '../../electron/find-electron.ts';
import { exitCodeOf } from '../../program-child.ts';
import { repositoryFolder } from '../../repository-folder.ts';
import { isAlive } from '../../test-terminals/checks.ts';

/** A start that does not come to a window within this long has failed, in milliseconds: an Electron on a busy machine. */
const startWithinMs = 60_000;

/** One step of a user, in milliseconds: with the real CLI behind it on a busy machine. */
const actWithinMs = 20_000;

export interface DesktopRun {
  app: ElectronApplication;
  page: Page;
  /** Everything it printed so far, both streams. */
  output(): string;
  /** The address it printed, once it has. */
  address(): Promise<string>;
  isRunning(): boolean;
  /** Waits for the process to end and gives its exit code. */
  ended: Promise<number | null>;
}

/** A start that ends, and begins anew by itself. */
export interface OwnRun {
  /** Settles when the process that was started first has ended. */
  firstEnded: Promise<number | null>;
  /** Of the process that has the data folder now; null while none has. */
  pid(): Promise<number | null>;
  /** Its window, once there is one, and what settles when it is gone. */
  page(): Promise<{ page: Page; gone: Promise<void> }>;
  close(): Promise<void>;
}

export type DesktopRoom = Awaited<ReturnType<typeof createDesktopRoom>>;

/**
 * The inspector keeps no hold of the answer it waits for, and a collection at the end of a start can take it (seen in two of
 * three whole runs on a slow machine): then the question is asked again.
 */
function askTwice(app: ElectronApplication): void {
  const evaluate = app.evaluate.bind(app) as (...args: unknown[]) => Promise<unknown>;
  const asked = (...args: unknown[]): Promise<unknown> =>
    evaluate(...args).catch((error: Error) => {
      if (!error.message.includes('garbage collected')) throw error;
      return evaluate(...args);
    });
  app.evaluate = asked as typeof app.evaluate;
}

/** Home, model and repository for a desktop app under test, and starts of the real one on them. */
export async function createDesktopRoom() {
  const electron = await findElectron();
  if (!electron) throw new Error('There is no Electron: npm run electron:prepare');
  const model = await startScriptedModel();
  const home = await createTemporaryHome({ modelUrl: model.url });
  const repository = await createRepository(join(home.folder, 'projects', 'sample'));
  const dataDir = join(home.folder, 'data');
  const data = [
    '--data-dir',
    dataDir,
    '--worktrees-dir',
    join(home.folder, 'worktrees'),
    '--claude',
    pinnedClaude() ?? 'claude',
  ];
  const switches = await electronSwitches();
  const environment: Record<string, string> = { ...home.environment };
  for (const name of ['DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'XDG_RUNTIME_DIR']) {
    const value = process.env[name];
    if (value) environment[name] = value;
  }
  // Where Playwright finds no explicit program it also loads its own module first, which holds the app's start back until
  // it has connected; without that a window is sometimes there too early for it.
  process.env.ELECTRON_OVERRIDE_DIST_PATH = electron.distPath;
  const flags = [...switches, repositoryFolder, ...data, '--no-dialogs'];
  let last: DesktopRun | undefined;

  async function start(...more: string[]): Promise<DesktopRun> {
    const app = await _electron.launch({
      args: [...flags, ...more],
      env: environment,
      cwd: repositoryFolder,
      timeout: startWithinMs,
    });
    askTwice(app);
    const child = app.process();
    let text = '';
    const looks = new Set<() => void>();
    const take = (data: Buffer): void => {
      text += data.toString();
      for (const look of [...looks]) look();
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    const page = await app.firstWindow({ timeout: startWithinMs }).catch(async (error: unknown) => {
      // Nothing else would end it, and it holds the data folder.
      await app.close();
      throw new Error(`No window came. The program said:\n${text}`, { cause: error });
    });
    page.setDefaultTimeout(actWithinMs);
    last = {
      app,
      page,
      output: () => text,
      address: () =>
        new Promise((resolve) => {
          const look = (): void => {
            const found = /https?:\/\/\S+#token=\S+/.exec(text);
            if (!found) return;
            looks.delete(look);
            resolve(found[0]);
          };
          looks.add(look);
          look();
        }),
      isRunning: () => child.exitCode === null && child.signalCode === null,
      ended: exitCodeOf(child),
    };
    return last;
  }

  /** Runs the program a further time, without Playwright, to its end. */
  async function startAgain(...more: string[]): Promise<{ code: number | null; output: string }> {
    const child = spawn(electron?.executablePath ?? '', [...flags, ...more], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      output += data.toString();
    });
    return { code: await exitCodeOf(child), output };
  }

  /**
   * Starts the program without Playwright, which sees no further process: one that starts itself anew is looked into again over the
   * same debugging port.
   */
  async function startByItself(debuggingPort: number): Promise<OwnRun> {
    const child = spawn(electron?.executablePath ?? '', [`--remote-debugging-port=${debuggingPort}`, ...flags], {
      env: environment,
      stdio: 'ignore',
    });
    const ended = exitCodeOf(child);
    const pid = async (): Promise<number | null> =>
      readFile(join(dataDir, 'holder.json'), 'utf8').then(
        (text) => (JSON.parse(text) as { pid: number }).pid,
        () => null,
      );
    return {
      firstEnded: ended,
      pid,
      async page() {
        const at = Date.now() + startWithinMs;
        for (;;) {
          try {
            const browser = await chromium.connectOverCDP(`http://127.0.0.1:${debuggingPort}`);
            const page = browser.contexts()[0]?.pages()[0];
            if (page) {
              page.setDefaultTimeout(actWithinMs);
              return { page, gone: new Promise((resolve) => browser.once('disconnected', () => resolve())) };
            }
            await browser.close();
          } catch (error) {
            if (Date.now() > at) throw error;
          }
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      },
      async close() {
        const last = await pid();
        if (last !== null) process.kill(last, 'SIGTERM');
        await ended;
        while (last !== null && isAlive(last)) await new Promise((resolve) => setTimeout(resolve, 100));
      },
    };
  }

  return {
    dataDir,
    startByItself,
    /** A repository with one commit. */
    repository,
    start,
    startAgain,
    /** Keeps a picture of the window and the log beside the report of a test that failed. */
    async keepFailure(info: TestInfo): Promise<void> {
      if (info.status === info.expectedStatus) return;
      await copyFile(join(dataDir, 'logs', 'control-room.1.log'), info.outputPath('desktop.log'));
      if (last?.isRunning()) await last.page.screenshot({ path: info.outputPath('failure.png') });
    },
    /** Ends the program and its workers and removes everything. */
    async close(): Promise<void> {
      if (last?.isRunning()) await quit(last);
      // Workers live on by design: a last start, headless, takes them along when it ends.
      const child = spawn(
        process.execPath,
        [
          join(repositoryFolder, 'dist', 'main', 'headless.js'),
          'start',
          '--no-open',
          '--port',
          '0',
          '--stop-workers',
          ...data,
        ],
        { env: environment, stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const ended = exitCodeOf(child);
      await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), ended]);
      child.kill('SIGTERM');
      await ended;
      await model.close();
      await home.close();
    },
  };
}

/** Quits as the menu does; workers go on. */
export async function quit(run: DesktopRun): Promise<number | null> {
  // The answer may not come any more when the app is gone.
  await run.app.evaluate(({ app }) => app.quit()).catch(() => undefined);
  await run.app.close().catch(() => undefined);
  return run.ended;
}

/** Presses an item of the native menu. */
export async function pressMenu(run: DesktopRun, id: string): Promise<void> {
  await run.app.evaluate(({ Menu }, wanted) => {
    const item = Menu.getApplicationMenu()?.getMenuItemById(wanted);
    if (!item) throw new Error(`The menu has no ${wanted}.`);
    item.click();
  }, id);
}

/** Whether the one window is shown. */
export function isWindowVisible(run: DesktopRun): Promise<boolean> {
  return run.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible() ?? false);
}
