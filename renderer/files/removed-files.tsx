import { allows } from '../../shared/access.ts';
import { removedFileDays } from '../../shared/file-limits.ts';
import { serverNow } from '../data/clock.ts';
import { useStore } from '../data/store.ts';
import { useAsked } from '../data/use-asked.ts';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';
import { duration, exactTime } from '../ui/format.ts';
import type { FileActions } from './file-actions.ts';
import { isBelow, nameOf, parentOf, wayFrom } from './file-paths.ts';

/** What was deleted below `root` and can be had back. */
export function RemovedFiles({ root, actions }: { root: string; actions: FileActions }) {
  const mayWrite = useStore((state) => allows(state.access, 'approve'));
  const {
    value: items,
    error,
    again,
  } = useAsked(root, '', async (client, signal) =>
    (await client.files.removed(undefined, { signal })).items.filter(({ path }) => isBelow(path, root)),
  );
  const then = (work: Promise<unknown>): void => void work.then(again);
  if (error) return <Problem className="m-3">{error}</Problem>;
  if (!items) return null;
  if (items.length === 0) {
    return (
      <p className="px-4 py-3 text-sm text-ink-3">
        Nothing was deleted here. What is deleted stays for {removedFileDays} days.
      </p>
    );
  }
  return (
    <ul className="min-h-0 flex-1 overflow-y-auto px-2 py-1">
      {items.map((file) => (
        <li key={file.id} className="grid gap-1 rounded-2 px-2 py-2 hover:bg-hover">
          <span className="truncate text-sm" title={file.path}>
            {nameOf(file.path)}
            {file.kind === 'folder' && '/'}{' '}
            <span className="text-xs text-ink-3">{wayFrom(root, parentOf(file.path))}</span>
          </span>
          <span className="flex items-center gap-2 text-xs text-ink-3">
            <time className="flex-1" title={exactTime(file.removedAt)}>
              {duration(serverNow() - file.removedAt)} ago
            </time>
            {mayWrite && (
              <>
                <Button size="xs" className="max-phone:h-11" onClick={() => then(actions.restore(file.id, file.path))}>
                  Restore
                </Button>
                <Button
                  size="xs"
                  look="ghost"
                  className="max-phone:h-11"
                  title="It cannot be had back then"
                  onClick={() => then(actions.purge(file.id))}
                >
                  For good
                </Button>
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
