import type { CommentId, WorktreeId } from '../../../shared/ids.ts';
import type { Comment } from '../../../shared/review.ts';
import type { Database } from '../database/database.ts';

/** The tables of reviewing: comments and what was viewed. */
export function createReviewStore(database: Database) {
  const parse = ({ row }: { row: string }) => JSON.parse(row) as Comment;
  return {
    /** Drafts first, then in the order of files and lines. */
    comments: (id: WorktreeId) =>
      database
        .all<{ row: string }>('SELECT row FROM review_comments WHERE worktree_id = ?', id)
        .map(parse)
        .sort(
          (a, b) =>
            a.state.localeCompare(b.state) ||
            a.path.localeCompare(b.path) ||
            a.line - b.line ||
            a.createdAt - b.createdAt,
        ),
    comment(id: CommentId): Comment | undefined {
      const found = database.get<{ row: string }>('SELECT row FROM review_comments WHERE id = ?', id);
      return found && parse(found);
    },
    putComment: (comment: Comment) =>
      void database.run(
        'INSERT INTO review_comments (id, row) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET row = excluded.row',
        comment.id,
        JSON.stringify(comment),
      ),
    removeComment: (id: CommentId) => void database.run('DELETE FROM review_comments WHERE id = ?', id),
    viewed: (id: WorktreeId) =>
      new Set(
        database
          .all<{ path: string; content: string }>('SELECT path, content FROM review_viewed WHERE worktree_id = ?', id)
          .map(({ path, content }) => `${content}\0${path}`),
      ),
    setViewed(id: WorktreeId, path: string, content: string, at: number | null): void {
      // Of a file one content is kept as viewed for each comparison; older ones say nothing any more.
      database.run('DELETE FROM review_viewed WHERE worktree_id = ? AND path = ? AND content = ?', id, path, content);
      if (at === null) return;
      database.run(
        'INSERT INTO review_viewed (worktree_id, path, content, at) VALUES (?, ?, ?, ?)',
        id,
        path,
        content,
        at,
      );
      database.run(
        `DELETE FROM review_viewed WHERE worktree_id = ?1 AND path = ?2 AND content NOT IN
         (SELECT content FROM review_viewed WHERE worktree_id = ?1 AND path = ?2 ORDER BY at DESC LIMIT 8)`,
        id,
        path,
      );
    },
    forget(id: WorktreeId): void {
      database.run('DELETE FROM review_comments WHERE worktree_id = ?', id);
      database.run('DELETE FROM review_viewed WHERE worktree_id = ?', id);
    },
  };
}
