import type { Approval } from '../../shared/approvals.ts';
import type { Worker } from '../../shared/workers.ts';
import { DiffView } from '../ui/diff-view.tsx';
import { Delta } from '../ui/instruments.tsx';
import { countChanges } from '../ui/line-diff.ts';
import { Markdown } from '../ui/markdown.tsx';
import { ShellSyntax } from '../ui/syntax.tsx';
import { summarizeTool } from '../workers/tool-summary.ts';

/** The one thing that is asked, as a heading. */
export function ApprovalTitle({ approval, worker }: { approval: Approval; worker: Worker | undefined }) {
  const tool = summarizeTool(approval.toolName, approval.input, worker?.worktreePath ?? null);
  if (approval.kind === 'question') return <>{tool.subject || approval.summary}</>;
  if (approval.kind === 'plan') return <>Go ahead with this plan?</>;
  if (tool.title === 'Bash' || tool.title === 'PowerShell') return <>Run this command?</>;
  if (tool.diff) {
    return (
      <>
        {tool.title === 'Write' ? 'Write' : 'Change'} <code className="text-[0.85em]">{tool.subject}</code>?
      </>
    );
  }
  if (tool.title === 'Fetch' || tool.title === 'Web search') return <>Reach the network?</>;
  if (tool.title === 'Read') {
    return (
      <>
        Read <code className="text-[0.85em]">{tool.subject}</code>?
      </>
    );
  }
  return <>Use {tool.title}?</>;
}

/** Lines a request adds and removes, for those that change a file. */
export function ApprovalDelta({ approval }: { approval: Approval }) {
  const { diff } = summarizeTool(approval.toolName, approval.input, null);
  return diff ? <Delta {...countChanges(diff)} /> : null;
}

/**
 * Exactly what would happen: the command whole, the difference, the plan, or every field of the call. `flush` where the
 * heading above already names the file: a difference then fills the block from edge to edge.
 */
export function ApprovalSubject({
  approval,
  worker,
  foldAt,
  flush = false,
}: {
  approval: Approval;
  worker: Worker | undefined;
  foldAt?: number;
  flush?: boolean;
}) {
  const tool = summarizeTool(approval.toolName, approval.input, worker?.worktreePath ?? null);
  if (approval.kind === 'plan') {
    const plan = typeof approval.input.plan === 'string' ? approval.input.plan : '';
    return plan ? (
      <div className="rounded-3 bg-surface px-4 py-3 ring-1 ring-inset ring-hair">
        <Markdown text={plan} />
      </div>
    ) : (
      <p className="text-ink-2">{approval.summary || 'The plan stands in the conversation above.'}</p>
    );
  }
  if (tool.diff) {
    const changes = countChanges(tool.diff);
    if (flush)
      return (
        <DiffView
          lines={tool.diff}
          label={`Change of ${tool.subject}`}
          foldAt={foldAt}
          numbers={tool.title === 'Write' ? 'one' : 'none'}
        />
      );
    return (
      <div className="overflow-hidden rounded-3 ring-1 ring-hair">
        <div className="flex h-8 items-center gap-2 border-b border-hair-soft bg-surface px-3 text-sm">
          <tool.icon size={14} aria-hidden className="shrink-0 text-ink-3" />
          <code className="min-w-0 flex-1 truncate" title={tool.subject}>
            {tool.subject}
          </code>
          <Delta {...changes} />
        </div>
        <DiffView
          lines={tool.diff}
          label={`Change of ${tool.subject}`}
          foldAt={foldAt}
          numbers={tool.title === 'Write' ? 'one' : 'none'}
        />
      </div>
    );
  }
  if (
    tool.subjectIs === 'command' ||
    approval.toolName === 'WebFetch' ||
    approval.toolName === 'SandboxNetworkAccess'
  ) {
    const isShell = tool.title === 'Bash' || tool.title === 'PowerShell';
    return (
      <>
        <pre className="max-h-[50vh] overflow-auto rounded-3 bg-term-bg px-3.5 py-3 text-md leading-[22px] whitespace-pre-wrap wrap-anywhere text-term-fg ring-1 ring-inset ring-hair-strong">
          {isShell && <span className="text-ink-3 select-none">$ </span>}
          <ShellSyntax text={tool.subject || approval.summary} />
        </pre>
        {typeof approval.input.description === 'string' && approval.input.description !== '' && (
          <p className="mt-3 text-ink-2">“{approval.input.description}”</p>
        )}
      </>
    );
  }
  return <InputTable input={approval.input} />;
}

/** Every field of a call, values whole. */
export function InputTable({ input }: { input: Record<string, unknown> }) {
  const entries = Object.entries(input);
  if (entries.length === 0) return <p className="text-sm text-ink-3">Without any input.</p>;
  return (
    <dl className="overflow-hidden rounded-3 bg-surface text-sm ring-1 ring-inset ring-hair">
      {entries.map(([name, value]) => (
        <div
          key={name}
          className="grid grid-cols-[minmax(80px,150px)_minmax(0,1fr)] gap-3 border-t border-hair-soft px-3 py-1.5 first:border-t-0"
        >
          <dt className="truncate text-ink-3">{name}</dt>
          <dd className="max-h-60 overflow-auto font-mono whitespace-pre-wrap wrap-anywhere">
            {typeof value === 'string' ? value : JSON.stringify(value, null, 2)}
          </dd>
        </div>
      ))}
    </dl>
  );
}
