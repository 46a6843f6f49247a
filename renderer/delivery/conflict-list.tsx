import type { MergeResult } from '../../shared/delivery.ts';
import { readablePath } from '../../shared/repository-path.ts';
import { plural } from '../ui/format.ts';

/** So many are listed; the rest is counted. */
const most = 50;

/** Files that git cannot join, with its words for why. */
export function ConflictList({ conflicts }: { conflicts: MergeResult['conflicts'] }) {
  return (
    <ul aria-label="Conflicts" className="max-h-48 overflow-y-auto rounded-3 bg-well py-1 ring-1 ring-hair ring-inset">
      {conflicts.slice(0, most).map(({ path, kind, message }) => (
        <li key={`${path} ${kind}`} title={message || undefined} className="flex gap-2 px-2.5 py-0.5 text-sm">
          <code className="min-w-0 flex-1 wrap-anywhere">{readablePath(path)}</code>
          {kind && <span className="shrink-0 text-late">{kind}</span>}
        </li>
      ))}
      {conflicts.length > most && (
        <li className="px-2.5 text-sm text-ink-3">and {plural(conflicts.length - most, 'more file')}</li>
      )}
    </ul>
  );
}
