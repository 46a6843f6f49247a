import { useEffect, useRef, useState } from 'react';
import type { Approval } from '../../shared/approvals.ts';
import type { InboxItem } from '../../shared/inbox.ts';
import { isSnoozed } from '../../shared/inbox-items.ts';
import type { Worker } from '../../shared/workers.ts';
import { hrefOf } from '../app/router.ts';
import { useInbox, useProject } from '../app/use-rows.ts';
import { Where } from '../board/worker-card.tsx';
import { useNow } from '../data/clock.ts';
import { useStore } from '../data/store.ts';
import { inboxMark } from '../data/worker-state.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { clockTime } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import { ApprovalTitle } from './approval-body.tsx';
import { reasonOf } from './approval-words.ts';
import { BatchDetail } from './batch-detail.tsx';
import { Calm } from './calm.tsx';
import { Decide } from './decide.tsx';
import { DecidedRow, PastDetail, useDecided } from './decided.tsx';
import { Facts } from './detail-parts.tsx';
import { equalRequests } from './equal-requests.ts';
import { groupsOf } from './inbox-list.tsx';
import { ageColor, ageWords, ItemLine, ItemMark, troubleWords } from './item-words.tsx';
import { RequestBody, touchRows } from './request-parts.tsx';
import { SnoozeMenu } from './snooze-menu.tsx';
import { TroubleActions } from './trouble-actions.tsx';
import { TroubleBody } from './trouble-body.tsx';
import { TrustActions, TrustBody } from './trust.tsx';
import { useDecision } from './use-decision.ts';
import { useSelection } from './use-selection.ts';

/** The inbox on a phone: one column, the open item is a card in the list, its buttons at the thumb. */
export function PhoneInbox({ id }: { id: string | null }) {
  const items = useInbox();
  const decided = useDecided();
  const now = useNow(15_000);
  const ready = useStore((state) => state.system !== null);
  const { open, past, isArmed } = useSelection(items, id);
  const [listOpen, setListOpen] = useState(false);
  const [batch, setBatch] = useState<ReadonlySet<string>>(new Set());
  const together = items.filter((item) => batch.has(item.id));
  if (together.length > 0)
    return <BatchDetail touch items={together} onClear={() => setBatch(new Set())} isArmed={isArmed} />;
  const groups = groupsOf(items, now);
  return (
    <>
      {items.length === 0 && ready && !past && <Calm last={decided[0]} />}
      {past && <PastDetail approval={past} />}
      {groups.map((group) => (
        <section key={group.key} aria-label={group.label}>
          {(groups.length > 1 || group.key === 'snoozed') && (
            <h2 className="px-1 pt-3 pb-1 text-sm text-ink-3">
              {group.label} {group.items.length}
            </h2>
          )}
          <ul>
            {group.items.map((item) =>
              item.id === open?.id ? (
                <PhoneCard
                  key={item.id}
                  item={item}
                  items={items}
                  onTogether={(ids) => setBatch(new Set(ids))}
                  isArmed={isArmed}
                />
              ) : (
                <PhoneRow key={item.id} item={item} />
              ),
            )}
          </ul>
        </section>
      ))}
      {decided.length > 0 && (
        <section className="mt-2">
          <button
            type="button"
            aria-expanded={listOpen}
            onClick={() => setListOpen(!listOpen)}
            className="flex h-12 w-full items-center justify-between px-1 text-ink-3"
          >
            <span>Decided</span>
            <span>{decided.length}</span>
          </button>
          {listOpen &&
            decided.slice(0, 30).map((approval) => <DecidedRow key={approval.id} approval={approval} wide />)}
        </section>
      )}
    </>
  );
}

function useItemRows(item: InboxItem) {
  const worker = useStore((state) => (item.workerId ? state.rows.workers[item.workerId] : undefined));
  const approval = useStore((state) => (item.approvalId ? state.rows.approvals[item.approvalId] : undefined));
  const project = useProject(item.projectId);
  return { worker, approval, project, name: worker?.name ?? project?.name ?? 'removed worker' };
}

function Age({ item, short = false }: { item: InboxItem; short?: boolean }) {
  const now = useNow(15_000);
  const words = ageWords(item);
  return isSnoozed(item, now) && item.snoozedUntil !== null ? (
    <span className="text-sm text-ink-3">until {clockTime(item.snoozedUntil, now)}</span>
  ) : (
    <Since
      at={item.since}
      before={short ? '' : words.before}
      after={short ? '' : words.after}
      className={cx('text-sm', ageColor(item, now))}
    />
  );
}

function PhoneRow({ item }: { item: InboxItem }) {
  const { worker, approval, name } = useItemRows(item);
  return (
    <li>
      <a
        href={hrefOf({ view: 'inbox', id: item.id })}
        className="grid min-h-16 grid-cols-[16px_minmax(0,1fr)_auto] gap-x-2.5 border-b border-hair-soft px-1 py-3"
      >
        <ItemMark item={item} now={useNow(15_000)} className="mt-0.5" />
        <b className="truncate font-strong">{name}</b>
        <Age item={item} short />
        <span className="col-start-2 col-end-4 line-clamp-2 text-ink-2">
          <ItemLine item={item} approval={approval} worker={worker} />
        </span>
      </a>
    </li>
  );
}

const edges = {
  late: 'ring-late-line',
  failed: 'ring-late-line',
  needs: 'ring-needs-line',
  info: 'ring-hair-strong',
} as const;

function PhoneCard({
  item,
  items,
  onTogether,
  isArmed,
}: {
  item: InboxItem;
  items: readonly InboxItem[];
  onTogether: (ids: readonly string[]) => void;
  isArmed: () => boolean;
}) {
  const now = useNow(15_000);
  const { worker, approval, project, name } = useItemRows(item);
  const card = useRef<HTMLLIElement>(null);
  useEffect(() => {
    // In braces: newer browsers answer with a promise, which is no way to end an effect.
    card.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <li
      ref={card}
      className={cx('my-2 scroll-my-3 rounded-[8px] bg-surface p-3.5 ring-1 ring-inset', edges[inboxMark(item, now)])}
    >
      <a
        href={worker ? hrefOf({ view: 'worker', id: worker.id, tab: null, file: null }) : undefined}
        className="grid grid-cols-[16px_minmax(0,1fr)_auto] items-center gap-x-2.5"
      >
        <ItemMark item={item} now={now} />
        <b className="truncate text-lg font-strong">{name}</b>
        <Age item={item} />
      </a>
      {worker && <Where worker={worker} className="mt-1 font-mono text-sm text-ink-3" />}
      {approval ? (
        <PhoneRequest
          item={item}
          items={items}
          approval={approval}
          worker={worker}
          onTogether={onTogether}
          isArmed={isArmed}
        />
      ) : worker ? (
        <>
          <h2 className="mt-3 mb-2 font-strong">
            {item.kind in troubleWords && troubleWords[item.kind as keyof typeof troubleWords].title}
          </h2>
          <TroubleBody item={item} worker={worker} />
          <div className="mt-3">
            <TroubleActions item={item} worker={worker} touch isArmed={isArmed} />
          </div>
        </>
      ) : (
        project && (
          <div className="mt-3 grid gap-3">
            <TrustBody item={item} project={project} />
            <TrustActions item={item} touch isArmed={isArmed} />
          </div>
        )
      )}
    </li>
  );
}

function PhoneRequest({
  item,
  items,
  approval,
  worker,
  onTogether,
  isArmed,
}: {
  item: InboxItem;
  items: readonly InboxItem[];
  approval: Approval;
  worker: Worker | undefined;
  onTogether: (ids: readonly string[]) => void;
  isArmed: () => boolean;
}) {
  const decision = useDecision(approval, isArmed);
  const approvals = useStore((state) => state.rows.approvals);
  const waiting = items.flatMap(({ approvalId }) => {
    const other = approvalId ? approvals[approvalId] : undefined;
    return other ? [other] : [];
  });
  const equal = equalRequests(approval, waiting);
  const editing = decision.mode === 'editing' && !decision.busy;
  const touches = touchRows(approval, worker);
  const reason = reasonOf(approval);
  return (
    <div className="mt-3 grid min-w-0 gap-3">
      <h2 className="font-strong wrap-anywhere">
        <ApprovalTitle approval={approval} worker={worker} />
      </h2>
      <div className="min-w-0">
        <RequestBody decision={decision} worker={worker} touch foldAt={16} />
      </div>
      {touches.length > 0 && !editing && <Facts rows={touches} />}
      {reason && !editing && <p className="text-sm text-ink-3 wrap-anywhere">Asked because: {reason}</p>}
      {equal.length > 0 && !editing && (
        <Button size="touch" onClick={() => onTogether([item.id, ...equal.map(({ id }) => id)])}>
          {equal.length} more {equal.length === 1 ? 'asks' : 'ask'} this: answer together
        </Button>
      )}
      {!editing && (
        <Decide
          decision={decision}
          size="touch"
          more={<SnoozeMenu items={[item]} size="touch" className="flex-1 px-2" />}
        />
      )}
    </div>
  );
}
