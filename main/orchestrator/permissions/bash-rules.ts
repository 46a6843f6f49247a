import type { ShellCommand } from './shell.ts';

/** Variables that may stand before a command without making it another one. */
const harmlessVariables = new Set(
  `NODE_ENV CI LANG LANGUAGE LC_ALL LC_CTYPE LC_TIME CHARSET TZ NO_COLOR FORCE_COLOR CLICOLOR CLICOLOR_FORCE COLORTERM
   TERM COLUMNS LINES RUST_LOG RUST_BACKTRACE PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE GOOS GOARCH CGO_ENABLED
   GO111MODULE LS_COLORS LSCOLORS GREP_COLOR GREP_COLORS`.split(/\s+/),
);

/** Programs that run the command behind them; a rule for that command holds for it behind them as well. */
const wrappers: Record<string, { value: RegExp; operands: number }> = {
  timeout: { value: /^(-k|-s|--kill-after|--signal)$/, operands: 1 },
  nice: { value: /^(-n|--adjustment)$/, operands: 0 },
  nohup: { value: /^$/, operands: 0 },
  time: { value: /^(-f|-o)$/, operands: 0 },
  stdbuf: { value: /^-[ioe]$/, operands: 0 },
  command: { value: /^$/, operands: 0 },
  builtin: { value: /^$/, operands: 0 },
};

/** Further ones that a denial looks through, and that nothing is allowed through. */
const strictWrappers: Record<string, { value: RegExp; operands: number }> = {
  ...wrappers,
  env: { value: /^-[uCS]$/, operands: 0 },
  sudo: { value: /^-[ugpCrtTUhD]$/, operands: 0 },
  doas: { value: /^-[uC]$/, operands: 0 },
  xargs: { value: /^-[IinLPsEdal]$/, operands: 0 },
  watch: { value: /^-[nt]$/, operands: 0 },
  setsid: { value: /^$/, operands: 0 },
  ionice: { value: /^-[cnpP]$/, operands: 0 },
  exec: { value: /^-a$/, operands: 0 },
};

/** Whether the pattern of a Bash rule is about a command's text. */
export function bashPatternMatches(pattern: string, text: string): boolean {
  // A rule without wildcard is compared to the letter; one with, however many blanks there are.
  const collapsed = text.replace(/ {2,}/g, ' ');
  if (pattern.endsWith(':*')) {
    const prefix = pattern.slice(0, -2);
    return collapsed === prefix || collapsed.startsWith(`${prefix} `);
  }
  if (!/(?<!\\)\*/.test(pattern)) return text === pattern.replaceAll('\\*', '*');
  const pieces = pattern.split(/(?<!\\)\*/).map((piece) => piece.replaceAll('\\*', '*'));
  // "npm test *" is about "npm test" as well, as long as that is its only wildcard.
  const [only = '', rest] = pieces;
  if (pieces.length === 2 && rest === '' && only.endsWith(' ') && collapsed === only.trimEnd()) return true;
  return matchesPieces(pieces, collapsed);
}

/** Whether the pieces stand in the text one after the other, from its beginning to its end. Takes time in step with both. */
function matchesPieces(pieces: readonly string[], text: string): boolean {
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return at <= text.length - last.length;
}

/** What an allowing rule may be about: the command as written, and without harmless variables and wrappers before it. */
export function allowedForms(command: ShellCommand): string[] {
  const forms = new Set<string>();
  let { text, words } = command;
  if (command.assignments.length > 0) {
    forms.add(text);
    if (!command.assignments.every((assignment) => harmlessVariables.has(nameOf(assignment)))) return [...forms];
    text = withoutAssignments(command);
  }
  for (;;) {
    const [name = ''] = words;
    forms.add(text);
    if (name !== '' && !text.startsWith(name)) forms.add(withName(text, name));
    // Only bare: with options of its own xargs may do more than the rule's author saw.
    const skipped = name === 'xargs' ? (words[1]?.startsWith('-') ? 0 : 1) : wrapperLength(words, wrappers);
    if (skipped === 0 || skipped >= words.length) return [...forms];
    // xargs puts more behind the command, which a rule to the letter does not know.
    text = `${withoutFirstWords(text, skipped)}${name === 'xargs' ? ' {}' : ''}`;
    words = words.slice(skipped);
  }
}

/** The words that are run in the end, when only harmless variables and wrappers of `through` stand before them. */
export function innermostWords(command: ShellCommand, through: (name: string) => boolean): string[] | undefined {
  if (!command.assignments.every((assignment) => harmlessVariables.has(nameOf(assignment)))) return undefined;
  let { words } = command;
  while (through(words[0] ?? '')) {
    const skipped = words[0] === 'xargs' ? 1 : wrapperLength(words, wrappers);
    if (skipped === 0 || skipped >= words.length) break;
    words = words.slice(skipped);
  }
  return words;
}

/** What a denying or asking rule may be about: the command behind whatever stands before it, however it is written. */
export function deniedForms(command: ShellCommand, isNewCli: boolean): string[] {
  const forms = new Set<string>([command.text]);
  let { words } = command;
  for (;;) {
    forms.add(words.join(' '));
    // A path to the program is the program; older CLIs do not see that.
    const [name = '', ...rest] = words;
    if (isNewCli && name.includes('/')) forms.add([name.slice(name.lastIndexOf('/') + 1), ...rest].join(' '));
    let skipped = wrapperLength(words, strictWrappers);
    if (skipped === 0) return [...forms].filter(Boolean);
    while (/^[A-Za-z_]\w*=/.test(words[skipped] ?? '')) skipped += 1;
    if (skipped >= words.length) return [...forms].filter(Boolean);
    words = words.slice(skipped);
  }
}

/** How many words a wrapper and what belongs to it take; 0 when there is none. */
function wrapperLength(words: readonly string[], known: typeof wrappers): number {
  const wrapper = Object.hasOwn(known, words[0] ?? '') ? known[words[0] ?? ''] : undefined;
  if (!wrapper) return 0;
  let index = 1;
  while (words[index]?.startsWith('-')) {
    if (words[index] === '--') {
      index += 1;
      break;
    }
    index += wrapper.value.test(words[index] ?? '') ? 2 : 1;
  }
  return index + wrapper.operands;
}

function nameOf(assignment: string): string {
  return assignment.slice(0, assignment.indexOf('='));
}

function withoutAssignments(command: ShellCommand): string {
  let text = command.text;
  for (const assignment of command.assignments) {
    if (text.startsWith(assignment)) text = text.slice(assignment.length).trimStart();
  }
  return text;
}

function withoutFirstWords(text: string, count: number): string {
  let rest = text;
  for (let index = 0; index < count; index += 1) rest = rest.replace(/^\S+\s*/, '');
  return rest;
}

/** The text with quotes taken off its first word. */
function withName(text: string, name: string): string {
  const end = /^(?:"[^"]*"|'[^']*'|\\?\S)+/.exec(text)?.[0].length ?? 0;
  return `${name}${text.slice(end)}`;
}
