import { AppError } from '../../../shared/errors.ts';
import type { CommentId, WorktreeId } from '../../../shared/ids.ts';
import { readablePath } from '../../../shared/repository-path.ts';
import type { Comment } from '../../../shared/review.ts';
import type { Worktree } from '../../../shared/worktrees.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import { newId } from '../new-id.ts';
import { linesOf } from './hunks.ts';
import type { Reviewer } from './review.ts';
import type { createReviewStore } from './store.ts';

/** Most lines and characters of a line that are quoted. */
const mostQuoted = 12;
const quotedLength = 2000;

/** Comments on lines: gathered as drafts, then said to the worker as one message. */
export function createComments(deps: {
  database: Database;
  publish: Publish;
  now: () => number;
  store: ReturnType<typeof createReviewStore>;
  reviewer: Reviewer;
  worktree: (id: WorktreeId) => Worktree;
  /** Says something to the worker of a worktree, and brings it back for that if it has ended. */
  tell: (worktree: Worktree, text: string) => void;
}) {
  const { database, publish, now, store } = deps;

  function get(id: WorktreeId, commentId: CommentId): Comment {
    const comment = store.comment(commentId);
    if (comment?.worktreeId !== id)
      throw new AppError('NOT_FOUND', `There is no comment ${commentId} on this worktree (any more).`, { commentId });
    return comment;
  }

  function draft(id: WorktreeId, commentId: CommentId): Comment {
    const comment = get(id, commentId);
    if (comment.state !== 'draft')
      throw new AppError('CONFLICT', 'This comment was sent already. Write another one.', { commentId });
    return comment;
  }

  function keep(comment: Comment): Comment {
    database.transaction(() => {
      store.putComment(comment);
      publish({ type: 'comment.changed', comment });
    });
    return comment;
  }

  return {
    list: (id: WorktreeId) => ({ items: store.comments(deps.worktree(id).id) }),

    async add(input: {
      id: WorktreeId;
      path: string;
      side: 'old' | 'new';
      line: number;
      endLine?: number | undefined;
      blob: string | null;
      text: string;
    }): Promise<Comment> {
      const worktree = deps.worktree(input.id);
      const endLine = Math.max(input.line, input.endLine ?? input.line);
      let quote = '';
      if (input.line > 0 && input.blob) {
        const lines = linesOf(await deps.reviewer.blob(worktree.path, input.blob));
        if (endLine > lines.length)
          throw new AppError(
            'BAD_REQUEST',
            `line: this side of ${readablePath(input.path)} has ${lines.length} lines.`,
            {
              field: 'line',
            },
          );
        quote = lines
          .slice(input.line - 1, Math.min(endLine, input.line - 1 + mostQuoted))
          .map(({ bytes }) => bytes.toString('utf8').slice(0, quotedLength))
          .join('\n');
      }
      return keep({
        id: newId<CommentId>('k'),
        worktreeId: worktree.id,
        path: input.path,
        side: input.side,
        line: input.line,
        endLine,
        text: input.text,
        quote,
        blob: input.blob,
        state: 'draft',
        createdAt: now(),
        sentAt: null,
      });
    },

    update: (input: { id: WorktreeId; commentId: CommentId; text: string }) =>
      keep({ ...draft(input.id, input.commentId), text: input.text }),

    remove(id: WorktreeId, commentId: CommentId): { id: CommentId } {
      get(id, commentId);
      database.transaction(() => {
        store.removeComment(commentId);
        publish({ type: 'comment.removed', id: commentId, worktreeId: id });
      });
      return { id: commentId };
    },

    send(input: { id: WorktreeId; ids?: CommentId[] | undefined; note: string }): { sent: number } {
      const worktree = deps.worktree(input.id);
      const drafts = store
        .comments(worktree.id)
        .filter(({ id, state }) => state === 'draft' && (input.ids === undefined || input.ids.includes(id)));
      if (drafts.length === 0)
        throw new AppError('CONFLICT', 'No comment waits to be sent. Write one beside a line first.', { id: input.id });
      database.transaction(() => {
        deps.tell(worktree, messageOf(drafts, input.note));
        for (const comment of drafts) keep({ ...comment, state: 'sent', sentAt: now() });
      });
      return { sent: drafts.length };
    },
  };
}

/** What the worker is told: every comment with its place and the lines it is about. */
export function messageOf(comments: readonly Comment[], note: string): string {
  const parts = comments.map(({ path, side, line, endLine, quote, text }) => {
    const lines = line === 0 ? '' : line === endLine ? `, line ${line}` : `, lines ${line} to ${endLine}`;
    const of = side === 'old' && line > 0 ? ' (as it was before your change)' : '';
    const fence = quote.includes('```') ? '~~~~' : '```';
    return [`${readablePath(path)}${lines}${of}:`, ...(quote ? [fence, quote, fence] : []), text].join('\n');
  });
  const opening =
    note.trim() ||
    `I have looked at your changes. Please see to ${comments.length === 1 ? 'this' : `these ${comments.length} comments`}:`;
  return [opening, ...parts].join('\n\n');
}
