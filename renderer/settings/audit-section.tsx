import { ChevronRight, RotateCw } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { AuditEntry } from '../../shared/audit.ts';
import { useApp } from '../app/app-context.ts';
import { hrefOf } from '../app/router.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Problem, SelectField, TextField } from '../ui/fields.tsx';
import { clockTime, exactTime, plural } from '../ui/format.ts';
import { AuditKeeping } from './audit-keeping.tsx';
import { actionGroups, actionWords, detailWords } from './audit-words.ts';
import { Panel } from './panel.tsx';

const pageSize = 100;
/** Typing is over when this long nothing was typed. */
const typedMs = 250;

const spans = [
  { value: '', name: 'since ever', ms: 0 },
  { value: 'hour', name: 'in the last hour', ms: 3_600_000 },
  { value: 'day', name: 'in the last day', ms: 86_400_000 },
  { value: 'week', name: 'in the last week', ms: 7 * 86_400_000 },
] as const;

const columns =
  'grid grid-cols-[14px_104px_minmax(0,140px)_minmax(0,1fr)_minmax(0,96px)] items-baseline gap-3 max-phone:grid-cols-[14px_minmax(0,1fr)_auto]';

/** Who did what, when, from where, and how it went. `item` narrows it to one thing. */
export function AuditSection({ item }: { item: string | null }) {
  const { connection } = useApp();
  const epoch = useStore((state) => state.epoch);
  const admin = useStore((state) => state.access === 'admin');
  const [action, setAction] = useState('');
  const [actor, setActor] = useState('');
  const [subject, setSubject] = useState(item ?? '');
  const [span, setSpan] = useState<(typeof spans)[number]['value']>('');
  const [failedOnly, setFailedOnly] = useState(false);
  const [pages, setPages] = useState<{ items: readonly AuditEntry[]; next: string | null } | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [loading, setLoading] = useState(false);
  const asked = useRef(0);
  useEffect(() => setSubject(item ?? ''), [item]);

  const load = useCallback(
    async (cursor: string | null, before: readonly AuditEntry[], signal?: AbortSignal): Promise<void> => {
      asked.current += 1;
      const mine = asked.current;
      setLoading(true);
      try {
        const ms = spans.find((one) => one.value === span)?.ms ?? 0;
        const page = await connection.client.audit.list(
          {
            limit: pageSize,
            ...(cursor ? { cursor } : {}),
            ...(action ? { action } : {}),
            ...(actor.trim() ? { actor: actor.trim() } : {}),
            ...(subject.trim() ? { subject: subject.trim() } : {}),
            ...(ms ? { from: Date.now() - ms } : {}),
          },
          { signal },
        );
        if (mine !== asked.current) return;
        setPages({ items: [...before, ...page.items], next: page.nextCursor });
        setError(null);
      } catch (problem) {
        if (mine === asked.current && !signal?.aborted) setError(errorText(problem));
      } finally {
        if (mine === asked.current) setLoading(false);
      }
    },
    [connection, action, actor, subject, span],
  );

  useEffect(() => {
    if (epoch === 0 || !admin) return;
    const ended = new AbortController();
    const timer = setTimeout(() => void load(null, [], ended.signal), typedMs);
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [load, epoch, admin]);

  const items = pages?.items.filter((entry) => !failedOnly || entry.outcome !== 'ok') ?? [];
  return (
    <Panel
      title="Audit"
      about="Who did what, when, from where, and how it went. Secrets are masked before they are kept."
      end={
        <Button
          look="ghost"
          size="sm"
          icon={RotateCw}
          aria-label="Read again"
          disabled={!admin || loading}
          className="max-phone:size-11"
          onClick={() => void load(null, [])}
        />
      }
    >
      {!admin ? (
        <p className="px-4 py-3 text-ink-2">
          Only an administrator may read the audit. Open this page with that token.
        </p>
      ) : (
        <>
          <div className="flex flex-wrap items-center gap-2 border-b border-hair-soft px-4 py-2">
            <SelectField aria-label="What" value={action} onChange={(event) => setAction(event.target.value)}>
              {actionGroups.map(({ prefix, name }) => (
                <option key={prefix} value={prefix}>
                  {name}
                </option>
              ))}
            </SelectField>
            <SelectField
              aria-label="When"
              value={span}
              onChange={(event) => setSpan(event.target.value as typeof span)}
            >
              {spans.map(({ value, name }) => (
                <option key={value} value={value}>
                  {name}
                </option>
              ))}
            </SelectField>
            <TextField
              aria-label="By whom"
              placeholder="by whom"
              value={actor}
              onChange={(event) => setActor(event.target.value)}
              className="w-32"
            />
            <TextField
              mono
              aria-label="Id of what it was done to"
              placeholder="id of what"
              value={subject}
              onChange={(event) => setSubject(event.target.value)}
              className="w-40"
            />
            <label className="flex items-center gap-2 text-sm text-ink-2 max-phone:h-11">
              <input
                type="checkbox"
                checked={failedOnly}
                onChange={(event) => setFailedOnly(event.target.checked)}
                className="size-3.5 accent-(--accent)"
              />
              refused or failed
            </label>
            <span className="ml-auto text-sm text-ink-3">
              {pages && `${plural(items.length, 'entry', 'entries')}${pages.next ? ' and older ones' : ''}`}
            </span>
          </div>
          <AuditKeeping
            filters={{
              ...(action ? { action } : {}),
              ...(actor.trim() ? { actor: actor.trim() } : {}),
              ...(subject.trim() ? { subject: subject.trim() } : {}),
            }}
            spanMs={spans.find((one) => one.value === span)?.ms ?? 0}
          />
          {error && <Problem className="m-3">{error}</Problem>}
          {pages && items.length === 0 && !error && (
            <p className="px-4 py-3 text-ink-2">
              {action || actor || subject || span || failedOnly
                ? 'Nothing fits. Widen the filter.'
                : 'Nothing was done yet. What you or a worker’s rule decides is written down here.'}
            </p>
          )}
          <ul className={cx(loading && 'opacity-70')}>
            {items.map((entry) => (
              <Entry key={entry.id} entry={entry} />
            ))}
          </ul>
          {pages?.next && (
            <div className="border-t border-hair-soft px-4 py-2">
              <Button
                size="sm"
                disabled={loading}
                className="max-phone:h-11"
                onClick={() => void load(pages.next, pages.items)}
              >
                {loading ? 'Reading…' : 'Older ones'}
              </Button>
            </div>
          )}
        </>
      )}
    </Panel>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const [open, setOpen] = useState(false);
  const ok = entry.outcome === 'ok';
  const worker = useStore((state) => (entry.subject ? state.rows.workers[entry.subject] : undefined));
  const project = useStore((state) => (entry.subject ? state.rows.projects[entry.subject]?.name : undefined));
  const what = detailWords(entry.details);
  return (
    // Rows out of sight cost nothing to draw, however many pages were read.
    <li className="border-t border-hair-soft first:border-t-0 [content-visibility:auto] [contain-intrinsic-size:auto_36px]">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className={cx(
          columns,
          'focus-inset min-h-9 w-full px-4 py-1.5 text-left text-sm hover:bg-hover max-phone:min-h-12',
        )}
      >
        <ChevronRight
          size={12}
          aria-hidden
          className={cx('translate-y-px text-ink-3 transition-transform', open && 'rotate-90')}
        />
        <time
          dateTime={new Date(entry.at).toISOString()}
          title={exactTime(entry.at)}
          className="text-ink-2 max-phone:order-3"
        >
          {clockTime(entry.at)}
        </time>
        <span className="min-w-0 truncate max-phone:hidden" title={`${entry.actor}, from ${entry.from}`}>
          {entry.actor}
        </span>
        <span className="min-w-0 truncate max-phone:order-2">
          <span className="hidden text-ink-3 max-phone:inline">{entry.actor} </span>
          {!ok && <span className="hidden font-medium text-failed max-phone:inline">{entry.outcome} </span>}
          {actionWords(entry.action)}
          {(worker ?? project) && <span className="font-medium"> {worker?.name ?? project}</span>}
          {what && <span className="text-ink-3"> {what}</span>}
        </span>
        <span className={cx('min-w-0 truncate text-right max-phone:hidden', ok ? 'text-ink-3' : 'text-failed')}>
          {entry.outcome}
        </span>
      </button>
      {open && (
        <dl className="mx-4 mb-3 grid grid-cols-[88px_minmax(0,1fr)] gap-x-3 gap-y-1 rounded-3 bg-well px-3 py-2 text-sm ring-1 ring-inset ring-hair [&_dt]:text-ink-3">
          <dt>When</dt>
          <dd>{exactTime(entry.at)}</dd>
          <dt>Who</dt>
          <dd className="wrap-anywhere">
            {entry.actor}, from {entry.from}
          </dd>
          <dt>What</dt>
          <dd>
            <code>{entry.action}</code>
          </dd>
          {entry.subject && (
            <>
              <dt>On</dt>
              <dd className="wrap-anywhere">
                {worker ? (
                  <a
                    className="text-accent-text hover:underline"
                    href={hrefOf({ view: 'worker', id: worker.id, tab: 'facts', file: null })}
                  >
                    {worker.name}
                  </a>
                ) : (
                  <code>{entry.subject}</code>
                )}
              </dd>
            </>
          )}
          <dt>Outcome</dt>
          <dd className={ok ? undefined : 'text-failed'}>{entry.outcome}</dd>
          {Object.keys(entry.details).length > 0 && (
            <>
              <dt>Given</dt>
              <dd>
                <pre className="overflow-x-auto text-[12px] leading-[18px] whitespace-pre-wrap wrap-anywhere">
                  {JSON.stringify(entry.details, null, 2)}
                </pre>
              </dd>
            </>
          )}
        </dl>
      )}
    </li>
  );
}
