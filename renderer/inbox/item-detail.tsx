import type { InboxItem } from '../../shared/inbox.ts';
import { isSnoozed } from '../../shared/inbox-items.ts';
import { useCommand } from '../app/commands.ts';
import { go } from '../app/router.ts';
import { useProject } from '../app/use-rows.ts';
import { useNow } from '../data/clock.ts';
import { useStore } from '../data/store.ts';
import { clockTime } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import { DetailFoot, DetailHead, LastLines } from './detail-parts.tsx';
import { equalRequests } from './equal-requests.ts';
import { ageColor, ageWords, ItemMark, troubleWords } from './item-words.tsx';
import { RequestDetail } from './request-detail.tsx';
import { TroubleActions } from './trouble-actions.tsx';
import { TroubleBody } from './trouble-body.tsx';
import { TrustActions, TrustBody } from './trust.tsx';

/** The open item with everything needed to deal with it. */
export function ItemDetail({
  item,
  items,
  onSelect,
  isArmed,
}: {
  item: InboxItem;
  items: readonly InboxItem[];
  onSelect: (ids: readonly string[]) => void;
  isArmed: () => boolean;
}) {
  const now = useNow(15_000);
  const approvals = useStore((state) => state.rows.approvals);
  const approval = item.approvalId ? approvals[item.approvalId] : undefined;
  const worker = useStore((state) => (item.workerId ? state.rows.workers[item.workerId] : undefined));
  const project = useProject(item.projectId);
  const waiting = items.flatMap(({ approvalId }) => {
    const other = approvalId ? approvals[approvalId] : undefined;
    return other ? [other] : [];
  });
  const equal = approval ? equalRequests(approval, waiting) : [];
  const selectEqual = (): void => onSelect([item.id, ...equal.map(({ id }) => id)]);
  useCommand('select.equal', selectEqual, equal.length > 0);
  useCommand(
    'open.worker',
    () => worker && go({ view: 'worker', id: worker.id, tab: null, file: null }),
    worker !== undefined,
  );
  const words = ageWords(item);
  return (
    <section aria-label="What is asked" tabIndex={-1} className="flex min-h-0 min-w-0 flex-col outline-none">
      <DetailHead
        worker={worker}
        name={worker?.name ?? project?.name ?? 'removed worker'}
        mark={<ItemMark item={item} now={now} />}
        end={
          isSnoozed(item, now) && item.snoozedUntil !== null ? (
            <span className="text-ink-3">snoozed until {clockTime(item.snoozedUntil, now)}</span>
          ) : (
            <Since at={item.since} before={words.before} after={words.after} className={ageColor(item, now)} />
          )
        }
      />
      {approval ? (
        <RequestDetail
          item={item}
          approval={approval}
          worker={worker}
          equal={equal}
          onSelectEqual={selectEqual}
          isArmed={isArmed}
        />
      ) : (
        <>
          <div className="min-h-0 flex-1 overflow-y-auto px-8 pt-5 pb-6 max-narrow:px-5">
            <div className="max-w-[720px]">
              <h2 className="mb-3 text-xl leading-7 font-strong tracking-[-.018em]">
                {item.kind in troubleWords ? troubleWords[item.kind as keyof typeof troubleWords].title : item.text}
              </h2>
              {worker ? (
                <>
                  <TroubleBody item={item} worker={worker} />
                  <LastLines worker={worker} />
                </>
              ) : (
                project && <TrustBody item={item} project={project} />
              )}
            </div>
          </div>
          <DetailFoot>
            {worker ? (
              <TroubleActions item={item} worker={worker} isArmed={isArmed} />
            ) : (
              <TrustActions item={item} isArmed={isArmed} />
            )}
          </DetailFoot>
        </>
      )}
    </section>
  );
}
