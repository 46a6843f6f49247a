import { Undo2 } from 'lucide-react';
import { useState } from 'react';
import { allows } from '../../shared/access.ts';
import type { RemovedWorktree } from '../../shared/worktrees.ts';
import { useStore } from '../data/store.ts';
import { Panel } from '../settings/panel.tsx';
import { Button } from '../ui/button.tsx';
import { exactTime, plural } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import { useWorktreeActions } from './use-worktree-actions.ts';

/** What was removed and can be brought back, newest first. */
export function RemovedPanel({ removed }: { removed: readonly RemovedWorktree[] | null }) {
  const actions = useWorktreeActions();
  const may = useStore((state) => allows(state.access, 'reply'));
  const [busy, setBusy] = useState<string | null>(null);
  if (!removed || removed.length === 0) return null;
  return (
    <Panel title="Removed" about="With everything that was in them, until their time is over.">
      <ul aria-label="Removed worktrees">
        {removed.map((one) => (
          <li
            key={one.id}
            className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-t border-hair-soft px-4 py-2 first:border-t-0"
          >
            <span className="min-w-48 flex-1">
              <span className="block truncate font-medium">{one.worktree.branch}</span>
              <span className="text-sm text-ink-3">
                <Since at={one.removedAt} before="removed" after="ago" />
                {one.uncommitted > 0 && `, with ${plural(one.uncommitted, 'file')} in no commit`}
                {one.ignoredDropped.length > 0 && `, without ${one.ignoredDropped.slice(0, 3).join(', ')}`}, kept until{' '}
                <time title={exactTime(one.expiresAt)}>
                  {new Date(one.expiresAt).toLocaleDateString('en-GB', { day: 'numeric', month: 'long' })}
                </time>
              </span>
            </span>
            <Button
              size="sm"
              icon={Undo2}
              disabled={!may || busy !== null}
              className="max-phone:h-11"
              onClick={() => {
                setBusy(one.id);
                void actions.restore([one.id]).finally(() => setBusy(null));
              }}
            >
              {busy === one.id ? 'Bringing it back…' : 'Bring back'}
            </Button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
