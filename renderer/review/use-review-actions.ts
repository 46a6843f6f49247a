import { useCallback, useMemo, useRef, useState } from 'react';
import type { CheckpointId, CommentId, WorktreeId } from '../../shared/ids.ts';
import { readablePath } from '../../shared/repository-path.ts';
import type { Comment, Comparison, ReviewFile, Selection } from '../../shared/review.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { plural } from '../ui/format.ts';
import type { LinePlace } from './diff-rows.ts';
import type { Review } from './use-review.ts';

/** What of a file a key or button is about: all of it, hunks, or lines of hunks by their places. */
export interface Part {
  file: ReviewFile;
  hunks?: string[];
  lines?: { hunk: string; lines: number[] }[];
}

export type ReviewActions = ReturnType<typeof useReviewActions>;

/** What that is, in words: "src/a.ts", "1 hunk of src/a.ts", "3 lines of src/a.ts". */
export function partWords({ file, hunks, lines }: Part): string {
  const path = readablePath(file.path);
  if (lines) {
    return `${plural(
      lines.reduce((sum, one) => sum + one.lines.length, 0),
      'line',
    )} of ${path}`;
  }
  return hunks ? `${plural(hunks.length, 'hunk')} of ${path}` : path;
}

function selectionOf({ file, hunks, lines }: Part): Selection {
  const { path, oldId, newId } = file;
  if (!hunks && !lines) return { path };
  return { path, ...(hunks ? { hunks } : {}), ...(lines ? { lines } : {}), expected: { oldId, newId } };
}

/** What a reviewer does to a worktree. What can be undone is, by the toast or by its key. */
export function useReviewActions(id: WorktreeId, comparison: Comparison, review: Review) {
  const { connection } = useApp();
  const { client } = connection;
  const undos = useRef<(() => Promise<void>)[]>([]);
  /** Viewed marks that were set here and are not in the list yet, by content. */
  const [viewed, setViewed] = useState<ReadonlyMap<string, boolean>>(new Map());
  const { list, comments } = review;

  const attempt = useCallback(async (call: () => Promise<unknown>): Promise<boolean> => {
    try {
      await call();
      return true;
    } catch (error) {
      tell(errorText(error), { tone: 'error' });
      return false;
    }
  }, []);

  return useMemo(() => {
    const undo = async (): Promise<void> => {
      const last = undos.current.pop();
      if (last) await attempt(last);
      else tell('There is nothing to undo here.');
    };
    const done = (text: string, back: () => Promise<void>): void => {
      undos.current.push(back);
      tell(text, {
        action: {
          label: 'Undo',
          run: () => {
            undos.current = undos.current.filter((other) => other !== back);
            void attempt(back);
          },
        },
      });
      list.again();
    };

    /** Takes parts out of the index again, or puts them back: looked for by what they change. */
    const reverse = async (part: Part, wasStaged: ReviewFile['staged'], unstage: boolean): Promise<void> => {
      const whole = unstage ? wasStaged === 'none' : wasStaged === 'all';
      const { path } = part.file;
      if (whole || (!part.hunks && !part.lines)) {
        await client.review.stage({ id, selections: [{ path }], unstage });
      } else {
        const now = await client.review.file({ id, scope: unstage ? 'staged' : 'unstaged', path, limit: 20_000 });
        const wanted = new Set([...(part.hunks ?? []), ...(part.lines ?? []).map(({ hunk }) => hunk)]);
        const hunks = now.hunks.map((hunk) => hunk.id).filter((one) => wanted.has(one));
        if (hunks.length < wanted.size || part.lines)
          throw new Error(
            `${readablePath(path)} has other staged changes that these lines stand among. Choose ${unstage ? '“Staged”' : '“Unstaged”'} and take them ${unstage ? 'out' : 'in'} there.`,
          );
        const expected = { oldId: now.file.oldId, newId: now.file.newId };
        await client.review.stage({ id, selections: [{ path, hunks, expected }], unstage });
      }
      list.again();
    };

    return {
      undo,
      viewed,
      async stage(parts: readonly Part[], unstage: boolean): Promise<void> {
        const [first] = parts;
        if (!first) return;
        const before = parts.map((part) => part.file.staged);
        const ok = await attempt(() => client.review.stage({ id, selections: parts.map(selectionOf), unstage }));
        if (!ok) return list.again();
        const what = parts.length === 1 ? partWords(first) : plural(parts.length, 'file');
        done(`${what} ${unstage ? 'unstaged' : 'staged'}.`, async () => {
          for (const [at, part] of parts.entries())
            await reverse(part, comparison.scope === 'staged' ? 'all' : (before[at] ?? 'none'), !unstage);
        });
      },
      async discard(parts: readonly Part[]): Promise<void> {
        const [first] = parts;
        if (!first) return;
        const scope = comparison.scope === 'unstaged' ? 'unstaged' : 'uncommitted';
        let checkpoint: CheckpointId | null = null;
        const ok = await attempt(async () => {
          checkpoint = (await client.review.discard({ id, selections: parts.map(selectionOf), scope })).undo;
        });
        if (!ok || !checkpoint) return list.again();
        const checkpointId: CheckpointId = checkpoint;
        const what = parts.length === 1 ? partWords(first) : plural(parts.length, 'file');
        done(`${what} discarded.`, async () => {
          await client.checkpoints.rewind({ id, checkpointId });
          list.again();
        });
      },
      async setViewed(file: ReviewFile, on: boolean): Promise<void> {
        const key = viewedKey(file);
        setViewed((before) => new Map(before).set(key, on));
        const { path, oldId, newId } = file;
        if (await attempt(() => client.review.setViewed({ id, path, oldId, newId, viewed: on }))) list.again();
        else setViewed((before) => new Map(before).set(key, !on));
      },
      /** Keeps a comment for the worker. */
      async addComment(
        file: ReviewFile,
        place: LinePlace,
        text: string,
      ): Promise<{ comment: Comment; error: null } | { comment: null; error: string }> {
        try {
          const comment = await client.review.comments.add({
            id,
            path: file.path,
            side: place.side,
            line: place.line,
            endLine: place.endLine,
            blob: place.side === 'old' ? file.oldId : file.newId,
            text,
          });
          comments.again();
          list.again();
          return { comment, error: null };
        } catch (error) {
          return { comment: null, error: errorText(error) };
        }
      },
      async updateComment(commentId: CommentId, text: string): Promise<string | null> {
        try {
          await client.review.comments.update({ id, commentId, text });
          comments.again();
          return null;
        } catch (error) {
          return errorText(error);
        }
      },
      async removeComment(commentId: CommentId): Promise<void> {
        const gone = comments.value?.find((comment) => comment.id === commentId);
        if (!(await attempt(() => client.review.comments.remove({ id, commentId })))) return;
        comments.again();
        if (!gone) return;
        const { path, side, line, endLine, blob, text } = gone;
        done('The comment was removed.', async () => {
          await client.review.comments.add({ id, path, side, line, endLine, blob, text });
          comments.again();
          list.again();
        });
      },
      /** Sends drafts as one message. Answers what went wrong, or null. */
      async send(note: string, ids?: CommentId[]): Promise<string | null> {
        try {
          const { sent } = await client.review.comments.send({ id, note, ...(ids ? { ids } : {}) });
          tell(`${plural(sent, 'comment')} sent to the worker.`);
          comments.again();
          list.again();
          return null;
        } catch (error) {
          return errorText(error);
        }
      },
    };
  }, [client, id, comparison, list, comments, viewed, attempt]);
}

/** What a viewed mark holds for. */
export function viewedKey({ path, oldId, newId }: ReviewFile): string {
  return `${path} ${oldId} ${newId}`;
}
