import type { Approval } from '../../shared/approvals.ts';

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
  expired: 'expired',
};
