import { createContext, Fragment, type ReactNode, useContext } from 'react';

/**
 * Colours for code in any common language, good enough to read a difference by: strings, comments, numbers, keywords,
 * calls and types. Not a parser: one line at a time, wrong at worst in colour, never in text.
 */
const rest =
  /(?<string>"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`(?:[^`\\]|\\.)*`?)|(?<number>\b(?:0x[\da-f_]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)\b)|(?<word>[A-Za-z_$][\w$]*)(?<call>\s*\()?/u;
const block = /\/\*.*?(?:\*\/|$)|<!--.*?(?:-->|$)/u.source;
const patternOf = (comment: RegExp, more?: string): RegExp =>
  new RegExp(`(?<comment>${[comment.source, more].filter(Boolean).join('|')})|${rest.source}`, 'giu');

const patterns = {
  /** Of no known ending: whatever any language calls a comment. */
  code: patternOf(/\/\/.*|(?<=^|\s)#(?![[!{]).*/u, block),
  /** A line that begins with a star goes on with a comment. */
  slash: patternOf(/\/\/.*|^\s*\*(?=\s|\/|$).*/u, block),
  hash: patternOf(/(?<=^|\s)#(?!!).*/u),
  dash: patternOf(/--.*/u, block),
  /** Text for people: headings, code in it, where links lead. */
  prose: /(?<heading>^#{1,6}\s.*)|(?<string>`[^`]+`)|(?<link>\[[^\]]*\]\([^)]*\)|https?:\/\/\S+)/gu,
} as const;
export type Language = keyof typeof patterns;

const endings: Record<Exclude<Language, 'code'>, string> = {
  slash:
    'js mjs cjs jsx ts mts cts tsx json jsonc json5 c h cc cpp hpp cs java kt kts swift go rs scala dart php css scss less groovy gradle proto vue svelte zig',
  hash: 'py pyi rb sh bash zsh fish yaml yml toml pl r ex exs cfg ini conf env properties tf nix cmake mk',
  dash: 'sql lua hs elm ada adb',
  prose: 'md mdx markdown txt rst adoc',
};
const languages = new Map(
  Object.entries(endings).flatMap(([language, names]) => names.split(' ').map((name) => [name, language as Language])),
);

/** How a file's lines are coloured, by the ending of its name. */
export function languageOf(path: string): Language {
  const name = path.split('/').at(-1)?.toLowerCase() ?? '';
  if (/^(makefile|dockerfile|\.gitignore|\.worktreeinclude)/.test(name)) return 'hash';
  return languages.get(name.split('.').at(-1) ?? '') ?? 'code';
}

/** The language of the code below it. */
export const SyntaxLanguage = createContext<Language>('code');

const keywords = new Set(
  'abstract as async await break case catch class const continue def default defer del delete do elif else end enum export extends extern false final finally fn for from func function go if impl implements import in instanceof interface is lambda let loop match mod module mut namespace new nil none not null of or package pass private protected pub public raise readonly ref return self set static struct super switch then this throw trait true try type typeof undefined union unless use using var void when where while with yield None True False and'.split(
    ' ',
  ),
);

const maxLength = 2000;

/** One line of code as coloured pieces. */
export function Syntax({ text }: { text: string }): ReactNode {
  const language = useContext(SyntaxLanguage);
  if (text.length > maxLength) return text;
  const pieces: ReactNode[] = [];
  let at = 0;
  for (const match of text.matchAll(patterns[language])) {
    const groups = match.groups ?? {};
    let className: string | null = null;
    let piece = match[0];
    if (groups.comment) className = 'syntax-comment';
    else if (groups.heading) className = 'syntax-key';
    else if (groups.link) className = 'syntax-function';
    else if (groups.string) className = 'syntax-string';
    else if (groups.number) className = 'syntax-number';
    else if (groups.word) {
      piece = groups.word;
      if (keywords.has(piece)) className = 'syntax-key';
      else if (groups.call) className = 'syntax-function';
      else if (/^[A-Z][a-z]/.test(piece)) className = 'syntax-type';
    }
    if (!className) continue;
    if (match.index > at) pieces.push(<Fragment key={`t${at}`}>{text.slice(at, match.index)}</Fragment>);
    pieces.push(
      <span key={match.index} className={className}>
        {piece}
      </span>,
    );
    at = match.index + piece.length;
  }
  pieces.push(<Fragment key="rest">{text.slice(at)}</Fragment>);
  return pieces;
}

const shellPattern =
  /(?<string>"(?:[^"\\]|\\.)*"?|'[^']*'?)|(?<flag>(?<=^|\s)--?[\w-]+)|(?<op>&&|\|\||[|;<>]+)|(?<number>(?<=^|\s)\d+(?=\s|$))/gu;

/** A shell command as coloured pieces: flags, strings, numbers and what joins commands. */
export function ShellSyntax({ text }: { text: string }): ReactNode {
  if (text.length > maxLength) return text;
  const pieces: ReactNode[] = [];
  let at = 0;
  for (const match of text.matchAll(shellPattern)) {
    const groups = match.groups ?? {};
    const className = groups.string
      ? 'syntax-string'
      : groups.flag
        ? 'syntax-key'
        : groups.op
          ? 'syntax-type'
          : 'syntax-number';
    if (match.index > at) pieces.push(<Fragment key={`t${at}`}>{text.slice(at, match.index)}</Fragment>);
    pieces.push(
      <span key={match.index} className={className}>
        {match[0]}
      </span>,
    );
    at = match.index + match[0].length;
  }
  pieces.push(<Fragment key="rest">{text.slice(at)}</Fragment>);
  return pieces;
}
