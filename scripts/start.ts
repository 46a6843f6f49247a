import { join } from 'node:path';
import { build, isBuilt } from './build.ts';
import type { Electron } from './electron/electron.ts';
import { electronSwitches, findElectron } from './electron/find-electron.ts';
import { downloadReleaseElectron } from './electron/release-electron.ts';
import { becomeProgram } from './program-child.ts';
import { repositoryFolder } from './repository-folder.ts';

/**
 * Opens the desktop app, or without a display (or with --headless) serves the page and prints its address. All other
 * arguments go to the program.
 */

function hasDisplay(): boolean {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

async function electronForWindow(): Promise<Electron | undefined> {
  const there = await findElectron();
  if (there) return there;
  console.log('Fetching Electron, once (about 110 MB)…');
  const reason = await downloadReleaseElectron().then(
    () => '',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const fetched = await findElectron();
  if (!fetched) {
    console.log(`Electron cannot be fetched: ${reason.trim().split('\n').at(-1)}`);
    console.log(
      'Serving the page for a browser instead; `npm run electron:prepare` tries another way to get a window.',
    );
  }
  return fetched;
}

const args = process.argv.slice(2).filter((argument) => argument !== '--headless');
const headless = process.argv.includes('--headless') || !hasDisplay();

if (!(await isBuilt())) {
  console.log('Building…');
  const problems = await build();
  if (problems) {
    console.error(problems);
    process.exit(1);
  }
}

const electron = headless ? undefined : await electronForWindow();
if (electron) {
  const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env;
  process.exitCode = await becomeProgram(
    electron.executablePath,
    [...(await electronSwitches()), repositoryFolder, ...args],
    { env },
  );
} else {
  process.exitCode = await becomeProgram(process.execPath, [
    join(repositoryFolder, 'dist', 'main', 'headless.js'),
    'start',
    ...args,
  ]);
}
