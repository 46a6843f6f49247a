import type { Approval } from '../../shared/approvals.ts';
import type { Worker } from '../../shared/workers.ts';
import { useMedia } from '../app/use-media.ts';
import { useNow } from '../data/clock.ts';
import { lateAfterMs } from '../data/worker-state.ts';
import { cx } from '../ui/cx.ts';
import { StateMark } from '../ui/state-mark.tsx';
import { ApprovalDelta, ApprovalSubject, ApprovalTitle } from './approval-body.tsx';
import { reasonOf } from './approval-words.ts';
import { Decide } from './decide.tsx';
import { EditInput } from './edit-input.tsx';
import { QuestionForm } from './question-form.tsx';
import { useDecision } from './use-decision.ts';

/** A request inside a conversation: what is asked, exactly, and its buttons, in one block. */
export function ApprovalBlock({ approval, worker }: { approval: Approval; worker: Worker | undefined }) {
  // Another request is another decision: nothing chosen for the last one may hold for it.
  return <Block key={approval.id} approval={approval} worker={worker} />;
}

function Block({ approval, worker }: { approval: Approval; worker: Worker | undefined }) {
  const late = useNow(15_000) - approval.createdAt >= lateAfterMs();
  const phone = useMedia('(max-width: 639.98px)');
  const decision = useDecision(approval);
  const reason = reasonOf(approval);
  const editing = decision.mode === 'editing' && !decision.busy;
  const flush = !editing && ['Edit', 'MultiEdit', 'Write', 'NotebookEdit'].includes(approval.toolName);
  return (
    <section
      aria-label="Request"
      className={cx(
        'enter flex min-h-0 flex-col overflow-hidden rounded-[8px] bg-surface ring-1 ring-inset',
        late ? 'ring-late-line' : 'ring-needs-line',
      )}
    >
      <header
        className={cx(
          'flex min-h-[38px] shrink-0 items-center gap-[9px] px-3.5 py-1.5',
          late ? 'bg-late-bg' : 'bg-needs-bg',
        )}
      >
        <StateMark mark={late ? 'late' : 'needs'} />
        <h2 className="min-w-0 font-strong wrap-anywhere">
          <ApprovalTitle approval={approval} worker={worker} />
        </h2>
        <ApprovalDelta approval={approval} />
        {reason && (
          <span className="ml-auto max-w-[45%] truncate text-sm text-ink-2 max-phone:hidden" title={reason}>
            {reason}
          </span>
        )}
      </header>
      <div className={cx('min-h-0 flex-1 overflow-y-auto', !flush && 'p-3')}>
        {approval.kind === 'question' ? (
          <QuestionForm name={approval.id} answering={decision.answers} onSubmit={decision.allow} />
        ) : editing ? (
          <EditInput
            approval={approval}
            touch={phone}
            onAllow={decision.allowEdited}
            onCancel={() => decision.setMode('deciding')}
          />
        ) : (
          <ApprovalSubject approval={approval} worker={worker} foldAt={12} flush={flush} />
        )}
      </div>
      {!editing && (
        <footer className="shrink-0 border-t border-hair-soft px-3.5 py-2.5">
          <Decide decision={decision} size={phone ? 'touch' : 'md'} />
        </footer>
      )}
    </section>
  );
}
