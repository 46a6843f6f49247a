import { Copy, RotateCw, SquarePen, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { Compression, CompressionPoint } from '../../shared/compression.ts';
import type { Session } from '../../shared/sessions.ts';
import { hrefOf } from '../app/router.ts';
import { useStore } from '../data/store.ts';
import { choose } from '../sessions/chosen.ts';
import { copyText } from '../sessions/session-menu.tsx';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { Problem, SelectField } from '../ui/fields.tsx';
import { duration, exactTime, money, plural } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import { Markdown } from '../ui/markdown.tsx';
import { Pane } from '../ui/pane.tsx';
import { Progress } from '../ui/progress.tsx';
import { relativePath } from '../workers/tool-summary.ts';
import { CompressForm } from './compress-form.tsx';
import { compressionText, madeBy, percent, presetNames, shorterWords, stepOf } from './compression-words.ts';
import { useCompressions } from './use-compressions.ts';

const filesShown = 8;

/** A session in few words, beside the session itself: what was made of it, who made it, and the button that makes it. */
export function CompressionPane({ session }: { session: Session }) {
  const { items, jobs, error, begin, cancel, remove } = useCompressions(session.id);
  const may = useStore((state) => state.access !== 'view');
  const [chosen, setChosen] = useState<string | null>(null);
  const [forming, setForming] = useState(false);
  const shown = items?.find(({ id }) => id === chosen) ?? items?.[0];
  const running = jobs.filter(({ step }) => step !== 'failed');
  const form = may && running.length === 0 && (forming || (items !== null && items.length === 0));
  return (
    <Pane title="In few words" end={items && items.length > 1 ? items.length : null}>
      <div className="grid gap-2.5">
        {error && <Problem>{error}</Problem>}
        {jobs.map((job) =>
          job.step === 'failed' ? (
            <Problem
              key={job.id}
              action={
                <Button size="xs" onClick={() => void cancel(job.id)}>
                  Close
                </Button>
              }
            >
              {job.problem}
            </Problem>
          ) : (
            <div key={job.id} className="grid gap-1.5 rounded-3 bg-surface px-3 py-2 ring-1 ring-inset ring-hair">
              <p className="flex items-center gap-2 text-sm" role="status">
                <span className="min-w-0 flex-1">
                  {stepOf(job).words}
                  <span className="figures text-ink-3">
                    {' '}
                    · {job.engine ? `${madeBy({ engine: job.engine, model: job.model })} · ` : ''}
                    <Since at={job.startedAt} />
                  </span>
                </span>
                <Button size="xs" className="max-phone:h-11" disabled={!may} onClick={() => void cancel(job.id)}>
                  Cancel
                </Button>
              </p>
              <Progress share={stepOf(job).share} label="Compressing" />
            </div>
          ),
        )}
        {items && items.length === 0 && running.length === 0 && (
          <p className="text-sm text-ink-3">
            What it was about, what was decided and what is open. Made by Ollama where it answers, otherwise without a
            model.
          </p>
        )}
        {form && (
          <CompressForm
            onBegin={(input) => {
              setForming(false);
              setChosen(null);
              begin(input);
            }}
            onClose={items && items.length > 0 ? () => setForming(false) : null}
          />
        )}
        {shown && (
          <Result
            key={shown.id}
            one={shown}
            session={session}
            which={
              items && items.length > 1 ? (
                <SelectField
                  aria-label="Which one"
                  value={shown.id}
                  onChange={(event) => setChosen(event.target.value)}
                >
                  {items.map((one) => (
                    <option key={one.id} value={one.id}>
                      {madeBy(one)} · {presetNames[one.preset]}
                    </option>
                  ))}
                </SelectField>
              ) : null
            }
            buttons={
              <>
                <Button
                  size="sm"
                  look="ghost"
                  icon={Copy}
                  aria-label="Copy"
                  className="max-phone:size-11"
                  onClick={() => copyText(compressionText(shown, session.title))}
                />
                <Button
                  size="sm"
                  look="ghost"
                  icon={SquarePen}
                  aria-label="Use for a new worker"
                  className="max-phone:size-11"
                  onClick={() =>
                    choose([
                      {
                        sessionId: session.id,
                        title: session.title,
                        // Before all of its records, and no record itself.
                        index: 0,
                        role: 'system',
                        toolName: null,
                        text: compressionText(shown, 'The session in few words'),
                      },
                    ])
                  }
                />
                <Button
                  size="sm"
                  look="ghost"
                  icon={RotateCw}
                  aria-label="Make it anew"
                  className="max-phone:size-11"
                  disabled={!may || running.length > 0}
                  onClick={() => setForming(!forming)}
                />
                <Button
                  size="sm"
                  look="ghost"
                  icon={Trash2}
                  aria-label="Delete this result"
                  className="max-phone:size-11"
                  disabled={!may}
                  onClick={() => void remove(shown.id)}
                />
              </>
            }
          />
        )}
      </div>
    </Pane>
  );
}

function Result({
  one,
  session,
  which,
  buttons,
}: {
  one: Compression;
  session: Session;
  /** Chooses among several; null where there is one. */
  which: ReactNode;
  buttons: ReactNode;
}) {
  const [allFiles, setAllFiles] = useState(false);
  const added = session.messages - one.records;
  const files = allFiles ? one.files : one.files.slice(0, filesShown);
  return (
    <article aria-label="The session in few words" className="grid min-w-0 gap-2.5 text-sm">
      <div className="flex flex-wrap items-center gap-1.5">
        {which ?? (
          <>
            <Chip look={one.engine === 'extractive' ? 'plain' : 'accent'}>{madeBy(one)}</Chip>
            <Chip>{presetNames[one.preset]}</Chip>
          </>
        )}
        <span className="ml-auto flex">{buttons}</span>
      </div>
      <p className="text-ink-3">{one.why}</p>
      {(one.stale || added !== 0) && (
        <p className="rounded-2 bg-needs-bg px-2 py-1 ring-1 ring-inset ring-needs-line">
          {added > 0 ? `${plural(added, 'message')} came after it.` : 'The session has changed since.'} Make it anew to
          have {added === 1 ? 'it' : 'them'} in.
        </p>
      )}
      <Markdown text={one.summary} />
      {one.topics.length > 0 && (
        <ul aria-label="Topics" className="flex flex-wrap gap-1.5">
          {one.topics.map((topic) => (
            <li key={topic}>
              <Chip look="plain">{topic}</Chip>
            </li>
          ))}
        </ul>
      )}
      <Points title="Decisions" points={one.decisions} session={session} />
      <Points title="Open points" points={one.openPoints} session={session} />
      {one.files.length > 0 && (
        <section>
          <h3 className="mb-1 font-medium">Files</h3>
          <ul className="grid gap-0.5">
            {files.map((path) => (
              <li
                key={path}
                dir="rtl"
                title={path}
                className="truncate text-left font-mono text-xs leading-5 text-ink-2"
              >
                <bdi>{relativePath(path, session.cwd)}</bdi>
              </li>
            ))}
          </ul>
          {one.files.length > filesShown && (
            <Button look="ghost" size="xs" className="mt-1 -ml-2 max-phone:h-11" onClick={() => setAllFiles(!allFiles)}>
              {allFiles ? 'Fewer' : `${one.files.length - filesShown} more`}
            </Button>
          )}
        </section>
      )}
      <dl className="figures grid grid-cols-[76px_minmax(0,1fr)] gap-x-3 gap-y-1 border-t border-hair-soft pt-2 [&_dt]:text-ink-3">
        <dt>Ratio</dt>
        <dd>
          {shorterWords(one)} <span className="text-ink-3">({percent(one.ratio)})</span>
        </dd>
        <dt title="The harmonic mean of how much of the session's most telling words it has, and of how many of its own words were said. It measures words, not truth.">
          Quality
        </dt>
        <dd>
          {percent(one.quality.score)}{' '}
          <span className="text-ink-3">
            (has {percent(one.quality.coverage)} of what was said most, {percent(one.quality.grounding)} of its words
            were said)
          </span>
        </dd>
        <dt>Time</dt>
        <dd>
          {duration(one.tookMs, true)}
          {one.parts > 1 && <span className="text-ink-3"> in {one.parts} parts</span>}
        </dd>
        {one.engine === 'claude' && (
          <>
            <dt>Cost</dt>
            <dd>{money(one.costUsd)}</dd>
          </>
        )}
        <dt>Made</dt>
        <dd>{exactTime(one.createdAt)}</dd>
      </dl>
    </article>
  );
}

function Points({ title, points, session }: { title: string; points: readonly CompressionPoint[]; session: Session }) {
  if (points.length === 0) return null;
  return (
    <section>
      <h3 className="mb-1 font-medium">{title}</h3>
      <ul className="grid list-disc gap-1 pl-4 marker:text-ink-3">
        {points.map(({ text, index }) => (
          <li key={`${index} ${text}`} className="wrap-anywhere">
            {index === null ? (
              text
            ) : (
              <a
                href={hrefOf({ view: 'session', id: session.id, at: index, find: '' })}
                title="Go to where it was said"
                className="hover:underline"
              >
                {text}
              </a>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
