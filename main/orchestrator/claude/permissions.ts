import type { PermissionMode } from '../../../shared/workers.ts';
import { editTools, parseRule } from './rule-notation.ts';

/** What a worker may use without asking, unless its project or the user says otherwise. */
export const defaultAllowedTools = ['Read', 'Glob', 'Grep', 'Write(src/**)', 'Write(tests/**)', 'Bash(git *)'];

/** What a worker may never use, unless its project or the user says otherwise. */
export const defaultDeniedTools = ['Bash(rm -rf *)', 'Bash(sudo *)', 'Read(.env*)', 'Write(.env*)'];

/** Ways to the network that are closed unless the worker may use it. Other programs' access needs the OS sandbox. */
const networkTools = ['WebFetch', 'WebSearch', 'Bash(curl *)', 'Bash(wget *)', 'Bash(nc *)'];

const changingTools = ['Edit', 'Write', 'NotebookEdit', 'Bash'];

export interface Permissions {
  mode: PermissionMode;
  /** Standing rules included, in the CLI's notation. */
  allowedTools: readonly string[];
  deniedTools: readonly string[];
  askedTools?: readonly string[];
  allowNetwork: boolean;
  /** Whether the OS sandbox works on this machine. */
  osSandbox?: boolean;
}

/** What makes the CLI keep to a worker's permissions: flags, and settings that are to be merged into `--settings`. */
export interface PermissionFlags {
  arguments: string[];
  settings: Record<string, unknown>;
}

/** The CLI's flags for a worker's permissions. The mode is always said: a newer CLI starts sessions in `auto` otherwise. */
export function permissionArguments(permissions: Permissions): string[] {
  if (permissions.mode === 'dangerous')
    return ['--permission-mode', 'bypassPermissions', '--dangerously-skip-permissions'];
  const readOnly = permissions.mode === 'sandbox';
  const allowed = readOnly ? ['Read', 'Glob', 'Grep'] : permissions.allowedTools.map(asEffectiveRule);
  const denied = [
    ...permissions.deniedTools.map(asEffectiveRule),
    ...(readOnly ? changingTools : []),
    ...(permissions.allowNetwork && !readOnly ? [] : networkTools),
  ];
  return [
    '--permission-mode',
    'default',
    ...(allowed.length > 0 ? ['--allowedTools', ...new Set(allowed)] : []),
    ...(denied.length > 0 ? ['--disallowedTools', ...new Set(denied)] : []),
  ];
}

/** A rule as the CLI heeds it: paths of every tool that changes files go by `Edit(...)`; `Write(...)` does not bite. */
export function asEffectiveRule(rule: string): string {
  const { toolName, content } = parseRule(rule);
  const isEdit = (editTools as readonly string[]).includes(toolName);
  return isEdit && content !== null ? `Edit(${rule.slice(toolName.length + 1)}` : rule;
}
