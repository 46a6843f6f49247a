import type { PermissionMode } from '../../../shared/workers.ts';
import { editTools, isEditTool, parseRule } from './rule-notation.ts';

/** Ways to the network that are closed unless the worker may use it. Other programs' access needs the OS sandbox. */
const networkTools = ['WebFetch', 'WebSearch', 'Bash(curl *)', 'Bash(wget *)', 'Bash(nc *)'];

export interface Permissions {
  mode: PermissionMode;
  /** In the CLI's notation, standing rules included. */
  allowedTools: readonly string[];
  deniedTools: readonly string[];
  askedTools?: readonly string[];
  allowNetwork: boolean;
  /** Whether this machine can shut programs off from network and files (`osSandbox.look()`). */
  osSandbox?: boolean;
  /**
   * Names of files for git not to see in the OS sandbox, where device files stand in the place of files that must not be
   * written: `git add -A` fails on them. Without it the sandbox is used for read-only workers alone.
   */
  gitExcludesFile?: string | null;
  /**
   * Absolute folders that a read-only worker's programs must not write to although the CLI's sandbox would let them: the
   * one it works in, and the repository that its worktree belongs to. Everything when they are not said.
   */
  readOnlyFolders?: readonly string[];
  /** Host that the worker's hooks report to: the CLI sends its own HTTP hooks through its sandbox's proxy as well. */
  hookHost?: string;
}

/** What makes the CLI keep to a worker's permissions: flags, and settings to be given in one `--settings`. */
export interface PermissionFlags {
  arguments: string[];
  settings: Record<string, unknown>;
}

/**
 * Flags and settings for a worker's permissions. The mode is always said: a newer CLI starts sessions in `auto`
 * otherwise. Rules go as flags, because only those measure `/src` from the worker's folder and bring Glob and Grep, which
 * the CLI offers only when they are named; what is to ask has no flag.
 */
export function permissionFlags(permissions: Permissions): PermissionFlags {
  const rules = rulesOfMode(permissions);
  const allow = distinct([...rules.allow, ...(rules.onlyThese ? [] : permissions.allowedTools)].flatMap(asAllowRules));
  const deny = distinct([...permissions.deniedTools, ...rules.deny].flatMap(asDenyRules));
  const ask = distinct((permissions.askedTools ?? []).map(asAskRule));
  const sandbox = sandboxSettings(permissions);
  return {
    arguments: [
      ...(permissions.mode === 'dangerous'
        ? ['--permission-mode', 'bypassPermissions', '--dangerously-skip-permissions']
        : ['--permission-mode', 'default']),
      ...(allow.length > 0 ? ['--allowedTools', ...allow] : []),
      ...(deny.length > 0 ? ['--disallowedTools', ...deny] : []),
    ],
    settings: {
      ...(ask.length > 0 ? { permissions: { ask } } : {}),
      ...sandbox,
    },
  };
}

/** The rules that a mode brings with it. `onlyThese`: the worker's own allowances do not hold. */
export function rulesOfMode({ mode, allowedTools, allowNetwork, osSandbox }: ModeOf): {
  allow: string[];
  deny: string[];
  onlyThese: boolean;
} {
  const network = allowNetwork ? [] : networkTools;
  if (mode !== 'sandbox') return { allow: [], deny: network, onlyThese: false };
  const web = allowNetwork ? allowedTools.filter((rule) => /^Web(Fetch|Search)\b/.test(rule)) : [];
  return {
    allow: ['Read', 'Glob', 'Grep', ...(osSandbox ? ['Bash'] : []), ...web],
    deny: [...editTools, ...(osSandbox ? [] : ['Bash']), ...network],
    onlyThese: true,
  };
}

export type ModeOf = Pick<Permissions, 'mode' | 'allowedTools' | 'allowNetwork' | 'osSandbox'>;

/** Whether programs of such a worker run inside the OS sandbox. */
export function usesOsSandbox(permissions: ModeOf & Pick<Permissions, 'gitExcludesFile'>): boolean {
  if (!permissions.osSandbox) return false;
  if (permissions.mode === 'sandbox') return true;
  return permissions.mode === 'allowlist' && !permissions.allowNetwork && Boolean(permissions.gitExcludesFile);
}

/**
 * The CLI's own sandbox around Bash. Everything is said outright: versions differ in what they take for granted, and
 * without `failIfUnavailable` a machine that lacks a program would run commands unguarded.
 */
function sandboxSettings(permissions: Permissions): Record<string, unknown> {
  if (!usesOsSandbox(permissions)) return {};
  const readOnly = permissions.mode === 'sandbox';
  const domains = permissions.allowedTools.flatMap((rule) => {
    const { toolName, content } = parseRule(rule);
    return toolName === 'WebFetch' && content?.startsWith('domain:') ? [content.slice('domain:'.length)] : [];
  });
  const excludes = permissions.gitExcludesFile ?? null;
  return {
    sandbox: {
      enabled: true,
      failIfUnavailable: true,
      // Otherwise Bash would pass without a look at the rules, denials of paths included.
      autoAllowBashIfSandboxed: false,
      allowUnsandboxedCommands: false,
      network: {
        strictAllowlist: true,
        allowedDomains: [
          ...(permissions.hookHost ? [permissions.hookHost] : []),
          ...(readOnly || !permissions.allowNetwork ? [] : domains),
        ],
      },
      // Where the worker may change files at all, rules say where; the sandbox is there for the network. Its guard of files
      // puts placeholders into folders that all workers share (the repository's `.git/config.lock` among them) and takes
      // them away again: of twenty commands at once twelve failed. CLIs that do not know `disabled` (2.1.197) heed the rest.
      filesystem: readOnly
        ? { denyWrite: permissions.readOnlyFolders ?? ['/'] }
        : { disabled: true, allowWrite: ['/'] },
    },
    ...(excludes === null
      ? {}
      : {
          env: { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'core.excludesFile', GIT_CONFIG_VALUE_0: excludes },
        }),
  };
}

/**
 * Why the CLI would refuse to start in mode `dangerous`, with the fix; null when it would not. As root it wants to be told
 * that the machine is a sandbox itself.
 */
export function dangerousProblem(environment: NodeJS.ProcessEnv, userId = process.getuid?.()): string | null {
  if (userId !== 0 || environment.IS_SANDBOX === '1') return null;
  return 'Claude Code refuses permission mode "dangerous" as root. Start Control Room as another user or, if this machine is a container or VM that may be lost, with IS_SANDBOX=1 in its environment.';
}

/** A rule as the CLI heeds it: paths of every tool that changes files go by `Edit(...)`; `Write(...)` does not bite. */
export function asEffectiveRule(rule: string): string {
  const { toolName, content } = parseRule(rule);
  return isEditTool(toolName) && content !== null ? `Edit(${rule.slice(toolName.length + 1)}` : rule;
}

/** `Edit(src/**)` means the folder `src` of the worker's folder; older CLIs would allow one at any depth. */
function asAllowRules(rule: string): string[] {
  const effective = asEffectiveRule(rule);
  const folder = /^(Edit|Read)\(((?![/~.*])[^*]*)\/\*\*\)$/.exec(effective);
  return [folder ? `${folder[1]}(/${folder[2]}/**)` : effective];
}

/** Who may not edit may not write either, whichever of the tools is named. */
function asDenyRules(rule: string): string[] {
  const { toolName, content } = parseRule(rule);
  if (isEditTool(toolName) && content === null) return ['Edit', 'Write', 'NotebookEdit'];
  return [asEffectiveRule(rule)];
}

/** In settings, unlike in flags, `/src` is not measured from the worker's folder; `./src` is. */
function asAskRule(rule: string): string {
  const effective = asEffectiveRule(rule);
  return /^(Edit|Read)\(\/[^/]/.test(effective) ? effective.replace('(/', '(./') : effective;
}

function distinct(rules: string[]): string[] {
  return [...new Set(rules)];
}
