import type { ReactNode } from 'react';
import type { Approval } from '../../shared/approvals.ts';
import type { Verdict } from '../../shared/rules.ts';
import type { Worker } from '../../shared/workers.ts';
import { modeWords } from '../workers/mode-words.ts';
import { ApprovalSubject } from './approval-body.tsx';
import { reasonOf } from './approval-words.ts';
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
    return <QuestionForm name={approval.id} answering={decision.answers} onSubmit={decision.allow} keys={!touch} />;
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

/** Why it asks: what the CLI says, what the rules say, and what holds for the worker. */
export function whyRows(approval: Approval, worker: Worker, verdict: Verdict | null): (readonly [string, ReactNode])[] {
  const rows: (readonly [string, ReactNode])[] = [];
  const reason = reasonOf(approval);
  if (reason) rows.push(['Claude Code says', reason]);
  if (verdict) {
    rows.push([
      'Rules',
      <span key="r">
        {verdict.reason}
        {verdict.rule && (
          <>
            {' '}
            <code>{verdict.rule}</code>
          </>
        )}
        {verdict.source && <span className="text-ink-3"> {verdict.source}</span>}
      </span>,
    ]);
    if (verdict.parts.length > 1)
      rows.push([
        'Part by part',
        <ul key="p" className="grid gap-0.5">
          {verdict.parts.map(({ text, decision, rule }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same part may stand twice; its place is what it is
            <li key={index} className="flex flex-wrap gap-x-2">
              <code>{text}</code>
              <span className={decision === 'allow' ? 'text-ink-3' : 'text-needs'}>
                {decision === 'allow' ? 'allowed' : decision === 'deny' ? 'denied' : 'asks'}
                {rule && ` by ${rule}`}
              </span>
            </li>
          ))}
        </ul>,
      ]);
    for (const warning of verdict.warnings) rows.push(['Take care', warning]);
  }
  rows.push(['Mode', `${modeWords[worker.permissionMode].name}. ${modeWords[worker.permissionMode].means}`]);
  rows.push(['Works in', <code key="w">{worker.worktreePath ?? 'its folder'}</code>]);
  return rows;
}
