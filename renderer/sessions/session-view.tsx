import { PanelRight, Pin, Search } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Session } from '../../shared/sessions.ts';
import { useApp } from '../app/app-context.ts';
import { useCommand } from '../app/commands.ts';
import { InspectorFrame, toggleInspector } from '../app/inspector-frame.tsx';
import { go } from '../app/router.ts';
import { useWorker } from '../app/use-rows.ts';
import { CompressionPane } from '../compression/compression-pane.tsx';
import { useCompressCommand } from '../compression/use-compress-command.ts';
import { useNow } from '../data/clock.ts';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';
import { clockTime, exactTime, money, plural, tokens } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import { AllSessionsLink } from './all-sessions-link.tsx';
import { useChosen } from './chosen.ts';
import { ChosenBar } from './chosen-bar.tsx';
import { stepTo } from './find-terms.ts';
import { RecordList, type Target } from './record-list.tsx';
import { useSessionActions } from './session-actions.ts';
import { SessionFacts } from './session-facts.tsx';
import { SessionFind } from './session-find.tsx';
import { SessionButtons, type SessionDialog, SessionDialogs, SessionMenu } from './session-menu.tsx';
import { SessionOutline } from './session-outline.tsx';
import { PlaceName } from './session-row.tsx';
import { readSession, useSession, useSessions } from './session-store.ts';
import { allTokens, sessionMark } from './session-words.ts';
import { useFind } from './use-find.ts';
import { useIndex } from './use-index.ts';
import { useRecords } from './use-records.ts';

/** One session to read: `at` is the record a link leads to, `find` what the link was found by. */
export function SessionView({ id, at, find }: { id: string; at: number | null; find: string }) {
  const { connection } = useApp();
  const session = useSession(id);
  const error = useSessions((state) => state.errors[id]);
  if (session) return <OpenSession key={id} session={session} at={at} find={find} />;
  return (
    <main className="grid content-start justify-items-start gap-3 p-6 text-ink-2">
      {error && (
        <>
          <h1 className="text-lg font-strong text-ink">This session cannot be shown</h1>
          <p className="wrap-anywhere">{error}</p>
          <span className="flex gap-2">
            <Button onClick={() => void readSession(connection.client, id)}>Try again</Button>
            <Button onClick={() => go({ view: 'sessions', query: '' })}>To all sessions</Button>
          </span>
        </>
      )}
    </main>
  );
}

function OpenSession({ session, at, find }: { session: Session; at: number | null; find: string }) {
  const { connection } = useApp();
  const actions = useSessionActions();
  const { index } = useIndex();
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const read = useRecords(session.id, session.lastAt + session.messages, opened);
  const [target, setTarget] = useState<Target | null>(at === null ? null : { index: at, asked: 0 });
  const [top, setTop] = useState(at ?? 1);
  const [dialog, setDialog] = useState<SessionDialog>(null);

  // A link within the session, or the same one pressed again.
  useEffect(() => {
    if (at === null) return;
    setTarget((before) => ({ index: at, asked: (before?.asked ?? 0) + 1 }));
  }, [at]);

  // What is being said comes into the index a moment later: then its row and its end are read again.
  const known = session.state === 'live' ? (index?.records ?? 0) : 0;
  const lastKnown = useRef(known);
  useEffect(() => {
    if (known === lastKnown.current) return;
    lastKnown.current = known;
    void readSession(connection.client, session.id);
  }, [known, connection, session.id]);

  const [finding, setFinding] = useState(find !== '');
  const [text, setText] = useState(find);
  const [asked, setAsked] = useState(0);
  const [shownIndex, setShownIndex] = useState(at ?? 0);
  useEffect(() => {
    if (!find) return;
    setFinding(true);
    setText(find);
  }, [find]);
  const { found, error: findError } = useFind(session, finding ? text : '', find !== '' && text === find);
  const goTo = useCallback((indexOf: number) => {
    setShownIndex(indexOf);
    setTarget((before) => ({ index: indexOf, asked: (before?.asked ?? 0) + 1 }));
  }, []);
  const step = (by: 1 | -1): void => {
    if (!found) return;
    const place = stepTo(found.indexes, found.indexes.includes(shownIndex) ? shownIndex : top, by);
    const next = found.indexes[place];
    if (next !== undefined) goTo(next);
  };
  const closeFind = (): void => {
    setFinding(false);
    setText('');
  };
  useCommand('find', () => {
    setFinding(true);
    setAsked((before) => before + 1);
  });
  useCommand('resume', () => void actions.resume(session, false), session.state !== 'live');
  useCommand('session.fork', () => void actions.resume(session, true));
  useCommand('session.pin', () => void actions.pin(session));
  useCommand('session.archive', () => void actions.archive(session));
  useCommand(
    'session.delete',
    () => void actions.remove(session).then((done) => done && go({ view: 'sessions', query: '' })),
  );
  useCommand('session.rename', () => setDialog('rename'));
  const chooseOn = useCallback(() => useChosen.setState(({ choosing }) => ({ choosing: !choosing })), []);
  useCommand('session.choose', chooseOn);
  useCompressCommand(session);
  useEffect(() => () => useChosen.setState({ choosing: false }), []);

  const open = useCallback((parent: string, isOpen: boolean) => {
    setOpened((before) => {
      const next = new Set(before);
      if (isOpen) next.add(parent);
      else next.delete(parent);
      return next;
    });
  }, []);
  const marked = useMemo(() => (found?.indexes.includes(shownIndex) ? shownIndex : at), [found, shownIndex, at]);

  return (
    <InspectorFrame
      inspector={
        <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
          <SessionOutline id={session.id} lastAt={session.lastAt} current={top} />
          <CompressionPane session={session} />
          <SessionFacts session={session} />
        </div>
      }
    >
      <main className="relative flex min-h-0 min-w-0 flex-col">
        <Head
          session={session}
          onFind={() => {
            setFinding(true);
            setAsked((before) => before + 1);
          }}
          onDialog={setDialog}
          onChoose={chooseOn}
        />
        {finding && (
          <SessionFind
            text={text}
            found={found}
            error={findError}
            place={found ? found.indexes.indexOf(shownIndex) : -1}
            asked={asked}
            onText={setText}
            onStep={step}
            onClose={closeFind}
          />
        )}
        {session.skippedLines > 0 && (
          <p className="border-b border-hair bg-needs-bg px-4 py-1.5 text-sm">
            {plural(session.skippedLines, 'line')} of its transcript could not be read and{' '}
            {session.skippedLines === 1 ? 'is' : 'are'} missing here.
          </p>
        )}
        {read.error && (
          <Problem
            className="mx-4 mt-3"
            action={
              <Button size="sm" onClick={read.retry}>
                Try again
              </Button>
            }
          >
            {read.error}
          </Problem>
        )}
        {read.total === 0 ? (
          <p className="flex-1 p-6 text-ink-2">Nothing was said in it.</p>
        ) : (
          <RecordList
            session={session}
            read={read}
            opened={opened}
            onOpen={open}
            target={target}
            marked={marked}
            found={found}
            onTop={setTop}
          />
        )}
        <ChosenBar session={session} />
        <SessionDialogs session={session} dialog={dialog} onClose={() => setDialog(null)} />
      </main>
    </InspectorFrame>
  );
}

function Head({
  session,
  onFind,
  onDialog,
  onChoose,
}: {
  session: Session;
  onFind: () => void;
  onDialog: (dialog: SessionDialog) => void;
  onChoose: () => void;
}) {
  const worker = useWorker(session.workerId ?? '');
  const mark = sessionMark(session, worker, useNow(15_000));
  return (
    <header className="shrink-0 border-b border-hair px-4 py-2.5">
      <div className="flex min-w-0 items-center gap-x-2.5 gap-y-1.5 max-phone:flex-wrap">
        <AllSessionsLink />
        <StateMark mark={mark} size={20} label={mark !== 'done'} />
        <h1 className="min-w-16 flex-1 truncate text-lg leading-6 font-strong tracking-[-.012em]" title={session.title}>
          {session.title}
          {session.pinned && (
            <Pin size={14} role="img" aria-label="pinned" className="ml-2 inline align-[-1px] text-ink-3" />
          )}
        </h1>
        <div className="ml-auto flex shrink-0 items-center gap-1.5">
          <SessionButtons session={session} small />
          <Button
            look="ghost"
            size="sm"
            icon={Search}
            aria-label="Find in this session"
            className="max-phone:size-10"
            onClick={onFind}
          />
          <SessionMenu
            session={session}
            onDialog={onDialog}
            onChoose={onChoose}
            onRemoved={() => go({ view: 'sessions', query: '' })}
          />
          <Button
            look="ghost"
            size="sm"
            icon={PanelRight}
            aria-label="Show or hide the inspector"
            className="max-phone:size-10"
            onClick={toggleInspector}
          />
        </div>
      </div>
      <p className="figures mt-0.5 flex flex-wrap gap-x-3.5 pl-[59px] text-sm text-ink-3 max-phone:mt-2 max-phone:pl-0">
        <PlaceName session={session} />
        {session.branch && <span className="max-w-72 truncate font-mono text-xs leading-5">{session.branch}</span>}
        {session.state === 'live' ? (
          <Since at={session.startedAt} before="running for" className="text-working" />
        ) : (
          <time title={exactTime(session.lastAt)}>{clockTime(session.lastAt)}</time>
        )}
        <span>{plural(session.turns, 'turn')}</span>
        <span>{tokens(allTokens(session.usage))} tokens</span>
        <span>{money(session.usage.costUsd)}</span>
      </p>
    </header>
  );
}
