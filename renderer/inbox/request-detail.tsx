import { Copy } from 'lucide-react';
import type { Approval } from '../../shared/approvals.ts';
import type { InboxItem } from '../../shared/inbox.ts';
import type { Worker } from '../../shared/workers.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { plural } from '../ui/format.ts';
import { ApprovalTitle } from './approval-body.tsx';
import { Decide } from './decide.tsx';
import { DetailFoot, Facts, LastLines, Part } from './detail-parts.tsx';
import { RequestBody, touchRows, whyRows } from './request-parts.tsx';
import { SnoozeMenu } from './snooze-menu.tsx';
import { useDecision } from './use-decision.ts';
import { useVerdict } from './use-verdict.ts';

/** A request with everything needed to decide it, and its buttons. */
export function RequestDetail({
  item,
  approval,
  worker,
  equal,
  onSelectEqual,
  isArmed,
}: {
  item: InboxItem;
  approval: Approval;
  worker: Worker | undefined;
  /** Others that ask for exactly the same. */
  equal: readonly Approval[];
  onSelectEqual: () => void;
  isArmed: () => boolean;
}) {
  const decision = useDecision(approval, isArmed);
  const editing = decision.mode === 'editing' && !decision.busy;
  const touches = touchRows(approval, worker);
  const verdict = useVerdict(approval);
  return (
    <>
      <div className="min-h-0 flex-1 overflow-y-auto px-8 pt-5 pb-6 max-narrow:px-5">
        <div className="max-w-[720px]">
          <h2 className="mb-3 text-xl leading-7 font-strong tracking-[-.018em] wrap-anywhere">
            <ApprovalTitle approval={approval} worker={worker} />
          </h2>
          <RequestBody decision={decision} worker={worker} />
          {approval.kind === 'tool' && touches.length > 0 && (
            <Part title="What it touches">
              <Facts rows={touches} />
            </Part>
          )}
          {worker && approval.kind === 'tool' && (
            <Part title="Why it asks">
              <Facts rows={whyRows(approval, worker, verdict)} />
            </Part>
          )}
          {worker && <LastLines worker={worker} />}
        </div>
      </div>
      {!editing && (
        <DetailFoot>
          {equal.length > 0 && decision.mode === 'deciding' && !decision.busy && (
            <EqualHint equal={equal} onSelect={onSelectEqual} />
          )}
          <Decide decision={decision} more={<SnoozeMenu items={[item]} className="ml-auto" />} />
        </DetailFoot>
      )}
    </>
  );
}

function EqualHint({ equal, onSelect }: { equal: readonly Approval[]; onSelect: () => void }) {
  const workers = useStore((state) => state.rows.workers);
  const names = equal.map(({ workerId }) => workers[workerId]?.name ?? 'a removed worker');
  return (
    <p className="mb-2.5 flex flex-wrap items-center gap-2 text-sm text-ink-2">
      <Copy size={14} aria-hidden className="text-ink-3" />
      <span className="min-w-0">
        {plural(equal.length, 'other')} {equal.length === 1 ? 'asks' : 'ask'} for exactly this:{' '}
        <span className="text-ink">{names.slice(0, 3).join(', ')}</span>
        {names.length > 3 && ` and ${names.length - 3} more`}
      </span>
      <Button size="sm" command="select.equal" onClick={onSelect}>
        Answer all {equal.length + 1} together
      </Button>
    </p>
  );
}
