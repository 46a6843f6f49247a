import { useState } from 'react';
import type { CommentId } from '../../shared/ids.ts';
import type { Comment, ReviewFile } from '../../shared/review.ts';
import { CommentCard, CommentForm, type Drafts } from './comment-card.tsx';
import type { LinePlace } from './diff-rows.ts';
import type { ReviewActions } from './use-review-actions.ts';

/** About the file as a whole. */
export const wholeFile: LinePlace = { side: 'new', line: 0, endLine: 0 };

/** A comment that is kept, with what can be done with it. */
export function KeptComment({
  comment,
  moved,
  marked,
  editing,
  mayChange,
  drafts,
  actions,
  onEdit,
}: {
  comment: Comment;
  moved: boolean;
  marked: boolean;
  editing: boolean;
  mayChange: boolean;
  drafts: Drafts;
  actions: ReviewActions;
  /** Begins to change it; null: ends. */
  onEdit: (id: CommentId | null) => void;
}) {
  return (
    <CommentCard
      comment={comment}
      moved={moved}
      marked={marked}
      editing={editing}
      mayChange={mayChange}
      drafts={drafts}
      onEdit={() => onEdit(comment.id)}
      onRemove={() => void actions.removeComment(comment.id)}
      onSend={() => void actions.send('', [comment.id])}
      save={(text) => actions.updateComment(comment.id, text)}
      onClose={() => onEdit(null)}
    />
  );
}

/** A comment that is being written. */
export function NewComment({
  file,
  place,
  drafts,
  actions,
  onClose,
}: {
  file: ReviewFile;
  place: LinePlace;
  drafts: Drafts;
  actions: ReviewActions;
  onClose: () => void;
}) {
  return (
    <CommentForm
      place={place}
      text=""
      drafts={drafts}
      draftKey={`${file.path} ${place.side} ${place.line} ${place.endLine}`}
      save={async (text) => (await actions.addComment(file, place, text)).error}
      sendNow={async (text) => {
        const { comment, error } = await actions.addComment(file, place, text);
        return comment ? actions.send('', [comment.id]) : error;
      }}
      saveWord="Add"
      onClose={onClose}
    />
  );
}

/** The comments of a file whose lines are not shown, and the field for another one. */
export function FileComments({
  file,
  comments,
  writing,
  goTo,
  mayChange,
  drafts,
  actions,
  onClose,
}: {
  file: ReviewFile;
  comments: readonly Comment[];
  writing: boolean;
  goTo: CommentId | null;
  mayChange: boolean;
  drafts: Drafts;
  actions: ReviewActions;
  onClose: () => void;
}) {
  const [editing, setEditing] = useState<CommentId | null>(null);
  const own = comments.filter(({ path }) => path === file.path);
  if (own.length === 0 && !writing) return null;
  return (
    <div className="grid w-full max-w-[640px] gap-2">
      {own.map((comment) => (
        <KeptComment
          key={comment.id}
          comment={comment}
          moved={false}
          marked={goTo === comment.id}
          editing={editing === comment.id}
          mayChange={mayChange}
          drafts={drafts}
          actions={actions}
          onEdit={setEditing}
        />
      ))}
      {writing && <NewComment file={file} place={wholeFile} drafts={drafts} actions={actions} onClose={onClose} />}
    </div>
  );
}
