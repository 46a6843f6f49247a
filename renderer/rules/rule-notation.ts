/** A rule in the CLI's notation, taken apart: `Bash(npm test *)` is tool `Bash` with pattern `npm test *`. */
export interface ParsedRule {
  tool: string;
  pattern: string | null;
}

/** Tools of the CLI that a rule may name; MCP tools are named `mcp__server__tool`. */
export const knownTools = [
  'Bash',
  'Read',
  'Edit',
  'Write',
  'NotebookEdit',
  'Glob',
  'Grep',
  'WebFetch',
  'WebSearch',
  'Task',
  'Agent',
  'Skill',
  'SlashCommand',
  'TodoWrite',
  'AskUserQuestion',
  'ExitPlanMode',
  'KillShell',
  'BashOutput',
] as const;

const pathTools = new Set(['Read', 'Edit', 'Write', 'NotebookEdit', 'Glob', 'Grep']);

/** Takes a rule apart, or says what is wrong with it in a sentence. The orchestrator's answer decides in the end. */
export function parseRule(text: string): ParsedRule | { problem: string } {
  const rule = text.trim();
  if (!rule) return { problem: 'Write a rule, such as Bash(npm test *).' };
  const open = rule.indexOf('(');
  if (open < 0 && rule.includes(')')) return { problem: 'There is a “)” without its “(”.' };
  const tool = open < 0 ? rule : rule.slice(0, open);
  if (!/^[A-Za-z][\w.*-]*$/.test(tool)) {
    const first = rule.split(/[\s(]/, 1)[0] ?? rule;
    return /\s/.test(tool.trim())
      ? { problem: `A rule begins with a tool: did you mean Bash(${rule})?` }
      : { problem: `“${first}” is no tool. A rule begins with a tool, such as Bash, Edit or mcp__server.` };
  }
  if (open < 0) return { tool, pattern: null };
  if (!rule.endsWith(')')) return { problem: 'The “(” after the tool is not closed at the end.' };
  const pattern = rule.slice(open + 1, -1);
  if (!pattern.trim()) return { problem: `Between the brackets is nothing. ${tool} alone means every use of it.` };
  return { tool, pattern };
}

/** What a rule covers, in words for a person: "commands that begin with npm test". Null when it is not a rule. */
export function ruleWords(text: string): string | null {
  const rule = parseRule(text);
  if ('problem' in rule) return null;
  const { tool, pattern } = rule;
  if (tool.startsWith('mcp__')) {
    const [, server = '', name] = tool.split('__');
    return name && name !== '*'
      ? `the tool ${name} of the MCP server ${server}`
      : `every tool of the MCP server ${server}`;
  }
  if (tool === 'Bash') return pattern === null ? 'every shell command' : commandWords(pattern);
  if (tool === 'WebFetch') {
    if (pattern === null) return 'every page of the web';
    return pattern.startsWith('domain:') ? `pages of ${pattern.slice(7)}` : `pages that match ${pattern}`;
  }
  if (tool === 'WebSearch') return 'searching the web';
  if (pathTools.has(tool)) {
    const does = tool === 'Read' || tool === 'Glob' || tool === 'Grep' ? 'reading' : 'changing';
    return pattern === null ? `${does} any file` : `${does} ${pathWords(pattern)}`;
  }
  return pattern === null ? `every use of ${tool}` : `${tool} with ${pattern}`;
}

function commandWords(pattern: string): string {
  const prefix = /^([^*]*?)(:\*|\s\*)$/.exec(pattern)?.[1];
  if (prefix) return `commands that begin with the word${/\s/.test(prefix) ? 's' : ''} ${prefix}`;
  const open = /^([^*]+)\*$/.exec(pattern)?.[1];
  if (open) return `commands that begin with the letters ${open}`;
  return pattern.includes('*') ? `commands that look like ${pattern}` : `exactly the command ${pattern}`;
}

function pathWords(pattern: string): string {
  if (pattern.startsWith('//')) return `${pattern.slice(1)} on this machine`;
  if (pattern.startsWith('~/')) return `${pattern} in your home folder`;
  const folder = /^(?:\.?\/)?(.+?)\/\*\*$/.exec(pattern)?.[1];
  return folder ? `files under ${folder} in the worktree` : `${pattern.replace(/^\.?\//, '')} in the worktree`;
}

/** What is legal but seldom meant, in a sentence with what to write instead; null when there is nothing to say. */
export function ruleHint(text: string, effect: 'allow' | 'deny' | 'ask'): string | null {
  const rule = parseRule(text);
  if ('problem' in rule) return null;
  const { tool, pattern } = rule;
  if (tool === 'Bash' && pattern !== null && /&&|\|\||;|\|/.test(pattern)) {
    return 'A compound command is split, and each part needs its own rule: this one never fits.';
  }
  if (effect === 'allow' && tool === 'Bash' && (pattern === null || /^[\s:]*\*$/.test(pattern))) {
    return 'This allows every command, also those that delete and those that use the network.';
  }
  if (!tool.startsWith('mcp__') && !(knownTools as readonly string[]).includes(tool)) {
    const near = knownTools.find((known) => known.toLowerCase() === tool.toLowerCase());
    return near ? `The tool is written ${near}.` : `Claude Code has no tool ${tool} of its own.`;
  }
  return null;
}

/** Examples of the notation with what they mean, for explaining it in place. */
export const notationExamples: readonly string[] = [
  'Bash(npm test *)',
  'Bash(git status)',
  'Edit(src/**)',
  'Read(//etc/hosts)',
  'Read(~/.ssh/**)',
  'WebFetch(domain:example.org)',
  'mcp__server__tool',
];

/** The narrowest rule that fits a call exactly, for making one from it. */
export function ruleForCall(toolName: string, input: Record<string, unknown>): string {
  const text = (key: string): string | null => {
    const value = input[key];
    return typeof value === 'string' && value.trim() ? value.trim() : null;
  };
  if (toolName === 'Bash') {
    const command = text('command');
    return command && !/&&|\|\||;|\||\n/.test(command) ? `Bash(${command})` : 'Bash';
  }
  if (toolName === 'WebFetch') {
    const url = text('url');
    const host = url && URL.canParse(url) ? new URL(url).hostname : null;
    return host ? `WebFetch(domain:${host})` : 'WebFetch';
  }
  if (pathTools.has(toolName)) {
    const tool = toolName === 'Write' || toolName === 'NotebookEdit' ? 'Edit' : toolName;
    const path = text('file_path') ?? text('notebook_path') ?? text('path');
    if (!path) return tool;
    return `${tool}(${path.startsWith('/') ? `/${path}` : path})`;
  }
  return toolName;
}
