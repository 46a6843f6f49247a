import { RotateCw, SquareTerminal } from 'lucide-react';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { allows } from '../../shared/access.ts';
import type { CommentId, WorktreeId } from '../../shared/ids.ts';
import { readablePath } from '../../shared/repository-path.ts';
import type { Comparison, ReviewFile } from '../../shared/review.ts';
import { useCommand } from '../app/commands.ts';
import { go, hrefOf, type Route } from '../app/router.ts';
import { tell } from '../app/ui-state.ts';
import { useMedia } from '../app/use-media.ts';
import { useWorker } from '../app/use-rows.ts';
import { useCheckpoints } from '../checkpoints/use-checkpoints.ts';
import { setPreferences, usePreferences } from '../data/preferences.ts';
import { useStore } from '../data/store.ts';
import { joinPath } from '../files/file-paths.ts';
import { useSharedFiles } from '../overlaps/use-overlaps.ts';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';
import type { Drafts } from './comment-card.tsx';
import { FileComments, wholeFile } from './comment-parts.tsx';
import { DiffPane, type Powers } from './diff-pane.tsx';
import type { LinePlace } from './diff-rows.ts';
import { DiscardDialog } from './discard-dialog.tsx';
import { EmptyReview } from './empty-review.tsx';
import { FileInWords, wordsInPlace } from './file-body.tsx';
import { fitting, inReadingOrder } from './file-groups.ts';
import { FileHead } from './file-head.tsx';
import { FileList } from './file-list.tsx';
import { isWhole, type ReviewPlace, scopeOrder } from './review-place.ts';
import { comparisonOf, ScopeChoice, ScopeDetail, stepComparison } from './scope-bar.tsx';
import { SendBar } from './send-bar.tsx';
import { useFileDiff } from './use-file-diff.ts';
import { useCommits, useReview } from './use-review.ts';
import { type Part, useReviewActions, viewedKey } from './use-review-actions.ts';

const stageable: readonly Comparison['scope'][] = ['base', 'uncommitted', 'unstaged'];

/** Changed files, the difference of one, and everything that is said and done about them. */
export function ReviewBody({
  id,
  watch,
  place,
  onPlace,
  onDeliver,
  onOpenTerminal,
  end,
}: {
  id: WorktreeId;
  watch: { tick: number; problem: string | null };
  place: ReviewPlace;
  onPlace: (place: ReviewPlace, replace?: boolean) => void;
  onDeliver: () => void;
  onOpenTerminal: () => void;
  /** Stands at the end of the bar. */
  end: ReactNode;
}) {
  const { scope } = place.comparison;
  const commits = useCommits(id, watch.tick);
  const checkpoints = useCheckpoints(id).value;
  // A scope that needs a commit or turns takes the newest when none is named.
  const comparison = useMemo(
    () => (isWhole(place.comparison) ? place.comparison : comparisonOf(place.comparison.scope, commits, checkpoints)),
    [place.comparison, commits, checkpoints],
  );
  const review = useReview(id, comparison, watch.tick);
  const actions = useReviewActions(id, comparison, review);
  const worktree = useStore((state) => state.rows.worktrees[id]);
  const worker = useWorker(worktree?.workerId ?? '');
  const mayReply = useStore((state) => allows(state.access, 'reply'));
  const overlapping = useSharedFiles(id);
  const split = usePreferences((state) => state.reviewSplit);
  const wrap = usePreferences((state) => state.reviewWrap);
  const phone = useMedia('(max-width: 639.98px)');
  const narrow = useMedia('(max-width: 1180.98px)');
  const [typed, setTyped] = useState('');
  const [ignoreSpaces, setIgnoreSpaces] = useState(false);
  const [large, setLarge] = useState<string | null>(null);
  const [discarding, setDiscarding] = useState<Part | null>(null);
  const [writing, setWriting] = useState<{ path: string; place: LinePlace } | null>(null);
  const [goTo, setGoTo] = useState<CommentId | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const drafted = useRef<Drafts>(new Map());

  const list = review.list.value;
  const ordered = useMemo(() => inReadingOrder(list?.files ?? []), [list]);
  const files = useMemo(() => fitting(ordered, typed), [ordered, typed]);
  const named = place.file === null ? undefined : ordered.find(({ path }) => path === place.file);
  // On a phone the list comes first; a link to a file that did not change shows the list too.
  const file = named ?? (phone ? null : (files[0] ?? ordered[0] ?? null));
  const options = useMemo(() => ({ large: large === file?.path, ignoreSpaces }), [large, file?.path, ignoreSpaces]);
  const words = file ? wordsInPlace(file, options) : null;
  const fileDiff = useFileDiff(id, comparison, words === null ? file : null, options);
  const isViewed = (one: ReviewFile): boolean => actions.viewed.get(viewedKey(one)) ?? one.viewed;
  const comments = review.comments.value ?? [];
  const drafts = useMemo(() => comments.filter(({ state }) => state === 'draft'), [comments]);

  const show = (path: string | null): void => {
    setGoTo(null);
    onPlace({ comparison, file: path }, path !== null && !phone);
  };
  const compare = (next: Comparison): void => onPlace({ comparison: next, file: file?.path ?? null }, true);
  const step = (by: 1 | -1): boolean => {
    const at = files.findIndex(({ path }) => path === file?.path);
    const next = files[at + by];
    if (next) show(next.path);
    return next !== undefined;
  };
  const stepScope = (by: 1 | -1): void => {
    const next = scopeOrder[(scopeOrder.indexOf(scope) + by + scopeOrder.length) % scopeOrder.length];
    if (next) compare(comparisonOf(next, commits, checkpoints));
  };
  const stepInScope = (by: 1 | -1): void => {
    const next = stepComparison(comparison, by, commits, checkpoints);
    if (next) compare(next);
  };
  const toggleViewed = (): void => {
    if (!file) return;
    const on = !isViewed(file);
    void actions.setViewed(file, on);
    if (!on) return;
    const at = files.indexOf(file);
    const next = [...files.slice(at + 1), ...files.slice(0, at)].find((one) => one !== file && !isViewed(one));
    if (next && !phone) show(next.path);
  };

  const hunkStage: Powers['stage'] = !mayReply
    ? null
    : scope === 'unstaged'
      ? 'stage'
      : scope === 'staged'
        ? 'unstage'
        : null;
  const powers = {
    comment: mayReply,
    stage: hunkStage,
    discard: mayReply && (scope === 'unstaged' || scope === 'uncommitted'),
    stageFile: !mayReply
      ? null
      : scope === 'staged' || (stageable.includes(scope) && file?.staged === 'all')
        ? ('unstage' as const)
        : stageable.includes(scope)
          ? ('stage' as const)
          : null,
  };
  const stageFile = (): void => {
    if (file && powers.stageFile) void actions.stage([{ file }], powers.stageFile === 'unstage');
  };
  const folder = worktree?.path;
  const edit: Route | null =
    !file || file.newId === null || !folder
      ? null
      : worker
        ? { view: 'worker', id: worker.id, tab: 'files', file: file.path }
        : { view: 'files', path: joinPath(folder, file.path) };

  useCommand('review.file.next', () => void step(1), file !== null);
  useCommand('review.file.previous', () => void step(-1), file !== null);
  useCommand('review.viewed', toggleViewed, file !== null && mayReply);
  useCommand('review.stage.file', stageFile, powers.stageFile !== null);
  useCommand('review.discard.file', () => file && setDiscarding({ file }), powers.discard && file !== null);
  useCommand(
    'review.stage',
    () =>
      tell('Hunks and lines are staged where they are compared with the index.', {
        action: { label: 'Show unstaged', run: () => compare({ scope: 'unstaged' }) },
      }),
    mayReply && hunkStage === null && stageable.includes(scope),
  );
  useCommand('review.undo', () => void actions.undo());
  useCommand('review.edit', () => edit && go(edit), edit !== null);
  useCommand('review.scope.next', () => stepScope(1));
  useCommand('review.scope.previous', () => stepScope(-1));
  useCommand('review.step.next', () => stepInScope(1), scope === 'commit' || scope === 'checkpoint');
  useCommand('review.step.previous', () => stepInScope(-1), scope === 'commit' || scope === 'checkpoint');
  useCommand('review.split', () => setPreferences({ reviewSplit: !split }));
  useCommand('review.find', () => search.current?.focus());
  useCommand('review.deliver', onDeliver);

  const problem = review.list.error ?? watch.problem;
  const both = !phone;
  return (
    <section aria-label="Review" className="flex min-h-0 min-w-0 flex-1 flex-col">
      <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-2 border-b border-hair px-3 py-1.5">
        <ScopeChoice
          comparison={comparison}
          narrow={narrow}
          onScope={(next) => compare(comparisonOf(next, commits, checkpoints))}
        />
        <span className="flex-1" />
        {end}
      </div>
      <ScopeDetail comparison={comparison} commits={commits} checkpoints={checkpoints} onComparison={compare} />
      {problem && (
        <Problem
          className="m-3"
          action={
            <>
              <Button size="sm" icon={RotateCw} onClick={review.list.again}>
                Try again
              </Button>
              <Button size="sm" icon={SquareTerminal} onClick={onOpenTerminal}>
                Open terminal
              </Button>
            </>
          }
        >
          {problem}
        </Problem>
      )}
      {!list && !problem && isWhole(comparison) && (
        <p className="enter p-6 text-ink-3 [animation-delay:400ms] [animation-fill-mode:backwards]">
          Reading what changed…
        </p>
      )}
      {list && list.files.length === 0 && (
        <EmptyReview
          scope={scope}
          base={worktree?.baseBranch ?? 'the base'}
          mergedInto={worktree?.merged?.into ?? null}
          lookedAt={watch.tick}
          onBase={() => compare({ scope: 'base' })}
          onDeliver={onDeliver}
        />
      )}
      {list && list.files.length > 0 && (
        <div
          className={
            both ? 'grid min-h-0 flex-1 grid-cols-[minmax(200px,248px)_minmax(0,1fr)]' : 'flex min-h-0 flex-1 flex-col'
          }
        >
          {(both || !file) && (
            <div className="flex min-h-0 min-w-0 flex-1 flex-col border-r border-hair max-phone:border-r-0">
              <FileList
                list={list}
                files={files}
                typed={typed}
                onType={setTyped}
                search={search}
                file={file}
                isViewed={isViewed}
                overlapping={overlapping}
                drafts={drafts}
                onOpen={show}
                onOpenComment={(comment) => {
                  show(comment.path);
                  setGoTo(comment.id);
                }}
              />
            </div>
          )}
          {file && (
            <div className="flex min-h-0 min-w-0 flex-1 flex-col">
              {place.file !== null && !named && (
                <p role="status" className="border-b border-hair bg-needs-bg px-4 py-2 text-sm text-needs">
                  {readablePath(place.file)} does not differ in this comparison.
                </p>
              )}
              <FileHead
                file={file}
                viewed={isViewed(file)}
                powers={powers}
                mayView={mayReply}
                hasLines={words === null}
                editHref={edit && hrefOf(edit)}
                ignoreSpaces={ignoreSpaces}
                onIgnoreSpaces={setIgnoreSpaces}
                onViewed={toggleViewed}
                onComment={() => setWriting({ path: file.path, place: wholeFile })}
                onStage={stageFile}
                onDiscard={() => setDiscarding({ file })}
                onBack={both ? null : () => show(null)}
              />
              {fileDiff.error && (
                <Problem
                  className="m-3"
                  action={
                    <Button size="sm" onClick={fileDiff.again}>
                      Try again
                    </Button>
                  }
                >
                  {fileDiff.error}
                </Problem>
              )}
              {words !== null ? (
                <FileInWords
                  worktreeId={id}
                  file={file}
                  words={words}
                  mayComment={mayReply}
                  onLarge={() => setLarge(file.path)}
                  onComment={() => setWriting({ path: file.path, place: wholeFile })}
                >
                  <FileComments
                    key={`comments ${file.path}`}
                    file={file}
                    comments={comments}
                    writing={writing?.path === file.path}
                    goTo={goTo}
                    mayChange={mayReply}
                    drafts={drafted.current}
                    actions={actions}
                    onClose={() => setWriting(null)}
                  />
                </FileInWords>
              ) : (
                <DiffPane
                  file={fileDiff.diff?.file ?? file}
                  fileDiff={fileDiff}
                  comments={comments}
                  actions={actions}
                  powers={powers}
                  // With one side only, the other column would be empty.
                  split={split && both && file.oldId !== null && file.newId !== null}
                  wrap={wrap || phone}
                  goTo={goTo}
                  writing={writing?.path === file.path ? writing.place : null}
                  drafts={drafted.current}
                  onWrite={(where) => setWriting(where && { path: file.path, place: where })}
                  onDiscard={setDiscarding}
                  onEndOfHunks={(by) => void step(by)}
                />
              )}
            </div>
          )}
        </div>
      )}
      {drafts.length > 0 && (
        <SendBar
          drafts={drafts}
          workerName={mayReply ? (worker?.name ?? null) : null}
          send={(note) => actions.send(note)}
        />
      )}
      {discarding && (
        <DiscardDialog
          part={discarding}
          staged={scope === 'uncommitted'}
          onDiscard={() => void actions.discard([discarding])}
          onClose={() => setDiscarding(null)}
        />
      )}
    </section>
  );
}
