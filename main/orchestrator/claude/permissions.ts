import type { PermissionMode } from '../../../shared/workers.ts';

/** What a worker may use without asking, unless its project or the user says otherwise. */
export const defaultAllowedTools = ['Read', 'Glob', 'Grep', 'Write(src/**)', 'Write(tests/**)', 'Bash(git *)'];

/** What a worker may never use, unless its project or the user says otherwise. */
export const defaultDeniedTools = ['Bash(rm -rf *)', 'Bash(sudo *)', 'Read(.env*)', 'Write(.env*)'];

/** Ways to the network that are closed unless the worker may use it. Other programs' access needs the OS sandbox. */
const networkTools = ['WebFetch', 'WebSearch', 'Bash(curl *)', 'Bash(wget *)', 'Bash(nc *)'];

const changingTools = ['Edit', 'Write', 'NotebookEdit', 'Bash'];

export interface Permissions {
  mode: PermissionMode;
  allowedTools: readonly string[];
  deniedTools: readonly string[];
  allowNetwork: boolean;
}

/** The CLI's flags for a worker's permissions. The mode is always said: a newer CLI starts sessions in `auto` otherwise. */
export function permissionArguments(permissions: Permissions): string[] {
  if (permissions.mode === 'dangerous')
    return ['--permission-mode', 'bypassPermissions', '--dangerously-skip-permissions'];
  const readOnly = permissions.mode === 'sandbox';
  const allowed = readOnly ? ['Read', 'Glob', 'Grep'] : asEditRules(permissions.allowedTools);
  const denied = [
    ...asEditRules(permissions.deniedTools),
    ...(readOnly ? changingTools : []),
    ...(permissions.allowNetwork && !readOnly ? [] : networkTools),
  ];
  return [
    '--permission-mode',
    'default',
    ...(allowed.length > 0 ? ['--allowedTools', ...allowed] : []),
    ...(denied.length > 0 ? ['--disallowedTools', ...new Set(denied)] : []),
  ];
}

/** The CLI matches paths of every tool that changes files by `Edit(...)` rules; `Write(...)` does not bite. */
function asEditRules(rules: readonly string[]): string[] {
  return [...new Set(rules.map((rule) => (rule.startsWith('Write(') ? `Edit(${rule.slice('Write('.length)}` : rule)))];
}
