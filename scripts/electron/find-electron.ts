import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { electronCacheFolder } from './cache-folder.ts';
import type { Electron } from './electron.ts';
import { findNpmElectron } from './npm-electron.ts';
import { findReleaseElectron } from './release-electron.ts';
import { placeSqliteBinary } from './sqlite-binary.ts';

/**
 * The Electron of this machine, ready to start the app: the one ELECTRON_OVERRIDE_DIST_PATH names, Electron's own release,
 * or the one `npm run electron:prepare` made; undefined when there is none. Puts the better-sqlite3 that was built for an
 * older Electron back in its place when `npm ci` took it away.
 */
export async function findElectron(): Promise<Electron | undefined> {
  const named = await findNamedElectron(process.env);
  if (named) return named;
  const release = await findReleaseElectron();
  if (release) return release;
  const cacheFolder = electronCacheFolder(process.env);
  const made = await findNpmElectron(cacheFolder);
  return made && (await placeSqliteBinary(cacheFolder)) ? made : undefined;
}

async function findNamedElectron(environment: NodeJS.ProcessEnv): Promise<Electron | undefined> {
  if (!environment.ELECTRON_OVERRIDE_DIST_PATH) return undefined;
  const distPath = resolve(environment.ELECTRON_OVERRIDE_DIST_PATH);
  const executablePath = join(distPath, process.platform === 'win32' ? 'electron.exe' : 'electron');
  if (!existsSync(executablePath)) return undefined;
  const version = await readFile(join(distPath, 'version'), 'utf8').catch(() => 'unknown');
  return { executablePath, distPath, version: version.trim().replace(/^v/, '') };
}

/**
 * Switches Electron needs on this machine. Chromium's sandbox cannot be had as root, nor where the system forbids user
 * namespaces to programs it does not know; the page's own sandbox (no Node, isolated context) stays.
 */
export async function electronSwitches(): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const restricted = await Promise.all([
    readFile('/proc/sys/kernel/apparmor_restrict_unprivileged_userns', 'utf8').then(
      (text) => text.trim() === '1',
      () => false,
    ),
    readFile('/proc/sys/kernel/unprivileged_userns_clone', 'utf8').then(
      (text) => text.trim() === '0',
      () => false,
    ),
  ]);
  return process.getuid?.() === 0 || restricted.includes(true) ? ['--no-sandbox'] : [];
}
