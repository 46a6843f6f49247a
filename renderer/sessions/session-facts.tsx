import { type ReactNode, useState } from 'react';
import type { Session } from '../../shared/sessions.ts';
import { hrefOf } from '../app/router.ts';
import { useWorker } from '../app/use-rows.ts';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { duration, exactTime, money, plural, tokens } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import { Pane } from '../ui/pane.tsx';
import { CopyValue } from '../workers/facts-tab.tsx';
import { relativePath } from '../workers/tool-summary.ts';
import { PlaceName } from './session-row.tsx';
import { allTokens, shortModel, stateMeans } from './session-words.ts';

const filesShown = 12;

function Facts({ rows }: { rows: readonly (readonly [label: string, value: ReactNode] | null)[] }) {
  return (
    <dl className="figures grid grid-cols-[76px_minmax(0,1fr)] gap-x-3 gap-y-1 text-sm [&_dt]:text-ink-3 [&_dd]:min-w-0 [&_dd]:wrap-anywhere">
      {rows.map(
        (row) =>
          row && (
            <div key={row[0]} className="contents">
              <dt>{row[0]}</dt>
              <dd>{row[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

/** What is known of a session: where, when, who, how much, with which tools and files. */
export function SessionFacts({ session }: { session: Session }) {
  const worker = useWorker(session.workerId ?? '');
  const [allFiles, setAllFiles] = useState(false);
  const tools = Object.entries(session.tools).sort(([, a], [, b]) => b - a);
  const most = tools[0]?.[1] ?? 1;
  const files = allFiles ? session.filesTouched : session.filesTouched.slice(0, filesShown);
  const { usage } = session;
  return (
    <>
      <Pane title="Facts">
        <Facts
          rows={[
            [
              'State',
              session.state === 'live' ? (
                <span key="s" className="text-working">
                  live for <Since at={session.startedAt} />
                </span>
              ) : (
                <span key="s" title={stateMeans[session.state]}>
                  {session.state === 'kept' ? 'kept here only' : 'ended'}
                </span>
              ),
            ],
            ['Project', <PlaceName key="p" session={session} />],
            session.cwd ? ['Folder', <CopyValue key="f" value={session.cwd} />] : null,
            session.branch ? ['Branch', <CopyValue key="b" value={session.branch} />] : null,
            worker
              ? [
                  'Worker',
                  <a
                    key="w"
                    className="text-accent-text hover:underline"
                    href={hrefOf({ view: 'worker', id: worker.id, tab: null, file: null })}
                  >
                    {worker.name}
                  </a>,
                ]
              : null,
            session.forkedFrom
              ? [
                  'Forked from',
                  <a
                    key="o"
                    className="text-accent-text hover:underline"
                    href={hrefOf({ view: 'session', id: session.forkedFrom, at: null, find: '' })}
                  >
                    {session.forkedFrom.slice(0, 8)}
                  </a>,
                ]
              : null,
            session.model ? ['Model', shortModel(session.model)] : null,
            ['Started', exactTime(session.startedAt)],
            ['Last', exactTime(session.lastAt)],
            ['Over', duration(session.lastAt - session.startedAt)],
            [
              'Turns',
              `${session.turns}, ${plural(session.messages, 'message')}${
                session.compactions > 0
                  ? `, compacted ${session.compactions === 1 ? 'once' : `${session.compactions} times`}`
                  : ''
              }`,
            ],
            session.subagents > 0 ? ['Sub-agents', session.subagents] : null,
            session.skippedLines > 0
              ? [
                  'Not read',
                  <span key="x" className="text-needs">
                    {plural(session.skippedLines, 'line')} of its transcript
                  </span>,
                ]
              : null,
            session.claudeVersion ? ['Claude Code', session.claudeVersion] : null,
            [
              'Session',
              <CopyValue key="i" value={session.id} shown={`${session.id.slice(0, 8)}…${session.id.slice(-2)}`} />,
            ],
          ]}
        />
        {session.tags.length > 0 && (
          <p className="mt-2 flex flex-wrap gap-1.5">
            {session.tags.map((tag) => (
              <Chip key={tag} look="plain">
                {tag}
              </Chip>
            ))}
          </p>
        )}
      </Pane>
      <Pane title="Tokens" end={<span className="figures">{money(usage.costUsd)} at list price</span>}>
        <Facts
          rows={[
            ['All', tokens(allTokens(usage))],
            ['Input', tokens(usage.inputTokens)],
            ['Output', tokens(usage.outputTokens)],
            ['From cache', tokens(usage.cacheReadTokens)],
            ['Into cache', tokens(usage.cacheWriteTokens)],
          ]}
        />
      </Pane>
      {tools.length > 0 && (
        <Pane title="Tools">
          <ul className="figures grid gap-1 text-sm">
            {tools.slice(0, 12).map(([name, used]) => (
              <li key={name} className="grid grid-cols-[minmax(0,1fr)_72px_40px] items-center gap-2.5">
                <span className="truncate" title={name}>
                  {name}
                </span>
                <span aria-hidden className="h-[3px] rounded-full bg-track">
                  <span
                    className="block h-full rounded-full bg-ink-3"
                    style={{ width: `${Math.max(4, (used / most) * 100)}%` }}
                  />
                </span>
                <span className="text-right text-ink-2">{used}</span>
              </li>
            ))}
          </ul>
        </Pane>
      )}
      {session.filesTouched.length > 0 && (
        <Pane title="Files touched" end={session.filesTouched.length}>
          <ul className="grid gap-0.5">
            {files.map((path) => (
              <li
                key={path}
                className="truncate text-left font-mono text-xs leading-5 text-ink-2"
                dir="rtl"
                title={path}
              >
                <bdi>{relativePath(path, session.cwd)}</bdi>
              </li>
            ))}
          </ul>
          {session.filesTouched.length > filesShown && (
            <Button look="ghost" size="xs" className="mt-1 -ml-2" onClick={() => setAllFiles(!allFiles)}>
              {allFiles ? 'Fewer' : `${session.filesTouched.length - filesShown} more`}
            </Button>
          )}
        </Pane>
      )}
    </>
  );
}
