import { Clock } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import type { InboxItem } from '../../shared/inbox.ts';
import { isSnoozed } from '../../shared/inbox-items.ts';
import { hrefOf } from '../app/router.ts';
import { useProject } from '../app/use-rows.ts';
import { useNow } from '../data/clock.ts';
import { useStore } from '../data/store.ts';
import { cx } from '../ui/cx.ts';
import { clockTime } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import { ageColor, ItemLine, ItemMark, itemKind } from './item-words.tsx';

export interface ItemGroup {
  key: string;
  label: string;
  items: InboxItem[];
}

const groupLabels = { now: 'Waits for your answer', soon: 'Ended or will stop', info: 'Worth knowing' } as const;

/** An ordered inbox in its parts: by urgency, and what is snoozed at the end. Parts without items are left out. */
export function groupsOf(items: readonly InboxItem[], now: number): ItemGroup[] {
  const groups: ItemGroup[] = (['now', 'soon', 'info'] as const).map((key) => ({
    key,
    label: groupLabels[key],
    items: items.filter((item) => item.urgency === key && !isSnoozed(item, now)),
  }));
  groups.push({ key: 'snoozed', label: 'Snoozed', items: items.filter((item) => isSnoozed(item, now)) });
  return groups.filter((group) => group.items.length > 0);
}

/** The list of everything that waits. */
export function InboxList({
  items,
  openId,
  selected,
  onToggle,
}: {
  items: readonly InboxItem[];
  openId: string | null;
  selected: ReadonlySet<string>;
  onToggle: (id: string) => void;
}) {
  const now = useNow(15_000);
  const groups = groupsOf(items, now);
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      {groups.map((group) => (
        <section key={group.key} aria-label={group.label}>
          {(groups.length > 1 || group.key === 'snoozed') && (
            <h2 className="flex h-7 items-center gap-1.5 border-b border-hair-soft px-4 text-xs text-ink-3">
              {group.label} <span>{group.items.length}</span>
            </h2>
          )}
          <ul>
            {group.items.map((item) => (
              <ItemRow
                key={item.id}
                item={item}
                on={item.id === openId}
                selected={selected.has(item.id)}
                selecting={selected.size > 0}
                onToggle={onToggle}
              />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function ItemRow({
  item,
  on,
  selected,
  selecting,
  onToggle,
}: {
  item: InboxItem;
  on: boolean;
  selected: boolean;
  selecting: boolean;
  onToggle: (id: string) => void;
}) {
  const now = useNow(15_000);
  const worker = useStore((state) => (item.workerId ? state.rows.workers[item.workerId] : undefined));
  const approval = useStore((state) => (item.approvalId ? state.rows.approvals[item.approvalId] : undefined));
  const project = useProject(item.projectId);
  const { icon: Icon, words } = itemKind({ item, approval });
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (on) link.current?.scrollIntoView({ block: 'nearest' });
  }, [on]);
  const snoozed = isSnoozed(item, now);
  const name = worker?.name ?? (item.kind === 'trust' ? project?.name : undefined) ?? 'removed worker';
  let mark: ReactNode = <ItemMark item={item} now={now} className="mt-0.5 group-hover:opacity-0" />;
  if (selecting || selected) mark = null;
  return (
    <li
      className={cx(
        'group relative border-b border-hair-soft',
        selected && 'bg-accent-bg',
        on && 'before:absolute before:inset-y-0 before:left-0 before:w-0.5 before:bg-accent',
        on && !selected && 'bg-active',
      )}
    >
      <input
        type="checkbox"
        tabIndex={-1}
        checked={selected}
        aria-label={`Select ${name}`}
        onChange={() => onToggle(item.id)}
        className={cx(
          'absolute top-3 left-4 z-1 size-4 accent-(--accent)',
          !selecting && !selected && 'opacity-0 group-hover:opacity-100',
        )}
      />
      <a
        href={hrefOf({ view: 'inbox', id: item.id })}
        aria-current={on ? 'true' : undefined}
        ref={link}
        className={cx(
          'focus-inset grid grid-cols-[16px_minmax(0,1fr)_auto] gap-x-2.5 px-4 pt-2.5 pb-[11px] hover:bg-hover',
          snoozed && 'opacity-75',
        )}
      >
        {mark ?? <span />}
        <span className="flex min-w-0 items-baseline gap-1.5">
          <b className="truncate font-strong">{name}</b>
          {worker && <span className="truncate text-sm text-ink-3">{project?.name}</span>}
        </span>
        {snoozed && item.snoozedUntil !== null ? (
          <span className="flex items-center gap-1 text-xs leading-5 text-ink-3">
            <Clock size={12} aria-hidden /> {clockTime(item.snoozedUntil, now)}
          </span>
        ) : (
          <Since at={item.since} className={cx('text-xs leading-5', ageColor(item, now))} />
        )}
        <span className="col-start-2 col-end-4 mt-px line-clamp-2 text-sm leading-[18px] text-ink-2">
          <ItemLine item={item} approval={approval} worker={worker} />
        </span>
        <span className="col-start-2 col-end-4 mt-[3px] flex items-center gap-1.5 text-xs leading-4 text-ink-3">
          <Icon size={13} aria-hidden />
          {words}
        </span>
      </a>
    </li>
  );
}
