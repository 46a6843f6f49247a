import { homedir, platform } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where the prepared Electron and the better-sqlite3 built for it are kept, outside of node_modules so that every clone
 * uses the same ones. CONTROL_ROOM_ELECTRON_CACHE names another folder.
 */
export function electronCacheFolder(environment: NodeJS.ProcessEnv): string {
  if (environment.CONTROL_ROOM_ELECTRON_CACHE) return resolve(environment.CONTROL_ROOM_ELECTRON_CACHE);
  return join(userCacheFolder(environment), 'control-room-electron');
}

function userCacheFolder(environment: NodeJS.ProcessEnv): string {
  if (environment.XDG_CACHE_HOME) return environment.XDG_CACHE_HOME;
  if (platform() === 'darwin') return join(homedir(), 'Library', 'Caches');
  if (platform() === 'win32') return environment.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local');
  return join(homedir(), '.cache');
}
