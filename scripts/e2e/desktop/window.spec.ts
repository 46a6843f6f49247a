import { expect, test } from '@playwright/test';
import { createDesktopRoom, type DesktopRoom, type DesktopRun, pressMenu } from './desktop-room.ts';

let room: DesktopRoom;
let run: DesktopRun;
const problems: string[] = [];

test.beforeAll(async () => {
  room = await createDesktopRoom();
  run = await room.start();
  run.page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  run.page.on('pageerror', (error) => problems.push(error.message));
});

test.afterAll(async () => {
  await room?.close();
});

test('the window opens on the board, within its own security policy', async () => {
  await expect(run.page.getByRole('heading', { name: 'Board' })).toBeVisible();
  await expect(run.page.getByRole('button', { name: 'Add a project' }).first()).toBeVisible();
  expect(run.page.url()).toBe('app://control-room/#/board');
  const policy = await run.page.evaluate(async () => (await fetch('/')).headers.get('content-security-policy'));
  // WebAssembly, which decodes images in terminals, is no script.
  expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
  expect(policy?.split(';').find((part) => part.includes('script-src'))).not.toMatch(/'unsafe|blob:|data:/);
  // Fonts, styles and the terminal's own all came through.
  expect(await run.page.evaluate(() => document.fonts.ready.then((fonts) => fonts.status))).toBe('loaded');
  expect(problems).toEqual([]);
  await run.page.screenshot({ path: test.info().outputPath('board.png') });
});

test('the page has no Node, an isolated context and the sandbox', async () => {
  const preferences = await run.app.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
      getLastWebPreferences(): Record<string, unknown>;
    };
    return contents.getLastWebPreferences();
  });
  expect(preferences).toMatchObject({
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    webviewTag: false,
  });
  expect(preferences.webSecurity).not.toBe(false);
  const seen = await run.page.evaluate(() => ({
    globals: ['require', 'process', 'module', 'Buffer', 'electron'].filter((name) => name in window),
    bridge: Object.keys((window as unknown as { controlRoom: object }).controlRoom).sort(),
  }));
  expect(seen).toEqual({ globals: [], bridge: ['connect', 'platform'] });
});

test('code that is not of the page does not run', async () => {
  const ran = await run.page.evaluate(async () => {
    const marks = window as unknown as Record<string, unknown>;
    const violated: string[] = [];
    const expected = ['script-src-elem', 'connect-src', 'frame-src'];
    const allSeen = new Promise<void>((resolve) => {
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
        violated.push(effectiveDirective);
        if (expected.every((directive) => violated.includes(directive))) resolve();
      });
    });
    const add = (fill: (script: HTMLScriptElement) => void) =>
      new Promise<void>((resolve) => {
        const script = document.createElement('script');
        script.onerror = () => resolve();
        fill(script);
        document.head.append(script);
        // An inline one is refused, or has run, when it is in the document.
        if (!script.src) resolve();
      });
    await add((script) => {
      script.textContent = 'window.inlineRan = true';
    });
    await add((script) => {
      script.src = 'data:text/javascript,window.dataRan=true';
    });
    let evaluated = false;
    try {
      // biome-ignore lint/security/noGlobalEval: that it does not work is what is tested
      evaluated = window.eval('true') as boolean;
    } catch (error) {
      if (!(error instanceof EvalError)) throw error;
    }
    const frame = document.createElement('iframe');
    frame.src = 'https://example.invalid/';
    document.body.append(frame);
    const connected = await fetch('http://127.0.0.1:9/').then(
      () => true,
      () => false,
    );
    await allSeen;
    return {
      inline: marks.inlineRan ?? false,
      data: marks.dataRan ?? false,
      evaluated,
      connected,
      violated: [...new Set(violated)],
    };
  });
  expect(ran).toMatchObject({ inline: false, data: false, evaluated: false, connected: false });
  expect(ran.violated).toEqual(expect.arrayContaining(['script-src-elem', 'connect-src', 'frame-src']));
});

test('files outside of the page are not served', async () => {
  const answers = await run.page.evaluate(async () => {
    const paths = [
      '/../main/desktop.js',
      '/%2e%2e/main/desktop.js',
      '/..%2fmain%2fdesktop.js',
      '/..%5cmain%5cdesktop.js',
      '/assets/%00',
      '/%',
      '//etc/passwd',
      '/no-such-file',
    ];
    return Promise.all(
      paths.map(async (path) => [
        path,
        await fetch(`app://control-room${path}`).then(
          (answer) => answer.status,
          () => 0,
        ),
      ]),
    );
  });
  for (const [path, status] of answers) expect(status, String(path)).not.toBe(200);
  const other = await run.page.evaluate(() =>
    fetch('app://elsewhere/index.html').then(
      (answer) => answer.status,
      () => 0,
    ),
  );
  expect(other).not.toBe(200);
});

test('the window cannot be led away; links of the web go to the browser, others nowhere', async () => {
  await run.app.evaluate(({ shell }) => {
    const opened: string[] = [];
    (globalThis as unknown as { opened: string[] }).opened = opened;
    shell.openExternal = async (address: string) => {
      opened.push(address);
    };
  });
  const opened = () => run.app.evaluate(() => (globalThis as unknown as { opened: string[] }).opened);
  const before = run.page.url();
  const refused = await run.page.evaluate(() =>
    [
      'https://example.invalid/docs',
      'file:///etc/passwd',
      'https://user:secret@example.invalid/',
      'about:blank',
      'app://control-room/',
    ].map((address) => window.open(address) === null),
  );
  expect(refused).toEqual([true, true, true, true, true]);
  await expect.poll(opened).toEqual(['https://example.invalid/docs']);
  await run.page.evaluate(() => {
    location.href = 'https://example.invalid/away';
  });
  await expect.poll(opened).toEqual(['https://example.invalid/docs', 'https://example.invalid/away']);
  await run.page.evaluate(() => {
    location.href = 'data:text/html,away';
  });
  await run.page.evaluate(() => {
    const form = document.createElement('form');
    form.action = 'file:///etc/passwd';
    document.body.append(form);
    form.submit();
  });
  expect(await run.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  expect(run.page.url()).toBe(before);
  expect(await opened()).toHaveLength(2);
});

test('permissions are denied, but text may be copied', async () => {
  const states = await run.page.evaluate(async () => {
    const names = ['notifications', 'geolocation', 'camera', 'microphone', 'clipboard-read', 'midi'];
    return Promise.all(
      names.map(async (name) => [name, (await navigator.permissions.query({ name: name as PermissionName })).state]),
    );
  });
  for (const [name, state] of states) expect(state, name).toBe('denied');
  expect(await run.page.evaluate(() => Notification.requestPermission())).toBe('denied');
});

test('only the window itself is connected: a further page with the same preload script is not', async () => {
  const outcome = await run.app.evaluate(async ({ app, BrowserWindow }) => {
    const preload = `${app.getAppPath()}/dist/preload/preload.cjs`;
    const other = new BrowserWindow({
      show: false,
      webPreferences: { preload, sandbox: true, contextIsolation: true },
    });
    await other.loadURL('app://control-room/');
    const result = (await other.webContents.executeJavaScript(`new Promise((resolve) => {
      addEventListener('message', ({ data, ports: [port] }) => {
        if (data !== 'control-room:port') return;
        port.addEventListener('close', () => resolve('closed'));
        port.addEventListener('message', () => resolve('answered'));
        port.start();
      });
      controlRoom.connect();
    })`)) as string;
    other.destroy();
    return result;
  });
  expect(outcome).toBe('closed');
});

test('the menu reaches the page', async () => {
  await pressMenu(run, 'settings');
  await expect(run.page).toHaveURL('app://control-room/#/settings/workers');
  await pressMenu(run, 'go.inbox');
  await expect(run.page).toHaveURL('app://control-room/#/inbox');
  await pressMenu(run, 'project.add');
  await expect(run.page.getByRole('dialog', { name: 'Add a project' })).toBeVisible();
  await run.page.keyboard.press('Escape');
  await expect(run.page.getByRole('dialog')).toHaveCount(0);
});

test('a page that crashes is loaded again', async () => {
  const again = run.page.waitForEvent('load');
  await run.app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer(),
  );
  await again.catch(() => undefined);
  await expect
    .poll(() =>
      run.app.evaluate(({ BrowserWindow }) =>
        BrowserWindow.getAllWindows()[0]
          ?.webContents.executeJavaScript('document.body.innerText')
          .catch(() => ''),
      ),
    )
    .toContain('Add a project');
});
