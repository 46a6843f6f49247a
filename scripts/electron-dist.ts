import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's own folder. */
export const repositoryFolder = fileURLToPath(new URL('..', import.meta.url));

/** Where an Electron made from npm packages is kept: outside node_modules, so that `npm ci` and fresh clones find it again. */
export const preparedFolder = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'control-room-toolchain',
  'electron-33.2.1-linux-x64',
);

/** Version of the prepared Electron. */
export const preparedVersion = '33.2.1';

export interface ElectronDist {
  /** Folder for ELECTRON_OVERRIDE_DIST_PATH and electron-builder's `electronDist`. */
  dist: string;
  executable: string;
  version: string;
  /** `release`: Electron's own download. `prepared`: made from npm packages by `npm run electron:prepare`. `given`: by ELECTRON_OVERRIDE_DIST_PATH. */
  source: 'release' | 'prepared' | 'given';
}

function at(dist: string, executable: string, source: ElectronDist['source']): ElectronDist | undefined {
  const path = join(dist, executable);
  if (!existsSync(path)) return undefined;
  const versionFile = join(dist, 'version');
  const version = existsSync(versionFile) ? readFileSync(versionFile, 'utf8').trim().replace(/^v/, '') : '';
  return { dist, executable: path, version, source };
}

/** The Electron that can be started right now, if there is one. */
export function findElectron(): ElectronDist | undefined {
  const names: Partial<Record<NodeJS.Platform, string>> = {
    darwin: 'Electron.app/Contents/MacOS/Electron',
    win32: 'electron.exe',
  };
  const executable = names[process.platform] ?? 'electron';
  const given = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (given) return at(given, executable, 'given');
  return (
    at(join(repositoryFolder, 'node_modules', 'electron', 'dist'), executable, 'release') ??
    (existsSync(join(preparedFolder, 'prepared')) ? at(preparedFolder, executable, 'prepared') : undefined)
  );
}
