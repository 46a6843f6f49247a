import { homedir, platform } from 'node:os';
import { join, resolve } from 'node:path';

/** The data folder of a start, absolute: as the flag says, else DATA_DIR, else where this system keeps an application's data. */
export function dataDirOf(flag: unknown, environment: NodeJS.ProcessEnv): string {
  return resolve(String(flag ?? environment.DATA_DIR ?? defaultDataDir(environment)));
}

function defaultDataDir(environment: NodeJS.ProcessEnv): string {
  if (platform() === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Control Room');
  if (platform() === 'win32')
    return join(environment.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'Control Room');
  return join(environment.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'control-room');
}
