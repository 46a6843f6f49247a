import type { Approval } from '../../shared/approvals.ts';
import type { Worker } from '../../shared/workers.ts';
import { usePending } from '../app/actions.ts';
import { useApp } from '../app/app-context.ts';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';
import { questionsOf } from './tool-summary.ts';

/** The buttons of a request on a card: allow, deny, or the answers of a simple question. */
export function QuickDecision({ approval, selected }: { approval: Approval; selected: boolean }) {
  const { actions } = useApp();
  const pending = usePending((state) => state.decisions[approval.id]);
  if (pending && pending.error === null) {
    return <span className="flex h-[22px] items-center text-ink-3">{decisionWords(pending.sent.decision)}</span>;
  }
  const questions = approval.kind === 'question' ? questionsOf(approval.input) : [];
  const only = questions.length === 1 && !questions[0]?.multiple ? questions[0] : undefined;
  const quick = only ? fitting(only.options) : [];
  return (
    <>
      {approval.kind === 'question' ? (
        quick.map((option, index) => (
          <Button
            key={option.label}
            size="xs"
            look={selected && index === 0 ? 'primary' : 'plain'}
            keys={selected ? String(index + 1) : undefined}
            title={option.description ?? undefined}
            className="max-w-48 shrink! overflow-hidden"
            onClick={() =>
              only && void actions.decide(approval, { decision: 'answer', answers: { [only.question]: option.label } })
            }
          >
            <span className="truncate">{option.label}</span>
          </Button>
        ))
      ) : (
        <>
          <Button
            size="xs"
            look={selected ? 'primary' : 'plain'}
            command={selected ? 'allow' : undefined}
            onClick={() => void actions.decide(approval, { decision: 'allow' })}
          >
            {approval.kind === 'plan' ? 'Go ahead' : 'Allow once'}
          </Button>
          <Button
            size="xs"
            command={selected ? 'deny' : undefined}
            onClick={() => void actions.decide(approval, { decision: 'deny' })}
          >
            Deny
          </Button>
        </>
      )}
      <a
        href={`#/inbox/${approval.id}`}
        className="inline-flex h-[22px] items-center rounded-3 px-1.5 text-sm font-medium text-ink-2 hover:bg-hover hover:text-ink"
      >
        {approval.kind === 'question'
          ? quick.length === 0
            ? 'Answer…'
            : only && only.options.length > quick.length
              ? `${only.options.length - quick.length} more…`
              : 'Other…'
          : 'More…'}
      </a>
      {pending?.error && <Problem className="w-full">{pending.error}</Problem>}
    </>
  );
}

/** As many options as fit on one line of a card: about this many characters. */
const fittingLength = 32;

function fitting<T extends { label: string }>(options: readonly T[]): T[] {
  let used = 0;
  return options.slice(0, 3).filter((option) => {
    used += option.label.length;
    return used <= fittingLength;
  });
}

/** What a decision that is under way says. */
export function decisionWords(decision: 'allow' | 'deny' | 'answer'): string {
  if (decision === 'allow') return 'Allowed. The worker goes on…';
  return decision === 'deny' ? 'Denied. The worker is told…' : 'Answered. The worker goes on…';
}

/** Resume and put aside, for a worker that failed; for one that will be resumed by itself, now or not at all. */
export function FailureActions({
  worker,
  size = 'xs',
  selected = false,
}: {
  worker: Worker;
  size?: 'xs' | 'md' | 'lg' | 'touch';
  selected?: boolean;
}) {
  const { actions } = useApp();
  const pending = usePending((state) => state.workers[worker.id]);
  const resuming = pending?.doing === 'resume' && pending.error === null;
  const recovers = worker.recovery.nextAt !== null;
  return (
    <>
      <Button
        size={size}
        look={selected ? 'primary' : 'plain'}
        disabled={resuming}
        command={selected ? 'resume' : undefined}
        onClick={() => void actions.resume(worker)}
      >
        {resuming ? 'Resuming…' : recovers ? 'Resume now' : 'Resume'}
      </Button>
      {recovers ? (
        <Button size={size} onClick={() => void actions.leaveEnded(worker)}>
          Do not resume
        </Button>
      ) : (
        <Button size={size} onClick={() => void actions.setAside(worker)}>
          Put aside
        </Button>
      )}
      {pending?.error && <Problem className="w-full">{pending.error}</Problem>}
    </>
  );
}
