import { RotateCcw, Trash2 } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import type { SessionDelta } from '../../shared/session-changes.ts';
import type { Trashed } from '../../shared/sessions.ts';
import { useApp } from '../app/app-context.ts';
import { go, hrefOf } from '../app/router.ts';
import { useProject } from '../app/use-rows.ts';
import { useNow } from '../data/clock.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { useAsked } from '../data/use-asked.ts';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { Problem, Segments } from '../ui/fields.tsx';
import { bytes, clockTime, exactTime, plural } from '../ui/format.ts';
import { AllSessionsLink } from './all-sessions-link.tsx';
import { changeWords } from './change-words.ts';
import { useSessionActions } from './session-actions.ts';

/** What changed among the sessions, newest first, and those that were deleted. */
export function ChangesView({ deleted }: { deleted: boolean }) {
  return (
    <main className="flex min-h-0 min-w-0 flex-col">
      <header className="flex h-(--viewbar-h) shrink-0 items-center gap-3 border-b border-hair px-4 max-phone:h-auto max-phone:pb-2">
        <AllSessionsLink />
        <h1 className="text-md font-strong max-phone:sr-only">
          {deleted ? 'Deleted sessions' : 'Changes of sessions'}
        </h1>
        <span className="ml-auto">
          <Segments
            small
            label="What to show"
            value={deleted ? 'deleted' : 'changes'}
            options={[
              { value: 'changes', label: 'Changes' },
              { value: 'deleted', label: 'Deleted' },
            ]}
            onChange={(value) => go({ view: 'changes', deleted: value === 'deleted' }, true)}
          />
        </span>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">{deleted ? <Deleted /> : <Feed />}</div>
    </main>
  );
}

function Feed() {
  const { connection } = useApp();
  const epoch = useStore((state) => state.epoch);
  const newest = useStore((state) => state.rows.sessionChange);
  const [items, setItems] = useState<readonly SessionDelta[] | null>(null);
  const [older, setOlder] = useState<number | null>(null);
  const [error, setError] = useState<string | null>(null);
  const read = useCallback(
    async (before?: number): Promise<void> => {
      try {
        const page = await connection.client.sessionChanges.list(before === undefined ? {} : { before });
        setItems((known) => (before === undefined ? page.items : [...(known ?? []), ...page.items]));
        setOlder(page.nextCursor);
        setError(null);
      } catch (problem) {
        setError(errorText(problem));
      }
    },
    [connection],
  );
  useEffect(() => {
    if (epoch > 0) void read();
  }, [epoch, read]);
  // A change that was told together with an earlier one takes its place.
  useEffect(() => {
    if (!newest) return;
    setItems((known) => {
      if (!known || known.some(({ seq }) => seq >= newest.seq)) return known;
      const rest = known.filter((one) => one.sessionId !== newest.sessionId || one.firstAt !== newest.firstAt);
      return [newest, ...rest];
    });
  }, [newest]);
  return (
    <>
      {error && (
        <Problem
          className="m-4"
          action={
            <Button size="sm" onClick={() => void read()}>
              Try again
            </Button>
          }
        >
          {error}
        </Problem>
      )}
      {items?.length === 0 && (
        <p className="max-w-[520px] p-4 text-ink-2">
          Nothing has changed since Control Room first looked. New sessions, what is said in them, and deleted ones come
          here.
        </p>
      )}
      <ul aria-label="Changes">
        {items?.map((delta) => (
          <Change key={delta.seq} delta={delta} />
        ))}
      </ul>
      {older !== null && (
        <Button look="ghost" className="m-3 max-phone:h-11" onClick={() => void read(older)}>
          Earlier changes
        </Button>
      )}
    </>
  );
}

const kindLooks = { created: 'accent', updated: 'plain', deleted: 'failed' } as const;

function Change({ delta }: { delta: SessionDelta }) {
  const { kind, sessionId, before, after, at } = delta;
  const now = useNow(60_000);
  const summary = after ?? before;
  const project = useProject(summary?.projectId ?? undefined);
  const title = summary?.title ?? sessionId;
  return (
    <li className="flex items-start gap-3 border-b border-hair-soft px-4 py-2">
      <span className="w-[68px] shrink-0 pt-px">
        <Chip look={kindLooks[kind]}>{kind}</Chip>
      </span>
      <span className="min-w-0 flex-1">
        {after ? (
          <a
            href={hrefOf({ view: 'session', id: sessionId, at: null, find: '' })}
            className="block truncate font-medium hover:underline"
          >
            {title}
          </a>
        ) : (
          <span className="block truncate font-medium text-ink-2">{title}</span>
        )}
        <span className="figures flex flex-wrap gap-x-3 text-sm text-ink-3">
          {project && <span>{project.name}</span>}
          {changeWords(delta).map((words) => (
            <span key={words}>{words}</span>
          ))}
        </span>
      </span>
      <time className="figures shrink-0 text-sm text-ink-3" title={exactTime(at)}>
        {clockTime(at, now)}
      </time>
    </li>
  );
}

function Deleted() {
  const { connection } = useApp();
  const newest = useStore((state) => state.rows.sessionChange?.seq);
  const access = useStore((state) => state.access);
  const actions = useSessionActions();
  const [asked, setAsked] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  // A session was deleted or restored, here or elsewhere.
  const trash = useAsked<readonly Trashed[]>(
    'trash',
    String(newest),
    async (client, signal) => (await client.sessions.trash(undefined, { signal })).items,
  );
  const items = trash.value;
  const error = problem ?? trash.error;
  const purge = async ({ id }: Trashed): Promise<void> => {
    setAsked(null);
    try {
      await connection.client.sessions.purge({ id });
      setProblem(null);
    } catch (error) {
      setProblem(errorText(error));
    }
    trash.again();
  };
  return (
    <>
      {error && <Problem className="m-4">{error}</Problem>}
      {items?.length === 0 && <p className="p-4 text-ink-2">No deleted session is waiting here.</p>}
      <ul aria-label="Deleted sessions">
        {items?.map((trashed) => (
          <li
            key={trashed.id}
            className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-b border-hair-soft px-4 py-2"
          >
            <span className="min-w-48 flex-1">
              <span className="block truncate font-medium">{trashed.title}</span>
              <span className="figures text-sm text-ink-3">
                deleted {clockTime(trashed.deletedAt)}, {plural(trashed.files, 'file')}, {bytes(trashed.sizeBytes)},
                removed for good on{' '}
                <time title={exactTime(trashed.until)}>
                  {new Date(trashed.until).toLocaleDateString('en-GB', { day: 'numeric', month: 'long' })}
                </time>
              </span>
            </span>
            <span className="flex gap-1.5">
              <Button
                size="sm"
                icon={RotateCcw}
                disabled={access === 'view'}
                className="max-phone:h-11"
                onClick={() => void actions.restore(trashed).then((done) => void (done && trash.again()))}
              >
                Restore
              </Button>
              {asked === trashed.id ? (
                <Button size="sm" look="danger" className="max-phone:h-11" onClick={() => void purge(trashed)}>
                  Remove for good
                </Button>
              ) : (
                <Button
                  size="sm"
                  look="ghost"
                  icon={Trash2}
                  aria-label={`Remove “${trashed.title}” for good`}
                  disabled={access !== 'admin'}
                  className="max-phone:size-11"
                  onClick={() => setAsked(trashed.id)}
                />
              )}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
