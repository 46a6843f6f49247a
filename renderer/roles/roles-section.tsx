import { ChevronRight, Plus } from 'lucide-react';
import type { Role } from '../../shared/roles.ts';
import { go, hrefOf } from '../app/router.ts';
import { useStore } from '../data/store.ts';
import { Panel } from '../settings/panel.tsx';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { limitsWords } from '../workers/limit-words.ts';
import { modeWords } from '../workers/mode-words.ts';
import { draftOfRole, emptyRoleDraft, freeName, roleWords } from './role-draft.ts';
import { RoleEditor } from './role-editor.tsx';
import { newMark } from './role-route.ts';

/** All roles, or the one that is edited. */
export function RolesSection({ item }: { item: string | null }) {
  const roles = useStore((state) => state.rows.roles);
  const admin = useStore((state) => state.access === 'admin');
  if (item?.startsWith(newMark)) {
    const like = roles[item.slice(newMark.length)];
    const draft = like
      ? {
          ...draftOfRole(like),
          name: freeName(`${like.name}-copy`, Object.keys(roles)),
          title: `${like.title}, copy`,
        }
      : emptyRoleDraft;
    return <RoleEditor key={item} edited={null} initial={draft} />;
  }
  const chosen = item ? roles[item] : undefined;
  if (chosen) return <RoleEditor key={chosen.name} edited={chosen} initial={draftOfRole(chosen)} />;
  const sorted = Object.values(roles).sort(
    (a, b) => Number(b.builtIn) - Number(a.builtIn) || a.title.localeCompare(b.title),
  );
  return (
    <Panel
      title="Roles"
      about="What a kind of worker is told and may do. Chosen when a worker starts; its own start can say otherwise."
      end={
        admin && (
          <Button
            size="sm"
            icon={Plus}
            className="max-phone:h-11"
            onClick={() => go({ view: 'settings', section: 'roles', item: newMark })}
          >
            New role
          </Button>
        )
      }
    >
      {item && (
        <p role="status" className="border-b border-hair-soft px-4 py-2 text-sm text-needs">
          There is no role {item}. It was removed.
        </p>
      )}
      <ul>
        {sorted.map((role) => (
          <RoleRow key={role.name} of={role} />
        ))}
      </ul>
      {sorted.length === 0 && <p className="px-4 py-3 text-ink-2">None yet. Make the first one.</p>}
    </Panel>
  );
}

function RoleRow({ of: role }: { of: Role }) {
  const words = roleWords(role, (mode) => modeWords[mode].name);
  const limits = limitsWords(role.limits);
  return (
    <li className="border-t border-hair-soft first:border-t-0">
      <a
        href={hrefOf({ view: 'settings', section: 'roles', item: role.name })}
        className="focus-inset flex min-w-0 items-center gap-3 px-4 py-2.5 hover:bg-hover"
      >
        <span className="min-w-0 flex-1">
          <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <span className="font-strong">{role.title}</span>
            <code className="text-ink-3">{role.name}</code>
            {role.builtIn && <Chip look="plain">{role.changed ? 'built in, changed' : 'built in'}</Chip>}
          </span>
          <span className="block text-sm text-ink-2">{role.description}</span>
          <span className="mt-0.5 block text-xs text-ink-3">
            {words.length > 0 || limits
              ? [...words, limits].filter(Boolean).join(' · ')
              : 'all else as in the settings'}
          </span>
        </span>
        <ChevronRight size={14} aria-hidden className="shrink-0 text-ink-3" />
      </a>
    </li>
  );
}
