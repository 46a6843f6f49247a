import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Calls `changed` when a branch may have moved. What cannot be watched is not; gives what ends it. */
export function watchBranch(common: string, branch: string, changed: () => void): () => void {
  const file = join(common, 'refs', 'heads', ...branch.split('/'));
  const watchers: FSWatcher[] = [];
  const follow = (folder: string, name: string): void => {
    try {
      const watcher = watch(folder, { persistent: false }, (_kind, found) => {
        if (found === name) changed();
      });
      watcher.on('error', () => watcher.close());
      watchers.push(watcher);
    } catch {
      // A branch that was packed has no file; its next move makes one, and `packed-refs` tells of others.
    }
  };
  follow(dirname(file), basename(file));
  follow(common, 'packed-refs');
  return () => {
    for (const watcher of watchers) watcher.close();
  };
}
