import { AppError } from '../../../shared/errors.ts';
import type { RuleEffect } from '../../../shared/rules.ts';

/** A permission rule in the CLI's notation, taken apart: `Bash(npm test *)` is tool `Bash` with content `npm test *`. */
export interface RuleNotation {
  toolName: string;
  /** What stands in the brackets; null for a rule about the whole tool. */
  content: string | null;
}

/** Tools that change files. The CLI goes by `Edit(...)` for the paths of all of them. */
export const editTools = ['Edit', 'Write', 'NotebookEdit'];

export function isEditTool(toolName: string): boolean {
  return editTools.includes(toolName) || toolName === 'MultiEdit';
}

const toolNamePattern = /^[A-Za-z][A-Za-z0-9_]*$/;
const mcpPattern = /^mcp__[A-Za-z0-9_.-]+(__\*)?$/;

/** Takes a rule apart; brackets of the content may be escaped with a backslash, as the CLI writes them. */
export function parseRule(rule: string): RuleNotation {
  const open = rule.indexOf('(');
  if (open === -1 || !rule.endsWith(')')) return { toolName: rule, content: null };
  const content = rule
    .slice(open + 1, -1)
    .replaceAll('\\(', '(')
    .replaceAll('\\)', ')')
    .replaceAll('\\\\', '\\');
  return { toolName: rule.slice(0, open), content: content === '' || content === '*' ? null : content };
}

/** A rule as text, for the CLI's flags and settings. */
export function formatRule({ toolName, content }: RuleNotation): string {
  if (content === null) return toolName;
  const escaped = content.replaceAll('\\', '\\\\').replaceAll('(', '\\(').replaceAll(')', '\\)');
  return `${toolName}(${escaped})`;
}

/** What is wrong with a rule, with the fix; null when the CLI understands it. */
export function notationProblem(rule: string, effect: RuleEffect): string | null {
  const open = rule.indexOf('(');
  const example =
    'Rules look like Read, Bash(npm test *), Edit(/src/**), WebFetch(domain:example.org), mcp__server__tool.';
  if (open !== -1 && !rule.endsWith(')')) return `"${rule}" has no closing bracket at its end. ${example}`;
  if (open === -1 && rule.includes(')')) return `"${rule}" has a closing bracket without an opening one. ${example}`;
  const name = open === -1 ? rule : rule.slice(0, open);
  if (name.startsWith('mcp__')) {
    if (open !== -1)
      return `"${rule}": MCP tools take no brackets. Write ${name} for one tool, or ${name.split('__').slice(0, 2).join('__')} for the whole server.`;
    return mcpPattern.test(name) ? null : `"${name}" is no MCP tool's name. Write mcp__server or mcp__server__tool.`;
  }
  if (!toolNamePattern.test(name)) {
    const wildcard = name.includes('*') ? 'A wildcard stands only inside the brackets. ' : '';
    return `"${name}" is no tool's name. ${wildcard}${example}`;
  }
  if (/^[a-z]/.test(name))
    return `"${name}" begins with a small letter. Tools are written ${name[0]?.toUpperCase()}${name.slice(1)}, as in ${example.slice('Rules look like '.length)}`;
  const { content } = parseRule(rule);
  if (content === null) return null;
  return contentProblem(name, content, effect);
}

function contentProblem(name: string, content: string, effect: RuleEffect): string | null {
  if (name === 'WebFetch') {
    if (/^https?:\/\//.test(content))
      return `WebFetch rules name a domain, not an address. Write WebFetch(domain:${hostOf(content)}).`;
    if (!/^domain:[^\s/]+$/.test(content)) return `WebFetch rules name a domain. Write WebFetch(domain:example.org).`;
  }
  if (name === 'WebSearch') return 'WebSearch takes no brackets: it is allowed or not. Write WebSearch.';
  if (name === 'Bash' && /:\*./.test(content) && !content.endsWith(':*'))
    return `":*" stands only at the end of a Bash rule. Write Bash(${content.replaceAll(':*', ' *')}).`;
  if (isFileRule(name) && /^[A-Za-z]:[\\/]/.test(content))
    return `Write an absolute path as //${content[0]?.toLowerCase()}${content.slice(2).replaceAll('\\', '/')}.`;
  if (isFileRule(name) && effect === 'allow' && content.includes('..'))
    return `"${content}" leads upwards. Write an absolute path with two slashes (//srv/data/**) or one from home (~/data/**).`;
  return null;
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname : 'example.org';
}

/** Whether rules of this tool are about paths. */
export function isFileRule(toolName: string): boolean {
  return ['Read', 'Glob', 'Grep'].includes(toolName) || isEditTool(toolName);
}

/** Refuses lists of rules of which one is not understood, naming the field it stands in. */
export function requireNotation(lists: { allowedTools?: readonly string[]; deniedTools?: readonly string[] }): void {
  const check = (rules: readonly string[] | undefined, effect: RuleEffect, field: string) => {
    for (const rule of rules ?? []) {
      const problem = notationProblem(rule, effect);
      if (problem) throw new AppError('BAD_REQUEST', problem, { field, rule });
    }
  };
  check(lists.allowedTools, 'allow', 'allowedTools');
  check(lists.deniedTools, 'deny', 'deniedTools');
}
