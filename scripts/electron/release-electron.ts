import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Electron } from './electron.ts';
import { runProgram } from './run-program.ts';

/** A release has about 120 MB; a line that needs longer than this for it is as good as none. */
const downloadWithinMs = 5 * 60_000;

const packageFolder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));

/** Electron's own release as its npm package downloaded it, or undefined while it has not. */
export async function findReleaseElectron(): Promise<Electron | undefined> {
  const distPath = join(packageFolder, 'dist');
  const name = await readFile(join(packageFolder, 'path.txt'), 'utf8').catch(() => undefined);
  if (name === undefined || !existsSync(join(distPath, name))) return undefined;
  const version = await readFile(join(distPath, 'version'), 'utf8');
  return { executablePath: join(distPath, name), distPath, version: version.trim().replace(/^v/, '') };
}

/** Lets Electron's npm package download its release. Fails when the machine does not reach it within five minutes. */
export async function downloadReleaseElectron(): Promise<void> {
  await runProgram({
    file: process.execPath,
    args: [join(packageFolder, 'install.js')],
    cwd: packageFolder,
    env: process.env,
    withinMs: downloadWithinMs,
  });
}
