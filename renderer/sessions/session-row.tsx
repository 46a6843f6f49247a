import { Heading, Pin } from 'lucide-react';
import { memo } from 'react';
import type { SearchHit, Session, TitleHit } from '../../shared/sessions.ts';
import { hrefOf } from '../app/router.ts';
import { useProject, useWorker } from '../app/use-rows.ts';
import { useNow } from '../data/clock.ts';
import { Chip } from '../ui/chip.tsx';
import { cx } from '../ui/cx.ts';
import { clockTime, exactTime, money, plural, tokens } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import { snippetPieces } from './session-rows.ts';
import { useSession } from './session-store.ts';
import { allTokens, folderName, sessionMark, shortModel, speakerOf } from './session-words.ts';

/** The project a session belongs to, else its folder. */
export function PlaceName({ session }: { session: Pick<Session, 'projectId' | 'cwd'> }) {
  const project = useProject(session.projectId ?? undefined);
  if (project) return <>{project.name}</>;
  if (!session.cwd) return null;
  return (
    <span className="font-mono text-xs" title={session.cwd}>
      {folderName(session.cwd)}
    </span>
  );
}

/** Model, turns, tokens and cost of a session, in one line. */
function Figures({ session }: { session: Session }) {
  return (
    <>
      {session.model && <span>{shortModel(session.model)}</span>}
      <span>{plural(session.turns, 'turn')}</span>
      <span className="max-phone:hidden">{tokens(allTokens(session.usage))} tokens</span>
      <span className="text-ink-2">{money(session.usage.costUsd)}</span>
    </>
  );
}

const rowLook = 'focus-inset relative block border-b border-hair-soft px-4 py-2';
const onLook = 'bg-active before:absolute before:inset-y-0 before:left-0 before:w-0.5 before:bg-accent';

/** A session in the list. */
export const SessionRow = memo(function SessionRow({
  session,
  on,
  onPoint,
}: {
  session: Session;
  on: boolean;
  onPoint: () => void;
}) {
  const worker = useWorker(session.workerId ?? '');
  const mark = sessionMark(session, worker, useNow(15_000));
  return (
    <a
      href={hrefOf({ view: 'session', id: session.id, at: null, find: '' })}
      aria-current={on ? 'true' : undefined}
      onFocus={onPoint}
      className={cx(rowLook, on ? onLook : 'hover:bg-hover')}
    >
      <span className="grid grid-cols-[16px_minmax(0,1fr)_auto] items-center gap-x-2.5">
        <StateMark mark={mark} label={mark !== 'done'} />
        <span className="flex min-w-0 items-baseline gap-2">
          <b className="min-w-0 truncate font-medium" title={session.title}>
            {session.title}
          </b>
          <span className="max-w-[40%] shrink-0 truncate text-sm text-ink-3">
            <PlaceName session={session} />
          </span>
          {session.pinned && (
            <Pin size={12} role="img" aria-label="pinned" className="shrink-0 self-center text-ink-3" />
          )}
        </span>
        <span className="text-xs text-ink-3">
          {session.state === 'live' ? (
            <Since at={session.startedAt} before="running" />
          ) : (
            <time title={exactTime(session.lastAt)}>{clockTime(session.lastAt)}</time>
          )}
        </span>
      </span>
      <span className="figures mt-0.5 ml-[26px] flex min-h-5 flex-wrap items-center gap-x-3.5 gap-y-1 text-xs text-ink-3">
        {session.branch && (
          <span className="max-w-64 truncate font-mono text-2xs" title={session.branch}>
            {session.branch}
          </span>
        )}
        {worker && worker.name !== session.title && <span className="max-w-48 truncate">{worker.name}</span>}
        <Figures session={session} />
        {session.subagents > 0 && <span className="max-phone:hidden">{plural(session.subagents, 'sub-agent')}</span>}
        {session.state === 'kept' && <Chip title="Claude Code deleted its transcript; it is kept here">kept here</Chip>}
        {session.archived && <Chip>archived</Chip>}
        {session.tags.map((tag) => (
          <Chip key={tag} look="plain">
            {tag}
          </Chip>
        ))}
      </span>
    </a>
  );
});

/** Text with what matched marked. */
export function Snippet({ text }: { text: string }) {
  let at = 0;
  return snippetPieces(text).map((piece) => {
    at += piece.text.length;
    return piece.marked ? (
      <mark key={at} className="rounded-1 bg-accent-bg px-0.5 text-ink ring-1 ring-accent-line">
        {piece.text}
      </mark>
    ) : (
      <span key={at}>{piece.text}</span>
    );
  });
}

/** A session that was found by its title. */
export const TitleRow = memo(function TitleRow({
  hit,
  find,
  on,
  onPoint,
}: {
  hit: TitleHit;
  find: string;
  on: boolean;
  onPoint: () => void;
}) {
  const session = useSession(hit.sessionId);
  const project = useProject(hit.projectId ?? undefined);
  const title = session?.title ?? hit.title;
  const isShown =
    snippetPieces(hit.snippet)
      .map(({ text }) => text)
      .join('') === title;
  return (
    <a
      href={hrefOf({ view: 'session', id: hit.sessionId, at: null, find })}
      aria-current={on ? 'true' : undefined}
      onFocus={onPoint}
      className={cx(rowLook, 'grid grid-cols-[16px_minmax(0,1fr)_auto] gap-x-2.5', on ? onLook : 'hover:bg-hover')}
    >
      <Heading size={14} aria-hidden className="mt-[3px] justify-self-center text-ink-3" />
      <span className="min-w-0">
        <span className="flex min-w-0 items-baseline gap-2">
          <b className="min-w-0 truncate font-medium" title={title}>
            {isShown ? <Snippet text={hit.snippet} /> : title}
          </b>
          <span className="max-w-[40%] shrink-0 truncate text-sm text-ink-3">
            {session ? <PlaceName session={session} /> : project?.name}
          </span>
        </span>
        <span className="mt-0.5 block truncate text-xs text-ink-3">
          {isShown ? (
            'title of the session'
          ) : (
            <>
              also called <Snippet text={hit.snippet} />
            </>
          )}
        </span>
      </span>
      <time className="text-xs text-ink-3" title={exactTime(hit.lastAt)}>
        {clockTime(hit.lastAt)}
      </time>
    </a>
  );
});

/** Over the hits of one session: which it is. */
export const HitHead = memo(function HitHead({ hit, count }: { hit: SearchHit; count: number }) {
  const session = useSession(hit.sessionId);
  const worker = useWorker(hit.workerId ?? '');
  const project = useProject(hit.projectId ?? undefined);
  const now = useNow(15_000);
  return (
    <div className="flex items-center gap-2.5 px-4 pt-3 pb-1">
      {session ? (
        <StateMark mark={sessionMark(session, worker, now)} label={false} />
      ) : (
        <span className="size-4 shrink-0" />
      )}
      <a
        href={hrefOf({ view: 'session', id: hit.sessionId, at: null, find: '' })}
        className="min-w-0 truncate rounded-2 font-medium hover:underline"
        title={session?.title ?? hit.title}
      >
        {session?.title ?? hit.title}
      </a>
      <span className="shrink-0 text-sm text-ink-3">{session ? <PlaceName session={session} /> : project?.name}</span>
      <span className="figures ml-auto flex shrink-0 items-center gap-3.5 text-xs text-ink-3">
        {session && (
          <span className="contents max-narrow:hidden">
            <Figures session={session} />
          </span>
        )}
        {count > 1 && <span>{count} places</span>}
      </span>
    </div>
  );
});

/** One place that matches. */
export const HitRow = memo(function HitRow({
  hit,
  find,
  on,
  onPoint,
}: {
  hit: SearchHit;
  /** Carried along, so that the session shows where it is. */
  find: string;
  on: boolean;
  onPoint: () => void;
}) {
  const { icon: Icon, words } = speakerOf(hit);
  return (
    <a
      href={hrefOf({ view: 'session', id: hit.sessionId, at: hit.index, find })}
      aria-current={on ? 'true' : undefined}
      onFocus={onPoint}
      className={cx(rowLook, 'grid grid-cols-[16px_minmax(0,1fr)_auto] gap-x-2.5', on ? onLook : 'hover:bg-hover')}
    >
      <Icon size={14} aria-hidden className="mt-[3px] justify-self-center text-ink-3" />
      <span className="min-w-0">
        <span className="line-clamp-2 text-ink-2 wrap-anywhere">
          <Snippet text={hit.snippet} />
        </span>
        <span className="figures mt-0.5 block text-xs text-ink-3">
          {words}, message {hit.index}
        </span>
      </span>
      {hit.at !== null && (
        <time className="text-xs text-ink-3" title={exactTime(hit.at)}>
          {clockTime(hit.at)}
        </time>
      )}
    </a>
  );
});
