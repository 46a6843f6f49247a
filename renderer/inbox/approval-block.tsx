import { useState } from 'react';
import type { Approval } from '../../shared/approvals.ts';
import type { Worker } from '../../shared/workers.ts';
import { usePending } from '../app/actions.ts';
import { useApp } from '../app/app-context.ts';
import { useCommand } from '../app/commands.ts';
import { useMedia } from '../app/use-media.ts';
import { useNow } from '../data/clock.ts';
import { lateAfterMs } from '../data/worker-state.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Problem } from '../ui/fields.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import { DenyBox, decisionWords } from '../workers/worker-actions.tsx';
import { ApprovalDelta, ApprovalSubject, ApprovalTitle } from './approval-body.tsx';
import { type Answers, QuestionForm } from './question-form.tsx';

/** Buttons for a request, with the box for a reason. Keys act while it is shown. */
export function Decide({
  approval,
  answers,
  size = 'lg',
}: {
  approval: Approval;
  answers: Answers;
  size?: 'md' | 'lg' | 'touch';
}) {
  const { actions } = useApp();
  const pending = usePending((state) => state.decisions[approval.id]);
  const [saying, setSaying] = useState(false);
  const plan = approval.kind === 'plan';
  const question = approval.kind === 'question';
  const busy = pending !== undefined && pending.error === null;
  const touch = size === 'touch';
  const allow = (): void => void actions.decide(approval, { decision: 'allow' });
  const deny = (): void => void actions.decide(approval, { decision: 'deny' });
  const answer = (): void => {
    if (answers.complete) void actions.decide(approval, { decision: 'answer', answers: answers.complete });
  };
  useCommand('allow', question ? answer : allow, !busy && (!question || answers.complete !== null));
  useCommand('deny', deny, !busy && !saying);
  useCommand('deny.why', () => setSaying(true), !busy && !saying);

  if (busy)
    return (
      <p role="status" className={cx('text-ink-2', touch ? 'flex h-12 items-center' : 'flex h-8 items-center')}>
        {decisionWords(pending.sent.decision)}
      </p>
    );
  return (
    <div className="grid gap-2">
      {pending?.error && (
        <Problem
          action={
            <Button size="sm" onClick={() => void actions.decide(approval, pending.sent)}>
              Send again
            </Button>
          }
        >
          {pending.error}
        </Problem>
      )}
      {saying ? (
        <DenyBox
          plan={plan}
          touch={touch}
          onCancel={() => setSaying(false)}
          onDeny={(message) => void actions.decide(approval, { decision: 'deny', ...(message ? { message } : {}) })}
        />
      ) : (
        <div className={cx('flex gap-2', touch ? 'flex-row-reverse flex-wrap' : 'flex-wrap items-center')}>
          {question ? (
            <Button
              look="primary"
              size={size}
              command="allow"
              disabled={answers.complete === null}
              onClick={answer}
              className={cx('max-w-full', touch && 'flex-[2]')}
            >
              <span className="truncate">{answers.complete ? `Answer “${answers.words}”` : 'Answer'}</span>
            </Button>
          ) : (
            <Button
              look="primary"
              size={size}
              command="allow"
              onClick={allow}
              className={touch ? 'flex-[2]' : undefined}
            >
              {plan ? 'Go ahead' : 'Allow once'}
            </Button>
          )}
          <Button size={size} command="deny" onClick={deny} className={touch ? 'flex-1' : undefined}>
            {plan ? 'Not like this' : question ? 'Do not answer' : 'Deny'}
          </Button>
          <Button
            size={size}
            look={touch ? 'ghost' : 'plain'}
            command="deny.why"
            onClick={() => setSaying(true)}
            className={touch ? 'w-full' : undefined}
          >
            {plan ? 'Ask for changes' : question ? 'Say something else' : 'Deny and say why'}
          </Button>
        </div>
      )}
    </div>
  );
}

/** A request inside a conversation: what is asked, exactly, and its buttons, in one block. */
export function ApprovalBlock({ approval, worker }: { approval: Approval; worker: Worker | undefined }) {
  const late = useNow(15_000) - approval.createdAt >= lateAfterMs();
  const [answers, setAnswers] = useState<Answers>({ complete: null, words: '' });
  const phone = useMedia('(max-width: 639.98px)');
  const flush = ['Edit', 'MultiEdit', 'Write', 'NotebookEdit'].includes(approval.toolName);
  return (
    <section
      key={approval.id}
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
        {approval.reason && (
          <span className="ml-auto max-w-[45%] truncate text-sm text-ink-2 max-phone:hidden" title={approval.reason}>
            {approval.reason}
          </span>
        )}
      </header>
      <div className={cx('min-h-0 flex-1 overflow-y-auto', !flush && 'p-3')}>
        {approval.kind === 'question' ? (
          <QuestionForm approval={approval} onChange={setAnswers} />
        ) : (
          <ApprovalSubject approval={approval} worker={worker} foldAt={12} flush={flush} />
        )}
      </div>
      <footer className="shrink-0 border-t border-hair-soft px-3.5 py-2.5">
        <Decide approval={approval} answers={answers} size={phone ? 'touch' : 'md'} />
      </footer>
    </section>
  );
}
