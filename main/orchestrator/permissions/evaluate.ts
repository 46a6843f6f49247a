import type { Verdict } from '../../../shared/rules.ts';
import type { PermissionMode } from '../../../shared/workers.ts';
import { rulesOfMode } from '../claude/permissions.ts';
import { isEditTool, parseRule } from '../claude/rule-notation.ts';
import { allowedForms, bashPatternMatches, deniedForms, innermostWords } from './bash-rules.ts';
import { absolutePath, isInside, type Places, pathMatches, withTarget } from './path-rules.ts';
import { isReadOnly, pathsOf } from './read-only-commands.ts';
import { readShell, type ShellCommand, type ShellScript } from './shell.ts';

/** A rule in the CLI's notation and where it stands, in words. */
export interface SourcedRule {
  rule: string;
  source: string;
}

export interface EvaluationInput extends Places {
  toolName: string;
  input: Record<string, unknown>;
  mode: PermissionMode;
  allow: readonly SourcedRule[];
  deny: readonly SourcedRule[];
  ask: readonly SourcedRule[];
  allowNetwork: boolean;
  osSandbox: boolean;
  /** Null when it is not known: then as the newest one that was looked at. */
  cliVersion: string | null;
}

type Decision = Verdict['decision'];

interface Access {
  path: string;
  access: 'read' | 'write';
}

interface Answer {
  decision: Decision;
  by: SourcedRule | null;
  reason: string;
  parts?: Verdict['parts'];
}

/** The oldest CLI known to look into substitutions and shells within a command. */
const looksInside = [2, 1, 329];

/** Tools that never ask: they change nothing outside of the conversation. */
const quietTools = new Set(
  `Agent Task TaskCreate TaskGet TaskList TaskUpdate TaskStop TaskOutput TodoWrite KillShell BashOutput ToolSearch
   EnterPlanMode ListMcpResourcesTool StructuredOutput`.split(/\s+/),
);

/** Files that the CLI asks for whatever the rules say: they could run something later. */
const sensitiveNames = new Set(
  `.bashrc .bash_profile .bash_login .bash_logout .profile .zshrc .zprofile .zshenv .zlogin .gitconfig .gitmodules
   .ripgreprc .mcp.json .claude.json`.split(/\s+/),
);
const sensitiveFolders = new Set(['.git', '.vscode', '.idea', '.claude', '.husky']);

/** Says what the CLI does with a call, and which rule makes it so. Reads nothing but symlinks. */
export function evaluate(input: EvaluationInput): Verdict {
  const modeRules = rulesOfMode({ ...input, allowedTools: input.allow.map(({ rule }) => rule) });
  const modeSource = input.mode === 'sandbox' ? 'permission mode sandbox (read only)' : 'network is off';
  const sourced = (rules: string[]) => rules.map((rule) => ({ rule, source: modeSource }));
  const context: Context = {
    input,
    isNewCli: !isOlder(input.cliVersion, looksInside),
    allow: [...(modeRules.onlyThese ? [] : input.allow), ...sourced(modeRules.allow)],
    deny: [...input.deny, ...sourced(modeRules.deny)],
    ask: input.ask,
  };
  const answer = judge(context);
  return {
    decision: answer.decision,
    rule: answer.by?.rule ?? null,
    source: answer.by?.source ?? null,
    reason: answer.reason,
    parts: answer.parts ?? [],
    warnings: warningsOf(context, answer),
  };
}

interface Context {
  input: EvaluationInput;
  isNewCli: boolean;
  allow: SourcedRule[];
  deny: SourcedRule[];
  ask: readonly SourcedRule[];
}

function judge(context: Context): Answer {
  const { toolName, input } = context.input;
  const whole = context.deny.find(({ rule }) => isWholeTool(rule, toolName));
  if (whole) return denied(whole, `${toolName} is taken away from this worker.`);
  if (toolName === 'Bash') return judgeBash(context, textOf(input.command));
  if (toolName === 'Read' || toolName === 'Glob' || toolName === 'Grep') return judgeReading(context);
  if (isEditTool(toolName)) return judgeChanging(context);
  if (toolName === 'AskUserQuestion') return asks('A question always waits for its answer.');
  if (toolName === 'ExitPlanMode') return asks('A plan always waits for approval.');
  return judgeOther(context);
}

function judgeOther(context: Context): Answer {
  const { toolName, mode } = context.input;
  const matches = ({ rule }: SourcedRule) => otherRuleMatches(rule, context.input);
  const no = context.deny.find(matches);
  if (no) return denied(no);
  const asking = context.ask.find(matches);
  if (asking) return asks('A rule says to ask.', asking);
  if (mode === 'dangerous') return bypassed();
  const yes = context.allow.find(matches);
  if (yes) return allowed('A rule allows it.', yes);
  if (quietTools.has(toolName)) return allowed(`${toolName} never asks: it changes nothing outside the conversation.`);
  return asks(`No rule allows ${toolName}.`);
}

/** Rules about tools that have neither commands nor paths. */
function otherRuleMatches(rule: string, { toolName, input }: EvaluationInput): boolean {
  if (isWholeTool(rule, toolName)) return true;
  const parsed = parseRule(rule);
  if (parsed.toolName !== toolName || parsed.content === null) return false;
  if (toolName === 'WebFetch' && parsed.content.startsWith('domain:'))
    return domainMatches(parsed.content.slice('domain:'.length), textOf(input.url));
  const named = [input.subagent_type, input.skill, input.command].find((value) => typeof value === 'string');
  return named === parsed.content;
}

function domainMatches(domain: string, url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return domain.startsWith('*.') ? hostname.endsWith(domain.slice(1)) : hostname === domain.toLowerCase();
}

/** Whether a rule is about the whole tool: its name, or its MCP server. */
function isWholeTool(rule: string, toolName: string): boolean {
  const parsed = parseRule(rule);
  if (parsed.content !== null) return false;
  if (parsed.toolName === toolName) return true;
  // Who may not edit may not write either: they are taken away together.
  if (!toolName.startsWith('mcp__')) return false;
  const server = parsed.toolName.replace(/__\*$/, '');
  return /^mcp__[^_](?:(?!__).)*$/.test(server) && toolName.startsWith(`${server}__`);
}

function judgeReading(context: Context): Answer {
  const { toolName, input, mode } = context.input;
  if (toolName !== 'Read') {
    const offered =
      [...context.allow].some(({ rule }) => parseRule(rule).toolName === toolName) ||
      context.deny.some(({ rule }) => isWholeTool(rule, 'Bash'));
    if (!offered) {
      return {
        decision: 'deny',
        by: null,
        reason: `Claude Code offers ${toolName} only when it is among the allowed tools; the model uses Bash instead.`,
      };
    }
  }
  const paths = pathsOfCall(context, textOf(input.file_path ?? input.path) || context.input.cwd);
  const no = pathRule(context, context.deny, paths, 'read');
  if (no) return denied(no);
  const asking =
    pathRule(context, context.ask, paths, 'read') ?? context.ask.find(({ rule }) => isWholeTool(rule, toolName));
  if (asking) return asks('A rule says to ask.', asking);
  if (mode === 'dangerous') return bypassed();
  return mayAccess(context, paths, 'read');
}

function judgeChanging(context: Context): Answer {
  const { toolName, input, mode } = context.input;
  const paths = pathsOfCall(context, textOf(input.file_path ?? input.notebook_path));
  const no = pathRule(context, context.deny, paths, 'write');
  if (no) return denied(no);
  const asking =
    pathRule(context, context.ask, paths, 'write') ?? context.ask.find(({ rule }) => isWholeTool(rule, toolName));
  if (asking) return asks('A rule says to ask.', asking);
  if (mode === 'dangerous') return bypassed();
  const sensitive = paths.find(isSensitive);
  if (sensitive) return asks(`Claude Code always asks before it changes ${sensitive}: it could run something later.`);
  return mayAccess(context, paths, 'write');
}

function isSensitive(path: string): boolean {
  const names = path.split('/').map((name) => name.toLowerCase());
  return names.some((name) => sensitiveFolders.has(name)) || sensitiveNames.has(names.at(-1) ?? '');
}

function pathsOfCall(context: Context, path: string): string[] {
  return withTarget(absolutePath(path, context.input));
}

/** Whether every one of the paths (a file and what it is a link to) may be used without asking. */
function mayAccess(context: Context, paths: readonly string[], access: 'read' | 'write'): Answer {
  const { toolName } = context.input;
  let by: SourcedRule | null = null;
  for (const path of paths) {
    const rule =
      pathRule(context, context.allow, [path], access) ??
      context.allow.find(({ rule: text }) => isWholeTool(text, access === 'read' ? 'Read' : toolName)) ??
      (access === 'read' ? pathRule(context, context.allow, [path], 'write') : undefined);
    if (rule) by ??= rule;
    else if (access === 'write') return asks(`No rule allows changing ${path}.`);
    else if (!isInside(path, realPlaces(context.input))) return asks(`${path} is outside the worker's folder.`);
  }
  return by ? allowed('A rule allows it.', by) : allowed("It only reads inside the worker's folder.");
}

/** The worker's folders as written and as they really are: a temporary folder is often a link. */
function realPlaces(places: Places): Places {
  const real = withTarget(places.cwd);
  return { ...places, additionalDirs: [...places.additionalDirs.flatMap(withTarget), ...real] };
}

/** The first rule about one of the paths. */
function pathRule(
  context: Context,
  rules: readonly SourcedRule[],
  paths: readonly string[],
  access: 'read' | 'write',
): SourcedRule | undefined {
  const reach = rules === context.allow ? 'anchored' : 'any-depth';
  return rules.find(({ rule }) => {
    const { toolName, content } = parseRule(rule);
    if (content === null) return false;
    const about = access === 'read' ? toolName === 'Read' : isEditTool(toolName);
    return about && paths.some((path) => pathMatches(content, path, context.input, reach));
  });
}

function judgeBash(context: Context, command: string): Answer {
  const { mode } = context.input;
  const script = readShell(command);
  // Older CLIs do not look into what is nested.
  const seen = context.isNewCli ? script.commands : script.commands.filter(({ nested }) => !nested);
  const denials = seen.map((part) => bashRule(context.deny, deniedForms(part, context.isNewCli)));
  const no = denials.find((rule) => rule !== undefined) ?? bashRule(context.deny, [command.trim()]);
  if (no) return { ...denied(no), parts: partsOf(script.commands, seen, denials) };
  const asking = seen
    .map((part) => bashRule(context.ask, deniedForms(part, context.isNewCli)))
    .find((rule) => rule !== undefined);
  const accesses = seen.map((part) => accessesOf(context, part));
  for (const { path, access } of accesses.flat()) {
    const rule = pathRule(context, context.deny, withTarget(path), access);
    if (rule) return denied(rule, `It ${access === 'read' ? 'reads' : 'changes'} ${path}.`);
  }
  const hidden = context.isNewCli ? deniedScript(context, seen) : undefined;
  if (hidden) return asks('A rule denies a command that this one hands to another shell.', hidden);
  if (asking) return asks('A rule says to ask.', asking);
  if (mode === 'dangerous') return bypassed();
  const everything = context.allow.find(({ rule }) => isWholeTool(rule, 'Bash'));
  if (everything) return allowed('Every command is allowed.', everything);
  return judgeParts(context, command, script, accesses);
}

function judgeParts(
  context: Context,
  command: string,
  { commands, obstacle, alwaysAsks, hasPipe, hasBlock }: ShellScript,
  accesses: readonly (readonly Access[])[],
): Answer {
  if (commands.length === 0) return asks('There is no command in it.');
  const exact = exactRule(context.allow, command.trim());
  const jump = folderChange(context, commands);
  // A rule that is the command to the letter helps over most obstacles; the CLI takes pipes apart before it compares.
  const comparesWhole = exact && !alwaysAsks && !(hasPipe && commands.some(({ redirected }) => redirected));
  const leaves = commands.some(
    ({ words }, index) => words[0] === 'cd' && pathObstacle(context, { words }, accesses[index]),
  );
  if (comparesWhole && commands.length > 1 && !jump && !leaves)
    return allowed('A rule allows exactly this command.', exact);
  if (comparesWhole && commands.length === 1 && commands[0]) {
    return pathObstacle(context, commands[0], accesses[0]) ?? allowed('A rule allows exactly this command.', exact);
  }
  if (obstacle !== null) return asks(`Claude Code asks because ${obstacle}.`);
  if (jump) return asks(jump);
  if (hasBlock && commands.some(({ redirected }) => redirected))
    return asks('Claude Code may ask because there is a redirection inside of if, for or while.');
  const verdicts = commands.map((part, index) => judgePart(context, part, accesses[index] ?? []));
  const parts =
    commands.length > 1
      ? commands.map(({ text }, index) => ({
          text,
          decision: verdicts[index]?.decision ?? 'ask',
          rule: verdicts[index]?.by?.rule ?? null,
        }))
      : [];
  const open = verdicts.find(({ decision }) => decision !== 'allow');
  if (open) return { ...open, parts };
  const by = verdicts.find((verdict) => verdict.by !== null)?.by ?? null;
  const reason = verdicts.length > 1 ? 'Each of its commands is allowed.' : (verdicts[0]?.reason ?? '');
  return { decision: 'allow', by, reason, parts };
}

function judgePart(context: Context, part: ShellCommand, accesses: readonly Access[]): Answer {
  const blocked = pathObstacle(context, part, accesses);
  if (blocked) return blocked;
  if (part.words.length === 0 && part.assignments.length > 0)
    return context.isNewCli
      ? asks('Claude Code asks before a variable is set for the commands that follow.')
      : allowed('It only sets a variable.');
  if (part.words.length === 0) return allowed('It only redirects.');
  const evaluates = ['eval', 'exec', 'source', '.', 'alias', 'trap'].includes(part.words[0] ?? '');
  if (evaluates) return asks(`Claude Code asks because ${part.words[0]} runs what it is given.`);
  const changesFiles = pathsOf(part.words.slice(1), context.isNewCli).some(({ access }) => access === 'write');
  const isBlind = part.words[0] === 'xargs' && changesFiles;
  const rule = isBlind ? undefined : bashRule(context.allow, allowedForms(part), part.words);
  if (rule) return allowed('A rule allows it.', rule);
  if (onlyLooks(context, part)) return allowed('It only looks.');
  return asks(`No rule allows "${part.text}".`);
}

/** Whether a command only looks, behind the few words that the CLI looks through for that. */
function onlyLooks({ isNewCli }: Context, part: ShellCommand): boolean {
  if (part.text.includes('<<<')) return false;
  const through = ['command', 'builtin', 'xargs', ...(isNewCli ? ['timeout'] : [])];
  const inner = innermostWords(part, (name) => through.includes(name));
  if (!inner || !isReadOnly(inner)) return false;
  const [first = ''] = part.words;
  const [name = ''] = inner;
  // With words of its own the CLI lets some of them pass and others not.
  if (first === 'xargs') return inner.length === 1 && ['echo', 'printf', 'wc', 'head', 'tail'].includes(name);
  if (name === '[' && (first !== name || part.assignments.length > 0 || part.redirected)) return false;
  // The shell would put file names in, and one could be an option.
  if (name === 'find' && /[*?[]/.test(part.text.replace(/'[^']*'|"[^"]*"/g, ''))) return false;
  return !(first === 'timeout' && name === 'cd');
}

/** Why the CLI asks because of the files that a command names or redirects to; undefined when it does not. */
function pathObstacle(
  context: Context,
  part: Partial<ShellCommand>,
  accesses: readonly Access[] = [],
): Answer | undefined {
  const words = innermostWords({ assignments: [], words: [], ...part } as ShellCommand, () => true) ?? [];
  if (pathsOf(words, context.isNewCli).some(({ path, access }) => access === 'write' && /[*?[]/.test(path)))
    return asks('Claude Code asks because which files are changed is a pattern of the shell.');
  for (const { path, access } of accesses) {
    const isOutput = part.outputs?.some((output) => absolutePath(output, context.input) === path);
    if (access === 'write' && isOutput) {
      const answer = mayAccess(context, withTarget(path), 'write');
      if (answer.decision !== 'allow') return asks(`It writes to ${path}, which no rule allows.`);
    } else if (!isReachable(context, path, access)) return asks(`${path} is outside the worker's folder.`);
  }
  return undefined;
}

/** Whether a path that a command names lies in the worker's folders, or in those that rules open. */
function isReachable(context: Context, path: string, access: 'read' | 'write'): boolean {
  const places = realPlaces(context.input);
  return withTarget(path).every(
    (one) =>
      isInside(one, places) ||
      pathRule(context, context.allow, [one], access) !== undefined ||
      (access === 'read' && pathRule(context, context.allow, [one], 'write') !== undefined),
  );
}

/** What the CLI makes of `cd` together with other commands: it cannot tell their paths then. */
function folderChange(context: Context, commands: readonly ShellCommand[]): string | null {
  const plain = commands.map((part) => innermostWords({ ...part, assignments: [] }, () => true) ?? []);
  const changes = plain.filter(([name]) => name === 'cd');
  if (changes.length === 0) return null;
  const asksBecause = (why: string) => `Claude Code asks because ${why}.`;
  if (changes.length > 1) return asksBecause('the folder is changed more than once');
  const target = absolutePath(changes[0]?.[1] ?? '~', context.input);
  const stays = withTarget(target).includes(context.input.cwd);
  if (plain.some(([name]) => name === 'git') && !stays)
    return asksBecause('git runs in a folder that is changed to: its hooks would be that folder’s');
  if (commands.some(({ outputs }) => outputs.some((output) => output !== '/dev/null')))
    return asksBecause('output goes to a file after the folder is changed');
  if (plain.some((words) => pathsOf(words, context.isNewCli).some(({ access }) => access === 'write')))
    return asksBecause('files are changed after the folder is changed');
  if (context.isNewCli && commands.some(({ inputs }) => inputs.length > 0))
    return asksBecause('input comes from a file after the folder is changed');
  return null;
}

/** The files that a command names or redirects to or from, absolute, as far as the CLI looks at them. */
function accessesOf(context: Context, part: ShellCommand): Access[] {
  const words = innermostWords({ ...part, assignments: [] }, (name) => name !== 'xargs') ?? part.words;
  const named = pathsOf(words, context.isNewCli);
  const outputs = part.outputs
    .filter((path) => path !== '/dev/null')
    .map((path) => ({ path, access: 'write' as const }));
  // Older CLIs do not look at what a command is fed from.
  const inputs = context.isNewCli ? part.inputs.map((path) => ({ path, access: 'read' as const })) : [];
  return [...named, ...inputs, ...outputs]
    .filter(({ path }) => path !== '')
    .map(({ path, access }) => ({ path: absolutePath(withoutGlob(path), context.input), access }));
}

/** The folder that a pattern of the shell looks in. */
function withoutGlob(path: string): string {
  const wild = path.search(/[*?[]/);
  if (wild === -1) return path;
  const folder = path.slice(0, wild);
  return folder.slice(0, folder.lastIndexOf('/') + 1) || '.';
}

/** The rule that denies a command inside the text given to another shell. */
function deniedScript(context: Context, commands: readonly ShellCommand[]): SourcedRule | undefined {
  for (const { words } of commands) {
    const [name = ''] = words;
    const option = words.findIndex((word) => /^-[a-z]*c$/.test(word));
    if (!/^(ba|z|da|k)?sh$/.test(name.slice(name.lastIndexOf('/') + 1)) || option === -1) continue;
    for (const part of readShell(words[option + 1] ?? '').commands) {
      const rule = bashRule(context.deny, deniedForms(part, true));
      if (rule) return rule;
    }
  }
  return undefined;
}

/** The first Bash rule about one of the forms. */
function bashRule(
  rules: readonly SourcedRule[],
  forms: readonly string[],
  words?: readonly string[],
): SourcedRule | undefined {
  return rules.find(({ rule }) => {
    const { toolName, content } = parseRule(rule);
    if (toolName !== 'Bash' || content === null) return false;
    // No prefix can vouch for what find runs or removes.
    if (words?.[0] === 'find' && !isReadOnly(words) && /^find(:\*| \*)$/.test(content)) return false;
    return forms.some((form) => bashPatternMatches(content, form));
  });
}

function exactRule(rules: readonly SourcedRule[], command: string): SourcedRule | undefined {
  return rules.find(({ rule }) => {
    const { toolName, content } = parseRule(rule);
    return toolName === 'Bash' && content === command;
  });
}

function partsOf(
  all: readonly ShellCommand[],
  seen: readonly ShellCommand[],
  denials: readonly (SourcedRule | undefined)[],
): Verdict['parts'] {
  if (all.length < 2) return [];
  return all.map((part) => {
    const rule = denials[seen.indexOf(part)];
    return { text: part.text, decision: rule ? 'deny' : 'ask', rule: rule?.rule ?? null };
  });
}

function warningsOf(context: Context, answer: Answer): string[] {
  const { toolName, mode, allowNetwork, osSandbox } = context.input;
  const warnings: string[] = [];
  if (toolName !== 'Bash' || answer.decision === 'deny') return warnings;
  if (!allowNetwork && (!osSandbox || mode === 'dangerous')) {
    warnings.push(
      mode === 'dangerous'
        ? 'In mode dangerous programs are not kept from the network: only WebFetch, WebSearch, curl, wget and nc are.'
        : 'No OS sandbox on this machine: a program that this command starts can reach the network.',
    );
  }
  if (mode === 'dangerous' && !context.isNewCli && context.deny.length > 0) {
    warnings.push(
      'This version of Claude Code does not look for denied commands inside ( ), $( ), functions and bash -c in mode dangerous. Update it: claude update.',
    );
  }
  return warnings;
}

function denied(by: SourcedRule, reason = 'A rule denies it.'): Answer {
  return { decision: 'deny', by, reason };
}

function asks(reason: string, by: SourcedRule | null = null): Answer {
  return { decision: 'ask', by, reason };
}

function allowed(reason: string, by: SourcedRule | null = null): Answer {
  return { decision: 'allow', by, reason };
}

function bypassed(): Answer {
  return allowed('Permission mode dangerous: nothing asks, only denials and rules to ask hold.');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isOlder(version: string | null, than: readonly number[]): boolean {
  if (version === null) return false;
  const numbers = version.split('.').map(Number);
  for (const [index, least] of than.entries()) {
    const number = numbers[index] ?? 0;
    if (number !== least) return number < least;
  }
  return false;
}
