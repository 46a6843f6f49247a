import { FolderInput } from 'lucide-react';
import { allows } from '../../shared/access.ts';
import { useApp } from '../app/app-context.ts';
import { go } from '../app/router.ts';
import { useProjects } from '../app/use-rows.ts';
import { useStore } from '../data/store.ts';
import { useAsked } from '../data/use-asked.ts';
import { useDoing } from '../data/use-doing.ts';
import { Panel } from '../settings/panel.tsx';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';

/** Worktrees that were made elsewhere and can be taken in. */
export function OutsidePanel() {
  const { connection } = useApp();
  const may = useStore((state) => allows(state.access, 'admin'));
  const known = useStore((state) => Object.keys(state.rows.worktrees).length);
  const projects = useProjects();
  const asked = useAsked('outside', String(known), async (client, signal) => {
    const { items } = await client.worktrees.outside({}, { signal });
    return items;
  });
  const doing = useDoing();
  if (!asked.error && (!asked.value || asked.value.length === 0)) return null;
  return (
    <Panel
      title="Made elsewhere"
      about="Adopted ones are reviewed, delivered and measured here. Nothing on disk changes."
    >
      {(asked.error ?? doing.error) && <Problem className="m-3">{asked.error ?? doing.error}</Problem>}
      <ul aria-label="Worktrees made elsewhere">
        {asked.value?.map((one) => (
          <li
            key={one.path}
            className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-t border-hair-soft px-4 py-2 first:border-t-0"
          >
            <span className="min-w-48 flex-1">
              <span className="block truncate font-medium">
                {one.branch ?? `at ${one.head?.slice(0, 8) ?? 'no commit'}`}
              </span>
              <span className="block truncate text-sm text-ink-3">
                {projects.find(({ id }) => id === one.projectId)?.name ?? 'removed project'}, <code>{one.path}</code>
              </span>
              {(one.problem ?? one.locked) && (
                <span className="block text-sm text-needs">{one.problem ?? `Locked: ${one.locked}`}</span>
              )}
            </span>
            <Button
              size="sm"
              icon={FolderInput}
              disabled={!may || one.problem !== null || doing.busy !== null}
              className="max-phone:h-11"
              onClick={() =>
                void doing
                  .run(one.path, () => connection.client.worktrees.adopt({ projectId: one.projectId, path: one.path }))
                  .then((row) => row && go({ view: 'review', id: row.id, query: '' }))
              }
            >
              {doing.busy === one.path ? 'Taking it in…' : 'Adopt'}
            </Button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
