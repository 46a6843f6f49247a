import { MessageSquareText, Pencil } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Problem } from '../ui/fields.tsx';
import { decisionWords } from '../workers/worker-actions.tsx';
import { scopeWords } from './approval-words.ts';
import { DenyForm } from './deny-form.tsx';
import { ScopeChoice } from './scope-choice.tsx';
import type { RequestDecision } from './use-decision.ts';

/** Buttons of a request: for how long, allow, deny, deny and say why, change it first; `more` stands after them. */
export function Decide({
  decision,
  size = 'lg',
  more,
}: {
  decision: RequestDecision;
  size?: 'md' | 'lg' | 'touch';
  more?: ReactNode;
}) {
  const { approval, pending, mode, scope } = decision;
  const plan = approval.kind === 'plan';
  const question = approval.kind === 'question';
  const touch = size === 'touch';
  if (decision.busy && pending)
    return (
      <p role="status" className={cx('flex items-center text-ink-2', touch ? 'h-12' : 'h-8')}>
        {decisionWords(pending.sent.decision)}
      </p>
    );
  if (!decision.may)
    return <p className="flex min-h-8 items-center text-ink-2">This credential may look on, but not decide.</p>;
  const words = scopeWords[scope];
  return (
    <div className="grid min-w-0 gap-2.5">
      {pending?.error && (
        <Problem
          action={
            <Button size="sm" onClick={decision.sendAgain}>
              Send again
            </Button>
          }
        >
          {pending.error}
        </Problem>
      )}
      {mode === 'saying' ? (
        <DenyForm
          plan={plan}
          question={question}
          touch={touch}
          verb={words.deny}
          onCancel={() => decision.setMode('deciding')}
          onDeny={decision.denyWith}
        />
      ) : mode === 'editing' ? null : (
        <>
          {decision.hasScopes && <ScopeChoice decision={decision} touch={touch} />}
          <div className={touch ? 'grid gap-2' : 'flex flex-wrap items-center gap-2'}>
            <div className={touch ? 'flex flex-row-reverse gap-2' : 'contents'}>
              <Button
                look="primary"
                size={size}
                command="allow"
                disabled={!decision.canAllow}
                onClick={decision.allow}
                className={cx('max-w-full shrink!', touch && 'flex-[2]')}
              >
                <span className="truncate">
                  {question
                    ? decision.answers.complete
                      ? `Answer “${decision.answers.words}”`
                      : 'Answer'
                    : plan
                      ? 'Go ahead'
                      : words.allow}
                </span>
              </Button>
              <Button size={size} command="deny" onClick={decision.deny} className={touch ? 'flex-1' : undefined}>
                {plan ? 'Not like this' : question ? 'Do not answer' : words.deny}
              </Button>
            </div>
            <div className={touch ? 'flex gap-1' : 'contents'}>
              <Button
                size={size}
                look={touch ? 'ghost' : 'plain'}
                icon={touch ? MessageSquareText : undefined}
                command="deny.why"
                onClick={() => decision.setMode('saying')}
                className={touch ? 'flex-1 px-2' : undefined}
              >
                {plan ? 'Ask for changes' : question ? 'Say something else' : touch ? 'Say why' : 'Deny and say why'}
              </Button>
              {decision.canEdit && (
                <Button
                  size={size}
                  look="ghost"
                  icon={touch ? Pencil : undefined}
                  command="edit"
                  onClick={() => decision.setMode('editing')}
                  className={touch ? 'flex-1 px-2' : undefined}
                >
                  {touch ? 'Edit' : 'Edit first'}
                </Button>
              )}
              {more}
            </div>
          </div>
        </>
      )}
    </div>
  );
}
