import { CaseSensitive, Regex } from 'lucide-react';
import { Fragment, useState } from 'react';
import type { FileMatch } from '../../shared/files.ts';
import { useApp } from '../app/app-context.ts';
import { errorText } from '../data/error-text.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Problem, TextField } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { useOnChange } from '../ui/use-on-change.ts';
import { nameOf, parentOf, wayFrom } from './file-paths.ts';

/** Typing is over when this long nothing was typed, in milliseconds. */
const typedMs = 200;

/** What `ask` answers for the newest `key`, a moment after it was typed; null until then, and for an empty key. */
function useAnswer<T>(
  key: string,
  ask: (signal: AbortSignal) => Promise<T>,
): { answer: T | null; error: string | null } {
  const [told, setTold] = useState<{ answer: T | null; error: string | null }>({ answer: null, error: null });
  // The key stands for what is asked.
  useOnChange(() => {
    if (!key) {
      setTold({ answer: null, error: null });
      return;
    }
    const ended = new AbortController();
    const timer = setTimeout(() => {
      ask(ended.signal)
        .then((answer) => setTold({ answer, error: null }))
        .catch((error: unknown) => {
          if (!ended.signal.aborted) setTold({ answer: null, error: errorText(error) });
        });
    }, typedMs);
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [key]);
  return told;
}

/** Files below `root` by parts of their path; Enter opens the best. */
export function NameFinder({
  root,
  query,
  at,
  onFound,
  onOpen,
}: {
  root: string;
  query: string;
  /** Which of them Enter opens. */
  at: number;
  onFound: (paths: readonly string[]) => void;
  onOpen: (path: string) => void;
}) {
  const { connection } = useApp();
  const { answer, error } = useAnswer(query.trim() && `${root}\n${query}`, (signal) =>
    connection.client.files.find({ path: root, query, limit: 100 }, { signal }),
  );
  // Told when they change.
  useOnChange(() => onFound(answer?.items ?? []), [answer]);
  if (error) return <Problem className="m-2">{error}</Problem>;
  if (answer?.items.length === 0)
    return <p className="px-4 py-2 text-sm text-ink-3">No file has these words in its path.</p>;
  return (
    <ul className="min-h-0 flex-1 overflow-y-auto px-2 py-1">
      {answer?.items.map((path, index) => (
        <li key={path}>
          <button
            type="button"
            title={path}
            onClick={() => onOpen(path)}
            className={cx(
              'focus-inset flex h-[26px] w-full min-w-0 items-center gap-2 rounded-2 px-2 text-left text-sm max-phone:h-11',
              index === at ? 'bg-active' : 'hover:bg-hover',
            )}
          >
            <span className="shrink-0">{nameOf(path)}</span>
            <span className="min-w-0 truncate text-xs text-ink-3">{wayFrom(root, parentOf(path))}</span>
          </button>
        </li>
      ))}
      {answer?.more && <li className="px-2 py-1 text-xs text-ink-3">There are more: type another part of the path.</li>}
    </ul>
  );
}

/** Lines of files below `root` with some words. */
export function TextFinder({
  root,
  onOpen,
}: {
  root: string;
  onOpen: (path: string, line: number, column: number) => void;
}) {
  const { connection } = useApp();
  const [query, setQuery] = useState('');
  const [matchCase, setMatchCase] = useState(false);
  const [regex, setRegex] = useState(false);
  const { answer, error } = useAnswer(query.trim() && JSON.stringify([root, query, matchCase, regex]), (signal) =>
    connection.client.files.search({ path: root, query, matchCase, regex, limit: 1000 }, { signal }),
  );
  const byFile = new Map<string, FileMatch[]>();
  for (const match of answer?.items ?? []) byFile.set(match.path, [...(byFile.get(match.path) ?? []), match]);
  return (
    <>
      <div className="flex shrink-0 items-center gap-1 px-3 py-2">
        <TextField
          autoFocus
          aria-label="Search in the files"
          placeholder="Words in the files"
          value={query}
          maxLength={500}
          className="flex-1"
          onChange={(event) => setQuery(event.target.value)}
        />
        <Button
          look={matchCase ? 'plain' : 'ghost'}
          size="sm"
          icon={CaseSensitive}
          aria-label="Upper and lower case as written"
          aria-pressed={matchCase}
          className="max-phone:size-11"
          onClick={() => setMatchCase(!matchCase)}
        />
        <Button
          look={regex ? 'plain' : 'ghost'}
          size="sm"
          icon={Regex}
          aria-label="Regular expression"
          aria-pressed={regex}
          className="max-phone:size-11"
          onClick={() => setRegex(!regex)}
        />
      </div>
      {error && <Problem className="mx-3">{error}</Problem>}
      {answer && (
        <p role="status" className="px-4 pb-1 text-xs text-ink-3">
          {answer.items.length === 0
            ? 'Nothing found. What git ignores is not searched.'
            : `${answer.more ? 'More than ' : ''}${plural(answer.items.length, 'line')} in ${plural(byFile.size, 'file')}`}
        </p>
      )}
      <div className="min-h-0 flex-1 overflow-y-auto px-2 pb-2">
        {[...byFile].map(([path, matches]) => (
          <section key={path} aria-label={wayFrom(root, path)} className="mt-1">
            <h3 className="flex min-w-0 items-baseline gap-2 px-2 text-sm leading-[26px]" title={path}>
              <span className="shrink-0 font-medium">{nameOf(path)}</span>
              <span className="min-w-0 flex-1 truncate text-xs text-ink-3">{wayFrom(root, parentOf(path))}</span>
              <span className="text-xs text-ink-3">{matches.length}</span>
            </h3>
            {matches.map((match) => (
              <button
                key={match.line}
                type="button"
                onClick={() => onOpen(match.path, match.line, match.column)}
                className="focus-inset flex w-full min-w-0 items-baseline gap-2 rounded-2 px-2 text-left text-sm leading-[22px] hover:bg-hover max-phone:leading-[44px]"
              >
                <span className="figures w-8 shrink-0 text-right text-2xs text-ink-3">{match.line}</span>
                <code className="min-w-0 truncate">
                  <Marked match={match} query={query} plain={!regex} />
                </code>
              </button>
            ))}
          </section>
        ))}
      </div>
    </>
  );
}

/** A line that was found, with its words marked where they can be told. */
function Marked({ match, query, plain }: { match: FileMatch; query: string; plain: boolean }) {
  const text = match.text.trimStart();
  const from = plain ? text.toLowerCase().indexOf(query.toLowerCase()) : -1;
  if (from < 0) return <Fragment>{text}</Fragment>;
  return (
    <>
      {text.slice(0, from)}
      <mark className="rounded-1 bg-accent-bg text-ink ring-1 ring-accent-line">
        {text.slice(from, from + query.length)}
      </mark>
      {text.slice(from + query.length)}
    </>
  );
}
