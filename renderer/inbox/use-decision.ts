import { useState } from 'react';
import { allows } from '../../shared/access.ts';
import type { Approval } from '../../shared/approvals.ts';
import { type Decision, type Lasting, usePending } from '../app/actions.ts';
import { useApp } from '../app/app-context.ts';
import { useCommand } from '../app/commands.ts';
import { useStore } from '../data/store.ts';
import { type Scope, scopes } from './approval-words.ts';
import { useAnswers } from './use-answers.ts';
import { useDigits } from './use-digits.ts';

/** The longest rule the orchestrator takes. */
const longestRule = 500;

/** A request on its way to a decision: what is chosen so far, and what decides. Its keys act while it is shown. */
export function useDecision(approval: Approval, isArmed: () => boolean = () => true) {
  const { actions } = useApp();
  const pending = usePending((state) => state.decisions[approval.id]);
  const may = useStore((state) => allows(state.access, 'approve'));
  const [mode, setMode] = useState<'deciding' | 'saying' | 'editing'>('deciding');
  const [scope, setScope] = useState<Scope>('once');
  const [rule, setRule] = useState(approval.suggestedRules[0] ?? '');
  const answers = useAnswers(approval);
  const busy = pending !== undefined && pending.error === null;
  const isTool = approval.kind === 'tool';
  const ruleProblem =
    scope === 'once' || rule.trim() !== ''
      ? rule.length > longestRule
        ? `A rule has at most ${longestRule} characters. Shorten it, with * for what may differ.`
        : /\p{Cc}/u.test(rule)
          ? 'A rule is one line. Write * for what may differ.'
          : null
      : 'Write the rule that is to hold.';

  const lasting: Lasting = scope === 'once' ? {} : { scope, rule: rule.trim() };
  const send = (sent: Decision): void => {
    if (may && isArmed()) void actions.decide(approval, sent);
  };
  const decision = {
    approval,
    pending,
    may,
    busy,
    mode,
    scope,
    rule,
    ruleProblem,
    answers,
    hasScopes: isTool,
    canEdit: isTool,
    canAllow: approval.kind === 'question' ? answers.complete !== null : scope === 'once' || ruleProblem === null,
    setMode,
    setScope,
    setRule,
    allow() {
      if (approval.kind === 'question') {
        if (answers.complete) send({ decision: 'answer', answers: answers.complete });
      } else if (decision.canAllow) send({ decision: 'allow', ...lasting });
    },
    allowEdited: (updatedInput: Record<string, unknown>) => send({ decision: 'allow', updatedInput }),
    deny() {
      if (scope === 'once' || ruleProblem === null) send({ decision: 'deny', ...lasting });
    },
    denyWith: (message: string, interrupt: boolean) =>
      send({
        decision: 'deny',
        ...(message ? { message } : {}),
        ...(interrupt ? { interrupt } : {}),
        ...(ruleProblem === null ? lasting : {}),
      }),
    sendAgain: () => pending && send(pending.sent),
    nextScope() {
      setScope(scopes[(scopes.indexOf(scope) + 1) % scopes.length] ?? 'once');
    },
  };

  const active = may && !busy && mode === 'deciding';
  useCommand('allow', decision.allow, active && decision.canAllow);
  useCommand('deny', decision.deny, active);
  useCommand('deny.why', () => setMode('saying'), active);
  useCommand('edit', () => setMode('editing'), active && isTool);
  useCommand('scope', decision.nextScope, active && isTool);
  useDigits((digit) => {
    const chosen = scopes[digit - 1];
    if (chosen) setScope(chosen);
    return chosen !== undefined;
  }, active && isTool);
  return decision;
}

export type RequestDecision = ReturnType<typeof useDecision>;
