import { Check, FileQuestion, Minus, X } from 'lucide-react';
import { useMemo } from 'react';
import { allows } from '../../shared/access.ts';
import type { Approval } from '../../shared/approvals.ts';
import { useApp } from '../app/app-context.ts';
import { hrefOf } from '../app/router.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { clockTime, duration } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import { ApprovalSubject, ApprovalTitle } from './approval-body.tsx';
import { deciderWords, outcomeWords, scopeOf } from './approval-words.ts';
import { DetailHead, Facts, Part } from './detail-parts.tsx';

/** Requests that are over, the newest first. */
export function useDecided(): Approval[] {
  const approvals = useStore((state) => state.rows.approvals);
  return useMemo(
    () =>
      Object.values(approvals)
        .filter((approval) => approval.state !== 'waiting')
        .sort((a, b) => (b.decidedAt ?? b.createdAt) - (a.decidedAt ?? a.createdAt)),
    [approvals],
  );
}

function outcomeIcon({ state }: Approval) {
  if (state === 'allowed' || state === 'answered') return Check;
  return state === 'denied' ? X : Minus;
}

/** One decision of the past in a line: what, by whom, for how long, when. */
export function DecidedRow({
  approval,
  on = false,
  wide = false,
}: {
  approval: Approval;
  on?: boolean;
  wide?: boolean;
}) {
  const worker = useStore((state) => state.rows.workers[approval.workerId]);
  const rule = useStore((state) => (approval.ruleId ? state.rows.rules[approval.ruleId] : undefined));
  const Icon = outcomeIcon(approval);
  const who =
    approval.decidedBy === 'rule' ? 'rule' : approval.decidedBy === 'terminal' ? 'its terminal' : approval.decidedBy;
  return (
    <a
      href={hrefOf({ view: 'inbox', id: approval.id })}
      aria-current={on ? 'true' : undefined}
      className={cx(
        'focus-inset grid min-h-7 min-w-0 items-center gap-x-2 rounded-2 px-2 text-sm hover:bg-hover max-phone:min-h-14',
        wide ? 'grid-cols-[14px_minmax(0,1fr)_auto] py-1.5' : 'grid-cols-[14px_minmax(0,1fr)_auto_auto]',
        on && 'bg-active',
      )}
    >
      <Icon size={14} aria-label={outcomeWords[approval.state]} className="shrink-0 text-ink-3" />
      <span className="flex min-w-0 items-baseline gap-1.5">
        <span className="max-w-[45%] shrink-0 truncate">{worker?.name ?? 'removed'}</span>
        <code className="truncate text-ink-3" title={approval.summary}>
          {approval.summary}
        </code>
      </span>
      {!wide && (
        <span className="max-w-28 shrink-0 truncate text-ink-3">
          {approval.state === 'cancelled' || approval.state === 'expired'
            ? outcomeWords[approval.state]
            : `${who ?? 'somebody'}, ${approval.state === 'denied' ? 'denied' : scopeOf(approval, rule)}`}
        </span>
      )}
      <span className="shrink-0 text-right text-xs text-ink-3">
        {clockTime(approval.decidedAt ?? approval.createdAt)}
      </span>
      {wide && (
        <span className="col-start-2 col-end-4 truncate text-xs leading-4 text-ink-3">
          {outcomeWords[approval.state]}
          {who ? ` by ${deciderWords(approval)}` : ''}
          {approval.ruleId ? `, ${scopeOf(approval, rule)}` : ''}
        </span>
      )}
    </a>
  );
}

/** A decision of the past: who, when, from where, for how long, and the rule that made it or that it made. */
export function PastDetail({ approval }: { approval: Approval }) {
  const { actions } = useApp();
  const worker = useStore((state) => state.rows.workers[approval.workerId]);
  const rule = useStore((state) => (approval.ruleId ? state.rows.rules[approval.ruleId] : undefined));
  const may = useStore((state) => allows(state.access, 'approve'));
  const decider = deciderWords(approval);
  const waitedMs = approval.decidedAt === null ? null : approval.decidedAt - approval.createdAt;
  return (
    <section aria-label="A decision" className="flex min-h-0 min-w-0 flex-col">
      <DetailHead
        worker={worker}
        name={worker?.name ?? 'removed worker'}
        mark={<FileQuestion size={16} aria-hidden className="shrink-0 text-ink-3" />}
        end={
          approval.decidedAt !== null && (
            <Since at={approval.decidedAt} before={outcomeWords[approval.state]} after="ago" className="text-ink-3" />
          )
        }
      />
      <div className="min-h-0 flex-1 overflow-y-auto px-8 pt-5 pb-6 max-narrow:px-5">
        <div className="max-w-[720px]">
          <h2 className="mb-3 text-xl leading-7 font-strong tracking-[-.018em] wrap-anywhere">
            <ApprovalTitle approval={approval} worker={worker} />
          </h2>
          <ApprovalSubject approval={approval} worker={worker} />
          <Part title="What came of it">
            <Facts
              rows={[
                ['Outcome', outcomeWords[approval.state]],
                ...(decider ? ([['Decided by', decider]] as const) : []),
                ['Asked', <Since key="a" at={approval.createdAt} after="ago" />],
                ...(approval.decidedAt !== null
                  ? ([
                      [
                        'Decided',
                        <span key="d">
                          <Since at={approval.decidedAt} after="ago" />
                          {waitedMs !== null && waitedMs >= 1000 && (
                            <span className="text-ink-3">, after {duration(waitedMs)}</span>
                          )}
                        </span>,
                      ],
                    ] as const)
                  : []),
                ['Holds', scopeOf(approval, rule)],
                ...(approval.message ? ([['Said', approval.message]] as const) : []),
              ]}
            />
          </Part>
          {rule && (
            <Part title={approval.decidedBy === 'rule' ? 'The rule that decided' : 'The rule it made'}>
              <div className="flex flex-wrap items-center gap-3 rounded-3 bg-surface px-3 py-2 ring-1 ring-inset ring-hair">
                <code className="min-w-0 flex-1 text-sm wrap-anywhere">{rule.rule}</code>
                <a
                  href={hrefOf({ view: 'settings', section: 'permissions' })}
                  className="text-sm font-medium text-accent-text hover:underline"
                >
                  All rules
                </a>
                <Button size="sm" look="danger" disabled={!may} onClick={() => void actions.removeRule(rule.id)}>
                  Remove the rule
                </Button>
              </div>
            </Part>
          )}
        </div>
      </div>
    </section>
  );
}
