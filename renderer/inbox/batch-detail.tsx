import { ListChecks } from 'lucide-react';
import { useState } from 'react';
import type { Approval } from '../../shared/approvals.ts';
import type { InboxItem } from '../../shared/inbox.ts';
import type { SharedDecision } from '../app/actions.ts';
import { useApp } from '../app/app-context.ts';
import { useCommand } from '../app/commands.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { plural } from '../ui/format.ts';
import { ApprovalSubject, ApprovalTitle } from './approval-body.tsx';
import { DenyForm } from './deny-form.tsx';
import { DetailFoot } from './detail-parts.tsx';
import { asksTheSame } from './equal-requests.ts';
import { ItemLine } from './item-words.tsx';
import { SnoozeMenu } from './snooze-menu.tsx';

/** Several items chosen with X: what they are, and one answer for all of them. */
export function BatchDetail({
  items,
  onClear,
  isArmed,
  touch = false,
}: {
  items: readonly InboxItem[];
  onClear: () => void;
  isArmed: () => boolean;
  touch?: boolean;
}) {
  const { actions } = useApp();
  const approvals = useStore((state) => state.rows.approvals);
  const workers = useStore((state) => state.rows.workers);
  const [saying, setSaying] = useState(false);
  const requests = items.flatMap(({ approvalId }) => {
    const approval = approvalId ? approvals[approvalId] : undefined;
    return approval ? [approval] : [];
  });
  const allowable = requests.filter(({ kind }) => kind !== 'question');
  const troubles = items.filter(({ approvalId }) => approvalId === null);
  const first = requests[0];
  const same = first !== undefined && requests.length > 1 && requests.every((other) => asksTheSame(first, other));
  const decide = (which: readonly Approval[], sent: SharedDecision): void => {
    if (!isArmed() || which.length === 0) return;
    void actions.decideMany(which, sent);
    onClear();
  };
  const allow = (): void => decide(allowable, { decision: 'allow' });
  const deny = (): void => decide(requests, { decision: 'deny' });
  const aside = (): void => {
    if (!isArmed()) return;
    for (const item of troubles) void actions.dismiss(item);
    onClear();
  };
  useCommand('allow', allow, allowable.length > 0 && !saying);
  useCommand('deny', deny, requests.length > 0 && !saying);
  useCommand('deny.why', () => setSaying(true), requests.length > 0 && !saying);
  useCommand('aside', aside, troubles.length > 0 && !saying);
  const size = touch ? 'touch' : 'lg';
  const grow = touch ? 'flex-1' : undefined;
  return (
    <section aria-label="Several at once" className="flex min-h-0 min-w-0 flex-col">
      {!touch && (
        <div className="flex h-(--viewbar-h) shrink-0 items-center gap-2.5 border-b border-hair pr-4 pl-8 max-narrow:pl-5">
          <ListChecks size={16} aria-hidden className="text-ink-3" />
          <b className="font-strong">{plural(items.length, 'item')} selected</b>
          <span className="text-sm text-ink-3">one answer for all of them</span>
        </div>
      )}
      <div className="min-h-0 flex-1 overflow-y-auto px-8 pt-5 pb-6 max-narrow:px-5 max-phone:px-1">
        <div className="max-w-[720px]">
          <h2 className="mb-3 text-xl leading-7 font-strong tracking-[-.018em]">
            {same && first ? (
              <ApprovalTitle approval={first} worker={workers[first.workerId]} />
            ) : (
              'Answer them together'
            )}
          </h2>
          {same && first && <ApprovalSubject approval={first} worker={workers[first.workerId]} foldAt={24} />}
          <ul className={cx('overflow-hidden rounded-3 bg-surface ring-1 ring-inset ring-hair', same && 'mt-4')}>
            {items.map((item) => {
              const worker = item.workerId ? workers[item.workerId] : undefined;
              const approval = item.approvalId ? approvals[item.approvalId] : undefined;
              return (
                <li key={item.id} className="border-t border-hair-soft px-3 py-2 text-sm first:border-t-0">
                  <b className="font-strong">{worker?.name ?? 'removed worker'}</b>
                  {!same && (
                    <div className="mt-0.5 text-ink-2 wrap-anywhere">
                      <ItemLine item={item} approval={approval} worker={worker} />
                    </div>
                  )}
                </li>
              );
            })}
          </ul>
        </div>
      </div>
      <DetailFoot>
        {saying ? (
          <DenyForm
            touch={touch}
            verb={`Deny ${requests.length}`}
            onCancel={() => setSaying(false)}
            onDeny={(message, interrupt) =>
              decide(requests, {
                decision: 'deny',
                ...(message ? { message } : {}),
                ...(interrupt ? { interrupt } : {}),
              })
            }
          />
        ) : (
          <div className="flex flex-wrap items-center gap-2">
            {allowable.length > 0 && (
              <Button look="primary" size={size} command="allow" onClick={allow} className={grow}>
                Allow {allowable.length} once
              </Button>
            )}
            {requests.length > 0 && (
              <>
                <Button size={size} command="deny" onClick={deny} className={grow}>
                  Deny {requests.length}
                </Button>
                <Button size={size} command="deny.why" onClick={() => setSaying(true)} className={grow}>
                  Deny and say why
                </Button>
              </>
            )}
            {troubles.length > 0 && (
              <Button size={size} command="aside" onClick={aside} className={grow}>
                Put {troubles.length} aside
              </Button>
            )}
            <SnoozeMenu items={items} size={size} onDone={onClear} className={touch ? 'flex-1' : 'ml-auto'} />
            <Button look="ghost" size={size} keys="Escape" onClick={onClear} className={grow}>
              Clear
            </Button>
          </div>
        )}
      </DetailFoot>
    </section>
  );
}
