import { allows } from '../../shared/access.ts';
import type { InboxItem } from '../../shared/inbox.ts';
import type { Project } from '../../shared/projects.ts';
import { useApp } from '../app/app-context.ts';
import { useCommand } from '../app/commands.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { Facts, Part } from './detail-parts.tsx';
import { SnoozeMenu } from './snooze-menu.tsx';

/** What an untrusted repository brings that would run by itself. */
export function TrustBody({ item, project }: { item: InboxItem; project: Project }) {
  const files = project.trustQuestion?.files ?? [];
  return (
    <>
      <p className="mb-3 text-ink-2 wrap-anywhere">{item.text}</p>
      <ul className="overflow-hidden rounded-3 bg-surface ring-1 ring-inset ring-hair">
        {files.map((file) => (
          <li key={file} className="border-t border-hair-soft px-3 py-1.5 font-mono text-sm first:border-t-0">
            {file}
          </li>
        ))}
      </ul>
      <Part title="What trust means">
        <Facts
          rows={[
            ['Trusted', 'Workers started from then on run these hooks and servers as they come with the repository.'],
            ['Left off', 'Workers go on as now: with your own settings only.'],
            ['Repository', <code key="p">{project.path}</code>],
          ]}
        />
      </Part>
    </>
  );
}

/** Trust it, or leave it off. */
export function TrustActions({
  item,
  touch = false,
  isArmed,
}: {
  item: InboxItem;
  touch?: boolean;
  isArmed: () => boolean;
}) {
  const { actions } = useApp();
  const mayTrust = useStore((state) => allows(state.access, 'admin'));
  const size = touch ? 'touch' : 'lg';
  const trust = (): void => {
    if (isArmed()) void actions.trust(item.projectId);
  };
  const leave = (): void => {
    if (isArmed()) void actions.dismiss(item);
  };
  useCommand('allow', trust, mayTrust);
  useCommand('deny', leave);
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button
        look="primary"
        size={size}
        command="allow"
        disabled={!mayTrust}
        title={mayTrust ? undefined : 'Needs admin access'}
        onClick={trust}
        className={touch ? 'flex-1' : undefined}
      >
        Trust this repository
      </Button>
      <Button size={size} command="deny" onClick={leave} className={touch ? 'flex-1' : undefined}>
        Leave them off
      </Button>
      <SnoozeMenu items={[item]} size={size} className={touch ? 'flex-1' : 'ml-auto'} />
    </div>
  );
}
