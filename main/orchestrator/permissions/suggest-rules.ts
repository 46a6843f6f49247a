import { dirname, relative } from 'node:path';
import { formatRule, isEditTool } from '../claude/rule-notation.ts';
import { type EvaluationInput, evaluate } from './evaluate.ts';
import { absolutePath, isInside } from './path-rules.ts';
import { readShell, type ShellCommand } from './shell.ts';

/** Longest rule that is suggested, in characters: what the contract takes. */
const longestRule = 500;

/** Programs that run, remove or send whatever they are given: a rule for all their uses would be one for everything. */
const runsAnything = new Set(
  `bash sh zsh dash ksh fish env sudo doas su xargs eval exec source . command builtin nohup nice time timeout watch ssh
   python python3 node deno bun ruby perl php osascript powershell pwsh find awk parallel npx pnpx bunx uvx
   rm dd chmod chown kill pkill killall curl wget nc`.split(/\s+/),
);

/** Programs whose second word says what they do, and the words after which the third one does. */
const hasAction = new Set(
  `git npm pnpm yarn cargo go docker kubectl make gradle mvn dotnet pip pip3 poetry uv terraform gh bundle rails
   composer brew apt apt-get systemctl just task nx turbo`.split(/\s+/),
);
const actionsWithObject = new Set(['run', 'exec', 'compose', 'run-script', 'x', 'tool']);

/**
 * Allowing rules that would by themselves have answered a call that asks, the narrowest first; none when a single rule
 * cannot. No rule is broader than a command's beginning, a folder, a domain, one tool or one MCP server.
 */
export function suggestRules(call: EvaluationInput): string[] {
  const answers = (rule: string) =>
    rule.length <= longestRule &&
    !/\p{Cc}/u.test(rule) &&
    evaluate({ ...call, allow: [...call.allow, { rule, source: 'suggested' }] }).decision === 'allow';
  return [...new Set(candidates(call))].filter(answers);
}

function candidates(call: EvaluationInput): string[] {
  const { toolName, input } = call;
  if (toolName === 'Bash') return typeof input.command === 'string' ? bashCandidates(call, input.command.trim()) : [];
  if (toolName === 'AskUserQuestion' || toolName === 'ExitPlanMode') return [];
  const path = input.file_path ?? input.notebook_path ?? input.path;
  if (isEditTool(toolName)) return typeof path === 'string' ? pathCandidates(call, 'Edit', path) : [];
  if (['Read', 'Glob', 'Grep'].includes(toolName)) {
    return typeof path === 'string' ? pathCandidates(call, 'Read', path) : [toolName];
  }
  if (toolName === 'WebFetch') {
    const url = typeof input.url === 'string' && URL.canParse(input.url) ? new URL(input.url) : undefined;
    return url ? [`WebFetch(domain:${url.hostname})`] : [];
  }
  const server = /^mcp__.+?(?=__)/.exec(toolName)?.[0];
  return server ? [toolName, server] : [toolName];
}

function bashCandidates(call: EvaluationInput, command: string): string[] {
  const { commands } = readShell(command);
  const rules = [bashRule(command)];
  const isNested = commands.some(({ nested }) => nested);
  if (!isNested) for (const part of commands) rules.push(...partCandidates(part, commands.length > 1));
  for (const { outputs } of commands) for (const output of outputs) rules.push(...pathCandidates(call, 'Edit', output));
  for (const path of commands.flatMap(({ words }) => words.slice(1)).filter((word) => word.includes('/')))
    if (!isInside(absolutePath(path, call), call)) rules.push(...pathCandidates(call, 'Read', path));
  return rules;
}

function partCandidates(part: ShellCommand, isOneOfSeveral: boolean): string[] {
  const prefix = prefixOf(part.words);
  return [...(isOneOfSeveral ? [bashRule(part.text)] : []), ...(prefix ? [bashRule(`${prefix} *`)] : [])];
}

/** The beginning of a command that says what it does: `npm run build`, `git commit`, `touch`; none for one that runs anything. */
function prefixOf(words: readonly string[]): string | undefined {
  const [name = ''] = words;
  if (name === '' || /[^\w./-]/.test(name)) return undefined;
  const plainWord = (index: number) => (/^[\w@][\w@:./-]*$/.test(words[index] ?? '') ? words[index] : undefined);
  if (runsAnything.has(name)) {
    // A script or a package by name is one program; an option would be code.
    const script = ['node', 'python', 'python3', 'ruby', 'bash', 'sh', 'npx', 'deno', 'bun'].includes(name)
      ? plainWord(1)
      : undefined;
    return script && !['run', 'exec', 'eval', 'x'].includes(script) ? `${name} ${script}` : undefined;
  }
  if (!hasAction.has(name)) return name;
  const action = plainWord(1);
  if (action === undefined) return undefined;
  const object = actionsWithObject.has(action) ? plainWord(2) : undefined;
  if (actionsWithObject.has(action) && object === undefined) return undefined;
  return [name, action, object].filter(Boolean).join(' ');
}

function bashRule(content: string): string {
  return formatRule({ toolName: 'Bash', content });
}

/** The file itself, then its folder: as a path from the worker's folder inside of it, absolute outside. */
function pathCandidates(call: EvaluationInput, toolName: 'Edit' | 'Read', path: string): string[] {
  const absolute = absolutePath(path, call);
  const rules = [pathRule(call, toolName, absolute, '')];
  const folder = dirname(absolute);
  // Neither the whole of the worker's folder, nor a folder that holds other people's things.
  const isWide =
    folder === call.cwd || folder === call.home || folder.split('/').length <= 2 || call.cwd.startsWith(`${folder}/`);
  if (!isWide) rules.push(pathRule(call, toolName, folder, '/**'));
  return rules;
}

function pathRule(call: EvaluationInput, toolName: string, absolute: string, ending: string): string {
  const place = isInside(absolute, { ...call, additionalDirs: [] })
    ? `/${relative(call.cwd, absolute)}`
    : `/${absolute}`;
  // Letters that mean something in a pattern stand for themselves here.
  return formatRule({ toolName, content: `${place.replace(/[\\*?[\]]/g, '\\$&')}${ending}` });
}
