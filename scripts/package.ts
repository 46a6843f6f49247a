import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build as buildPackage, Platform } from 'electron-builder';
import { build } from './build.ts';
import { wrongFuses } from './electron/fuses.ts';
import { inspectPage } from './electron/page-inspector.ts';
import { prepareElectron } from './electron/prepare-electron.ts';
import { repositoryFolder } from './repository-folder.ts';
import { startRoom } from './room.ts';
import { startVirtualDisplay } from './virtual-display.ts';

/**
 * Makes the packages of this system in release/ (on Linux AppImage, deb, tar.gz); with --dir only the folder with the
 * program, which needs nothing from the network, and which is then started once. --dir is what is made, too, where
 * Electron's own release is not to be had.
 */

const { values } = parseArgs({ options: { dir: { type: 'boolean', default: false } } });

const problems = await build();
if (problems) {
  console.error(problems);
  process.exit(1);
}
const electron = await prepareElectron((line) => console.log(line));
const work = await mkdtemp(join(tmpdir(), 'control-room-package-'));
try {
  // The app of a prepared Electron is a loader for folders; a package brings its own.
  const electronDist = join(work, 'electron');
  const loader = join(electron.distPath, 'resources', 'app');
  await cp(electron.distPath, electronDist, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.startsWith(loader),
  });
  const { devDependencies } = (await import('../package.json', { with: { type: 'json' } })).default;
  const isRelease = electron.version === devDependencies.electron;
  if (!isRelease)
    console.log(`Electron ${electron.version} stands in for ${devDependencies.electron}: only the folder is made.`);
  const onlyFolder = values.dir || !isRelease;
  await buildPackage({
    projectDir: repositoryFolder,
    targets: onlyFolder ? Platform.current().createTarget('dir') : Platform.current().createTarget(),
    config: { electronDist, electronVersion: electron.version },
    publish: 'never',
  });
  if (process.platform === 'linux') {
    const program = join(repositoryFolder, 'release', 'linux-unpacked', 'control-room');
    const wrong = await wrongFuses(program);
    if (wrong.length > 0) throw new Error(`${program} has not the fuses of electron-builder.yml: ${wrong.join(', ')}.`);
    console.log('Its fuses are set.');
    await startOnce(program);
  }
} finally {
  await rm(work, { recursive: true, force: true });
}

/** Starts the packaged program, looks at its window, has it run a terminal, and ends it. */
async function startOnce(program: string): Promise<void> {
  const display = process.env.DISPLAY ? undefined : await startVirtualDisplay();
  try {
    const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const env = { DISPLAY: display?.name ?? process.env.DISPLAY };
    let messages = '';
    const room = await startRoom({
      // Its fuses refuse a debugger for the program; Chromium's own, for pages, is enough to see the window.
      program: { file: program, args: [...root, '--no-dialogs', '--remote-debugging-port=0'], env },
      onMessage: (text) => {
        messages += text;
      },
    });
    try {
      const debuggerAddress = /DevTools listening on (ws:\S+)/.exec(messages)?.[1];
      if (!debuggerAddress)
        throw new Error(`The packaged program does not say where its pages can be seen:\n${messages}`);
      await lookAtWindow(debuggerAddress);
      const projectId = await room.addProject();
      const { id } = await room.call<{ id: string }>('POST', '/api/terminals', { projectId });
      await room.call('POST', `/api/terminals/${id}/input`, { data: 'echo packaged-$((40 + 2))\r' });
      await waitForScreen(async () => JSON.stringify(await room.call('GET', `/api/terminals/${id}/screen`)));
    } finally {
      await room.close();
    }
    console.log(`${program} starts, paints its window, and its terminals work.`);
  } finally {
    await display?.close();
  }
}

/** Waits until the window has drawn the board, from the package's own files. */
async function lookAtWindow(debuggerAddress: string): Promise<void> {
  const page = await inspectPage(debuggerAddress, 15_000);
  try {
    if (!page.url.startsWith('app://control-room/')) throw new Error(`The window shows ${page.url}.`);
    await page.evaluate(`new Promise((resolve, reject) => {
      const look = () => {
        if (/Add a first project/.test(document.body?.innerText)) requestAnimationFrame(() => requestAnimationFrame(resolve));
        else setTimeout(look, 20);
      };
      setTimeout(() => reject(new Error('it shows: ' + document.body.innerText)), 15000);
      look();
    })`);
    if (process.env.PACKAGE_PICTURE) await writeFile(process.env.PACKAGE_PICTURE, await page.picture());
  } finally {
    page.close();
  }
}

async function waitForScreen(read: () => Promise<string>): Promise<void> {
  const until = Date.now() + 15_000;
  for (;;) {
    const screen = await read();
    if (screen.includes('packaged-42')) return;
    if (Date.now() > until) throw new Error(`The packaged program's terminal does not answer: ${screen}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
