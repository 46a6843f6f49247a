import type { ReactNode } from 'react';
import type { Approval } from '../../shared/approvals.ts';
import type { Worker } from '../../shared/workers.ts';
import { modeWords } from '../workers/mode-words.ts';
import { ApprovalSubject } from './approval-body.tsx';
import { EditInput } from './edit-input.tsx';
import { QuestionForm } from './question-form.tsx';
import type { RequestDecision } from './use-decision.ts';

/** What is asked, to read, to answer or to change. */
export function RequestBody({
  decision,
  worker,
  touch = false,
  foldAt,
}: {
  decision: RequestDecision;
  worker: Worker | undefined;
  touch?: boolean;
  foldAt?: number;
}) {
  const { approval } = decision;
  if (approval.kind === 'question')
    return <QuestionForm approval={approval} onChange={decision.setAnswers} onSubmit={decision.allow} keys={!touch} />;
  if (decision.mode === 'editing' && !decision.busy)
    return (
      <EditInput
        approval={approval}
        touch={touch}
        onAllow={decision.allowEdited}
        onCancel={() => decision.setMode('deciding')}
      />
    );
  return <ApprovalSubject approval={approval} worker={worker} foldAt={foldAt} />;
}

/** Where a call would act, beside what is shown of it: the path or the host, whole. */
export function touchRows(approval: Approval, worker: Worker | undefined): (readonly [string, ReactNode])[] {
  const rows: (readonly [string, ReactNode])[] = [];
  const { input } = approval;
  const path = [input.file_path, input.notebook_path, input.path].find((value) => typeof value === 'string');
  if (typeof path === 'string') {
    const folder = worker?.worktreePath;
    const inside = folder && (path === folder || path.startsWith(`${folder}/`));
    rows.push([
      'File',
      <span key="f">
        <code>{path}</code>
        {folder && !inside && path.startsWith('/') && <span className="text-late"> outside of its worktree</span>}
      </span>,
    ]);
  }
  const host = hostOf(input);
  if (host) rows.push(['Host', <code key="h">{host}</code>]);
  if (typeof input.timeout === 'number') rows.push(['Time allowed', `${Math.round(input.timeout / 1000)} s`]);
  if (input.run_in_background === true) rows.push(['In the background', 'it goes on after the call']);
  if (input.dangerouslyDisableSandbox === true)
    rows.push([
      'Sandbox',
      <span key="s" className="text-late">
        asks to run outside of the sandbox
      </span>,
    ]);
  return rows;
}

function hostOf(input: Record<string, unknown>): string | null {
  if (typeof input.host === 'string') return input.host;
  return typeof input.url === 'string' && URL.canParse(input.url) ? new URL(input.url).host : null;
}

/** Why it asks: what the CLI says, and what holds for the worker. */
export function whyRows(approval: Approval, worker: Worker): (readonly [string, ReactNode])[] {
  const rows: (readonly [string, ReactNode])[] = [
    ['Mode', `${modeWords[worker.permissionMode].name}. ${modeWords[worker.permissionMode].means}`],
    ['Allow rules', worker.allowedTools.length === 0 ? 'none' : `${worker.allowedTools.length}, none fits`],
    ['Works in', <code key="w">{worker.worktreePath ?? 'its folder'}</code>],
  ];
  if (approval.reason) rows.unshift(['Claude Code says', approval.reason]);
  return rows;
}
