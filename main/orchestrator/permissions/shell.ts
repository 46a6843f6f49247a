import { type Command, type Node, type ParsedScript, parse, type Redirect, type Word, type WordPart } from 'unbash';

/*
 * A Bash command as Claude Code looks at it before it runs: the simple commands it is made of, and what in it cannot be
 * judged beforehand. The parser is unbash: it gives a typed tree with places in the source and keeps what stands inside
 * quotes, substitutions and here-documents, which a splitter of words (shell-quote) loses, without the native build of
 * tree-sitter-bash.
 */

export interface ShellCommand {
  /** As written, without redirections: what rules are compared with. */
  text: string;
  /** Name and arguments with quotes taken off; variables stay as written. */
  words: string[];
  assignments: string[];
  /** Files it writes to by redirection. */
  outputs: string[];
  /** Files it reads by redirection. */
  inputs: string[];
  redirected: boolean;
  /** Stands inside a substitution, subshell, group or function, which older CLIs do not look into. */
  nested: boolean;
}

export interface ShellScript {
  commands: ShellCommand[];
  /** What cannot be judged before it runs, in words; null when all of it can. */
  obstacle: string | null;
  /** Whether an obstacle is one that no rule at all helps over: a subshell, a function, or running in the background. */
  alwaysAsks: boolean;
  hasPipe: boolean;
  /** Whether there is an if, for or while in it. */
  hasBlock: boolean;
}

/** Takes a command line apart. One that does not parse has an obstacle and what could be read of it. */
export function readShell(source: string): ShellScript {
  const commands: ShellCommand[] = [];
  const obstacles: string[] = [];
  let alwaysAsks = false;
  let hasPipe = false;
  let hasBlock = false;
  visitScript(parse(source), source, false);
  return { commands, obstacle: obstacles[0] ?? null, alwaysAsks, hasPipe, hasBlock };

  function visitScript(script: ParsedScript, text: string, nested: boolean): void {
    const own = script.source ?? text;
    for (const statement of script.commands) visit(statement, own, nested);
    if (script.errors?.length) obstacles.push(`it cannot be read as Bash (${script.errors[0]?.message})`);
  }

  function visitAll(nodes: readonly Node[], text: string, nested: boolean): void {
    for (const node of nodes) visit(node, text, nested);
  }

  function visit(node: Node, text: string, nested: boolean): void {
    switch (node.type) {
      case 'Statement':
        visit(node.command, text, nested);
        if (node.background) {
          obstacles.push('it runs in the background (&)');
          alwaysAsks = true;
        }
        if (node.redirects.length > 0) commands.push(onlyRedirects(node.redirects, text, nested));
        return;
      case 'Command':
        visitCommand(node, text, nested);
        return;
      case 'Pipeline':
      case 'AndOr':
        if (node.type === 'Pipeline' && node.commands.length > 1) hasPipe = true;
        if (node.type === 'Pipeline' && node.time) {
          visitTimed(node.commands, text, nested);
          return;
        }
        visitAll(node.commands, text, nested);
        return;
      case 'CompoundList':
        visitAll(node.commands, text, nested);
        return;
      case 'If':
        hasBlock = true;
        visit(node.clause, text, nested);
        visit(node.then, text, nested);
        if (node.else) visit(node.else, text, nested);
        return;
      case 'While':
        hasBlock = true;
        visit(node.clause, text, nested);
        visit(node.body, text, nested);
        return;
      case 'For':
        hasBlock = true;
        for (const word of node.wordlist) visitWord(word, text);
        visit(node.body, text, nested);
        return;
      case 'TestCommand':
        return;
      case 'Subshell':
        obstacles.push('a subshell ( ) cannot be judged before it runs');
        alwaysAsks = true;
        visit(node.body, text, true);
        return;
      case 'BraceGroup':
        obstacles.push('a group { } cannot be judged before it runs');
        visit(node.body, text, true);
        return;
      case 'Function':
        obstacles.push('a function cannot be judged before it runs');
        alwaysAsks = true;
        visit(node.body, text, true);
        return;
      case 'Case':
        obstacles.push('a case statement cannot be judged before it runs');
        visitAll(
          node.items.map(({ body }) => body),
          text,
          true,
        );
        return;
      case 'Select':
      case 'ArithmeticFor':
      case 'Coproc':
        obstacles.push('this kind of loop or coprocess cannot be judged before it runs');
        visit(node.body, text, true);
        return;
      case 'ArithmeticCommand':
        obstacles.push('a command in double brackets (( )) cannot be judged before it runs');
    }
  }

  /** `time` is a word of the shell for bash and a wrapper like any other for the CLI. */
  function visitTimed(nodes: readonly Node[], text: string, nested: boolean): void {
    const before = commands.length;
    visitAll(nodes, text, nested);
    const first = commands[before];
    if (first) commands[before] = { ...first, text: `time ${first.text}`, words: ['time', ...first.words] };
  }

  function visitCommand(node: Command, text: string, nested: boolean): void {
    const words = node.name ? [node.name, ...node.suffix] : node.suffix;
    for (const word of words) visitWord(word, text);
    for (const { value } of node.prefix) if (value) visitWord(value, text);
    for (const redirect of node.redirects) visitRedirect(redirect, text);
    commands.push({
      text: textOf(node, text),
      words: words.map(({ value }) => value),
      assignments: node.prefix.map((assignment) => assignment.text),
      ...filesOf(node.redirects),
      nested,
    });
  }

  function onlyRedirects(redirects: Redirect[], text: string, nested: boolean): ShellCommand {
    for (const redirect of redirects) visitRedirect(redirect, text);
    return { text: '', words: [], assignments: [], ...filesOf(redirects), nested };
  }

  function visitRedirect(redirect: Redirect, text: string): void {
    const isDocument = redirect.operator === '<<' || redirect.operator === '<<-';
    if (redirect.target && !isDocument) visitWord(redirect.target, text);
    if (isDocument && !redirect.heredocQuoted)
      obstacles.push('a here-document without quotes around its end mark is expanded by the shell');
    if (redirect.body) visitParts(redirect.body.parts, text);
  }

  function visitWord(word: Word, text: string): void {
    visitParts(word.parts, text);
    if (hasEscapedBlank(word)) obstacles.push('a blank behind a backslash cannot be judged');
  }

  function visitParts(parts: readonly WordPart[] | undefined, text: string): void {
    for (const part of parts ?? []) visitPart(part, text);
  }

  function visitPart(part: WordPart, text: string): void {
    switch (part.type) {
      case 'DoubleQuoted':
      case 'LocaleString':
        visitParts(part.parts, text);
        return;
      case 'SimpleExpansion':
        if (part.text !== '$HOME') obstacles.push(`the variable ${part.text} cannot be judged before it runs`);
        return;
      case 'ParameterExpansion':
        obstacles.push(`the variable ${part.text} cannot be judged before it runs`);
        visitParts(part.operand?.parts, text);
        return;
      case 'AnsiCQuoted':
        obstacles.push("text with escape codes ($'…') cannot be judged");
        return;
      case 'BraceExpansion':
        obstacles.push('braces that the shell expands cannot be judged');
        return;
      case 'CommandExpansion':
        if (isQuotedDocument(part.script)) return;
        obstacles.push('a command inside a command cannot be judged before it runs');
        if (part.script) visitScript(part.script, text, true);
        return;
      case 'ProcessSubstitution':
        obstacles.push('a command used as a file cannot be judged before it runs');
        if (part.script) visitScript(part.script, text, true);
    }
  }
}

/** `$(cat <<'END' … END)`: a way to write text of several lines that runs nothing. */
function isQuotedDocument(script: ParsedScript | undefined): boolean {
  const only = script?.commands.length === 1 ? script.commands[0]?.command : undefined;
  if (only?.type !== 'Command' || only.name?.value !== 'cat' || only.suffix.length > 0) return false;
  return (
    only.redirects.length === 1 && only.redirects[0]?.operator === '<<' && only.redirects[0].heredocQuoted === true
  );
}

function hasEscapedBlank(word: Word): boolean {
  const unquoted = word.text.replace(/'[^']*'|"(?:\\.|[^"\\])*"/g, '');
  return /\\[ \t]/.test(unquoted);
}

function filesOf(redirects: readonly Redirect[]): Pick<ShellCommand, 'inputs' | 'outputs' | 'redirected'> {
  const inputs: string[] = [];
  const outputs: string[] = [];
  for (const { operator, target } of redirects) {
    if (!target || operator.startsWith('<<')) continue;
    const toDescriptor = /^(\d+|-)$/.test(target.value);
    if (operator === '<') inputs.push(target.value);
    else if (operator.includes('>') && !(operator.endsWith('&') && toDescriptor)) outputs.push(target.value);
  }
  return { inputs, outputs, redirected: redirects.length > 0 };
}

/** The command as written, without its redirections; a here-string stays, as the CLI leaves it. */
function textOf(node: Command, source: string): string {
  const pieces = [...node.prefix, ...(node.name ? [node.name] : []), ...node.suffix];
  const strings = node.redirects.filter(({ operator }) => operator === '<<<');
  const all = [...pieces, ...strings].sort((a, b) => a.pos - b.pos);
  const first = all[0];
  const last = all.at(-1);
  if (!first || !last) return '';
  let text = '';
  let at = first.pos;
  for (const redirect of node.redirects) {
    if (redirect.operator === '<<<' || redirect.pos < first.pos || redirect.end > last.end) continue;
    text += source.slice(at, redirect.pos);
    at = redirect.end;
  }
  return (text + source.slice(at, last.end)).trim();
}
