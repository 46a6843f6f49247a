import { ArrowUpFromLine, ExternalLink, GitPullRequest, RotateCw } from 'lucide-react';
import { useState } from 'react';
import { allows } from '../../shared/access.ts';
import type { Delivery, PullRequestDetails } from '../../shared/delivery.ts';
import type { WorktreeId } from '../../shared/ids.ts';
import type { PullRequest } from '../../shared/worktrees.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { useStore } from '../data/store.ts';
import { useAsked } from '../data/use-asked.ts';
import { useDoing } from '../data/use-doing.ts';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { Problem, TextField } from '../ui/fields.tsx';
import { duration, plural } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import { areaLook, Part, Tick } from './part.tsx';

/** Pushes the branch, or says what is missing to do so. */
export function PushPart({ id, facts, onDone }: { id: WorktreeId; facts: Delivery; onDone: () => void }) {
  const { connection } = useApp();
  const may = useStore((state) => allows(state.access, 'approve'));
  const doing = useDoing();
  const { remote, pushProblem } = facts;
  if (pushProblem) {
    return (
      <Part title="Push">
        <p className="text-sm text-ink-2">{pushProblem}</p>
      </Part>
    );
  }
  if (!remote) return null;
  const push = async (force: boolean): Promise<void> => {
    const pushed = await doing.run('push', () => connection.client.delivery.push({ id, force }));
    if (pushed) tell(`Pushed to ${pushed.remote}/${pushed.branch}.`);
    onDone();
  };
  const upToDate = remote.upstream !== null && remote.ahead === 0 && remote.behind === 0;
  return (
    <Part title="Push" end={remote.upstream ?? remote.name}>
      {upToDate ? (
        <p className="text-sm text-ink-2">{remote.upstream} has all of its commits.</p>
      ) : (
        <>
          {remote.behind > 0 && (
            <p className="text-sm text-needs">
              {remote.upstream} has {plural(remote.behind, 'commit')} that are not here. After a rebase that is as it
              should be; otherwise bring them in first.
            </p>
          )}
          <div className="flex flex-wrap gap-1.5">
            <Button
              icon={ArrowUpFromLine}
              disabled={!may || doing.busy !== null || remote.behind > 0}
              className="max-phone:h-11"
              onClick={() => void push(false)}
            >
              {doing.busy === 'push'
                ? 'Pushing…'
                : remote.upstream === null
                  ? `Push to ${remote.name}`
                  : `Push ${plural(remote.ahead, 'commit')}`}
            </Button>
            {remote.behind > 0 && (
              <Button
                look="danger"
                disabled={!may || doing.busy !== null}
                title="Only replaces what was last seen there"
                className="max-phone:h-11"
                onClick={() => void push(true)}
              >
                Replace what is there
              </Button>
            )}
          </div>
        </>
      )}
      {doing.error && <Problem>{doing.error}</Problem>}
    </Part>
  );
}

const stateLooks = { open: 'done', draft: 'plain', merged: 'accent', closed: 'failed' } as const;

/** The branch's pull request with its checks and threads, or the form that opens one. */
export function PullRequestPart({ id, facts, onDone }: { id: WorktreeId; facts: Delivery; onDone: () => void }) {
  const known = useStore((state) => state.rows.worktrees[id]?.pullRequest ?? null);
  if (known) return <OpenPullRequest id={id} known={known} />;
  if (facts.pullRequestProblem) {
    return (
      <Part title="Pull request">
        <p className="text-sm text-ink-2">
          {facts.pullRequestProblem === facts.pushProblem
            ? 'Needs a remote that the branch can be pushed to.'
            : facts.pullRequestProblem}
        </p>
      </Part>
    );
  }
  return <PullRequestForm id={id} facts={facts} onDone={onDone} />;
}

function PullRequestForm({ id, facts, onDone }: { id: WorktreeId; facts: Delivery; onDone: () => void }) {
  const { connection } = useApp();
  const may = useStore((state) => allows(state.access, 'approve'));
  const [title, setTitle] = useState('');
  const [body, setBody] = useState(facts.template ?? '');
  const [draft, setDraft] = useState(false);
  const [open, setOpen] = useState(false);
  const doing = useDoing();
  if (!open) {
    return (
      <Part title="Pull request">
        <Button
          icon={GitPullRequest}
          disabled={!may || facts.ahead === 0}
          className="justify-self-start max-phone:h-11"
          onClick={() => setOpen(true)}
        >
          Open a pull request…
        </Button>
        {facts.ahead === 0 && <p className="text-xs text-ink-3">There is no commit to ask for yet.</p>}
      </Part>
    );
  }
  const create = async (): Promise<void> => {
    const row = await doing.run('open', () =>
      connection.client.delivery.openPullRequest({
        id,
        draft,
        ...(title.trim() ? { title: title.trim() } : {}),
        ...(body.trim() ? { body } : {}),
      }),
    );
    if (row?.pullRequest) tell(`Pull request ${row.pullRequest.number} is open.`);
    onDone();
  };
  return (
    <Part title="Pull request" end={`into ${facts.base.branch}`}>
      <form
        className="grid gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <TextField
          aria-label="Title"
          placeholder="Title; from the commits when empty"
          value={title}
          maxLength={300}
          onChange={(event) => setTitle(event.target.value)}
        />
        <textarea
          aria-label="Description"
          placeholder="Description; from the commits when empty"
          rows={4}
          value={body}
          onChange={(event) => setBody(event.target.value)}
          className={areaLook}
        />
        <Tick checked={draft} onChange={setDraft}>
          As a draft
        </Tick>
        {doing.error && <Problem>{doing.error}</Problem>}
        <div className="flex gap-1.5">
          <Button type="submit" look="primary" disabled={doing.busy !== null} className="max-phone:h-11">
            {doing.busy ? 'Opening…' : facts.remote?.upstream ? 'Open it' : 'Push and open it'}
          </Button>
          <Button look="ghost" className="max-phone:h-11" onClick={() => setOpen(false)}>
            Cancel
          </Button>
        </div>
      </form>
    </Part>
  );
}

const checkMarks = { passed: '✓', failed: '✕', pending: '…', skipped: '–' } as const;
const checkLooks = {
  passed: 'text-done',
  failed: 'text-failed',
  pending: 'text-working',
  skipped: 'text-ink-3',
} as const;

function OpenPullRequest({ id, known }: { id: WorktreeId; known: PullRequest }) {
  const asked = useAsked(`pull request ${id}`, String(known.number), (client, signal) =>
    client.delivery.pullRequest({ id }, { signal }),
  );
  const details: PullRequestDetails | null = asked.value?.pullRequest ?? null;
  const shown = details ?? known;
  return (
    <Part
      title={`Pull request ${known.number}`}
      end={
        <span className="inline-flex items-center gap-1">
          <Since at={shown.at} after="ago" />
          <Button look="ghost" size="xs" icon={RotateCw} aria-label="Look again" onClick={asked.again} />
        </span>
      }
    >
      <a
        href={shown.url}
        target="_blank"
        rel="noreferrer noopener"
        className="flex items-start gap-1.5 text-accent-text hover:underline"
      >
        <span className="min-w-0 wrap-anywhere">{shown.title}</span>
        <ExternalLink size={13} aria-hidden className="mt-1 shrink-0" />
      </a>
      <p className="flex flex-wrap gap-1.5">
        <Chip look={stateLooks[shown.state]}>{shown.state}</Chip>
        {shown.review && (
          <Chip look={shown.review === 'approved' ? 'done' : 'needs'}>{shown.review.replaceAll('_', ' ')}</Chip>
        )}
        {details?.mergeable === 'conflicts' && <Chip look="failed">conflicts</Chip>}
        {shown.checks.failed > 0 && <Chip look="failed">{plural(shown.checks.failed, 'check')} failed</Chip>}
        {shown.checks.pending > 0 && <Chip look="line">{plural(shown.checks.pending, 'check')} running</Chip>}
        {shown.checks.passed > 0 && <Chip look="done">{plural(shown.checks.passed, 'check')} passed</Chip>}
      </p>
      {asked.error && <Problem>{asked.error}</Problem>}
      {details && details.checkList.length > 0 && (
        <ul aria-label="Checks" className="text-sm">
          {details.checkList.map((check) => (
            <li key={check.name} className="flex min-h-6 items-center gap-2">
              <span role="img" aria-label={check.state} className={checkLooks[check.state]}>
                {checkMarks[check.state]}
              </span>
              <span className="min-w-0 flex-1 truncate">
                {check.url ? (
                  <a href={check.url} target="_blank" rel="noreferrer noopener" className="hover:underline">
                    {check.name}
                  </a>
                ) : (
                  check.name
                )}
              </span>
              {check.durationMs !== null && <span className="text-xs text-ink-3">{duration(check.durationMs)}</span>}
            </li>
          ))}
        </ul>
      )}
      {details?.threads.map((thread) => (
        <article
          key={thread.id}
          aria-label={`Thread on ${thread.path ?? 'the pull request'}`}
          className="rounded-3 bg-surface px-2.5 py-2 text-sm ring-1 ring-hair ring-inset"
        >
          <p className="flex gap-2 text-xs text-ink-3">
            <code className="min-w-0 flex-1 truncate">
              {thread.path ?? 'as a whole'}
              {thread.line !== null && `:${thread.line}`}
            </code>
            {thread.resolved && <span className="text-done">resolved</span>}
          </p>
          {thread.comments.map((comment) => (
            <p
              key={comment.url ?? `${comment.author} ${comment.at} ${comment.body}`}
              className="mt-1 whitespace-pre-wrap wrap-anywhere"
            >
              <b className="font-medium">{comment.author}</b> {comment.body}
            </p>
          ))}
        </article>
      ))}
    </Part>
  );
}
