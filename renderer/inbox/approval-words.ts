import type { Approval } from '../../shared/approvals.ts';
import type { Rule } from '../../shared/rules.ts';

/** What kind of request it is, in a word. */
export function kindWord(approval: Approval): string {
  if (approval.kind === 'question') return 'Question';
  if (approval.kind === 'plan') return 'Plan';
  if (approval.toolName === 'Bash' || approval.toolName === 'PowerShell') return 'Command';
  if (approval.toolName === 'Edit' || approval.toolName === 'MultiEdit' || approval.toolName === 'NotebookEdit')
    return 'Edit';
  if (approval.toolName === 'Write') return 'New or whole file';
  if (
    approval.toolName === 'WebFetch' ||
    approval.toolName === 'WebSearch' ||
    approval.toolName === 'SandboxNetworkAccess'
  )
    return 'Network';
  return approval.toolName;
}

/** Names of an approval's outcomes, for people. */
export const outcomeWords: Record<Approval['state'], string> = {
  waiting: 'waiting',
  allowed: 'allowed',
  denied: 'denied',
  answered: 'answered',
  cancelled: 'withdrawn',
  expired: 'died with its process',
};

/** Why the CLI asks, where it says so in words; a bare name of its own is none. */
export function reasonOf({ reason }: Pick<Approval, 'reason'>): string | null {
  return reason?.trim().includes(' ') ? reason : null;
}

/** Who decided, from where: "you, desktop window", "a rule", "its own terminal". */
export function deciderWords(approval: Pick<Approval, 'decidedBy' | 'decidedFrom'>): string | null {
  const { decidedBy, decidedFrom } = approval;
  if (!decidedBy) return null;
  if (decidedBy === 'rule') return 'a rule';
  if (decidedBy === 'terminal') return 'somebody in its own terminal';
  return decidedFrom ? `${decidedBy}, ${decidedFrom}` : decidedBy;
}

/** What to say when an open request ends before one's eyes without a decision of this page. */
export function endedElsewhereWords(approval: Approval, workerName: string | undefined): string {
  const name = workerName ?? 'The worker';
  const decider = deciderWords(approval);
  switch (approval.state) {
    case 'cancelled':
      return `${name} no longer asks${approval.message ? `: ${approval.message}` : ': its turn went on or was ended.'}`;
    case 'expired':
      return `${name}’s request died with its process${approval.message ? `: ${approval.message}` : '.'}`;
    default:
      return `${name}: ${outcomeWords[approval.state]}${decider ? ` by ${decider}` : ' elsewhere'}.`;
  }
}

export const scopes = ['once', 'session', 'project', 'always'] as const;
export type Scope = (typeof scopes)[number];

/** For whom a decision holds, as a button says it. */
export const scopeWords: Record<Scope, { label: string; allow: string; deny: string; holds: string }> = {
  once: { label: 'Once', allow: 'Allow once', deny: 'Deny', holds: 'No rule is made.' },
  session: {
    label: 'This worker',
    allow: 'Allow this worker',
    deny: 'Deny this worker',
    holds: 'Makes a rule for this worker, also after a resume.',
  },
  project: {
    label: 'Project',
    allow: 'Allow in project',
    deny: 'Deny in project',
    holds: 'Makes a rule for all workers of this project.',
  },
  always: {
    label: 'Always',
    allow: 'Allow always',
    deny: 'Deny always',
    holds: 'Makes a rule for every worker of every project.',
  },
};

/** How long a past decision holds, in a word. */
export function scopeOf(approval: Approval, rule: Rule | undefined): string {
  if (approval.ruleId === null) return 'once';
  return rule ? scopeWords[rule.scope].label.toLowerCase() : 'rule removed since';
}
