import { MessageSquare, Pencil, Send, Trash2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { Comment } from '../../shared/review.ts';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { cx } from '../ui/cx.ts';
import { Problem } from '../ui/fields.tsx';
import { Since } from '../ui/instruments.tsx';
import type { LinePlace } from './diff-rows.ts';

/** "line 30", "lines 30 to 34", "the file". */
export function placeWords({ line, endLine, side }: LinePlace): string {
  if (line === 0) return 'the file';
  const lines = endLine > line ? `lines ${line} to ${endLine}` : `line ${line}`;
  return side === 'old' ? `${lines}, as before` : lines;
}

/** What is typed of comments that are not kept yet: rows of a long difference come and go. */
export type Drafts = Map<string, string>;

/** A field for a comment. */
export function CommentForm({
  place,
  text: first,
  drafts,
  draftKey,
  save,
  sendNow,
  saveWord,
  onClose,
}: {
  place: LinePlace;
  text: string;
  drafts: Drafts;
  draftKey: string;
  /** Answers what went wrong, or null. */
  save: (text: string) => Promise<string | null>;
  sendNow?: (text: string) => Promise<string | null>;
  saveWord: string;
  onClose: () => void;
}) {
  const [text, setText] = useState(drafts.get(draftKey) ?? first);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus({ preventScroll: true }), []);
  const close = (): void => {
    drafts.delete(draftKey);
    onClose();
  };
  const run = async (how: (text: string) => Promise<string | null>): Promise<void> => {
    if (!text.trim() || busy) return;
    setBusy(true);
    const problem = await how(text.trim());
    setBusy(false);
    setError(problem);
    if (problem === null) close();
  };
  return (
    <form
      aria-label={`Comment on ${placeWords(place)}`}
      className="rounded-3 bg-surface font-sans text-base ring-1 ring-accent-line ring-inset focus-within:ring-accent"
      onSubmit={(event) => {
        event.preventDefault();
        void run(save);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
          event.preventDefault();
          event.stopPropagation();
          void run(save);
        }
        if (event.key === 'Escape') {
          event.preventDefault();
          event.stopPropagation();
          close();
        }
      }}
    >
      <textarea
        ref={field}
        aria-label="Comment"
        placeholder="What should be different here?"
        value={text}
        rows={2}
        onChange={(event) => {
          setText(event.target.value);
          drafts.set(draftKey, event.target.value);
        }}
        className="field-sizing-content block max-h-60 min-h-14 w-full resize-none bg-transparent px-3 pt-2.5 outline-none max-phone:text-[16px]"
      />
      {error && <Problem className="mx-2 mb-2">{error}</Problem>}
      <div className="flex flex-wrap items-center gap-1.5 p-2">
        <Chip>{placeWords(place)}</Chip>
        <span className="flex-1" />
        <Button look="ghost" size="sm" keys="Escape" className="max-phone:h-11" onClick={close}>
          Cancel
        </Button>
        {sendNow && (
          <Button
            size="sm"
            disabled={busy || !text.trim()}
            className="max-phone:h-11"
            onClick={() => void run(sendNow)}
          >
            Send now
          </Button>
        )}
        <Button
          type="submit"
          look="primary"
          size="sm"
          keys="mod+Enter"
          disabled={busy || !text.trim()}
          className="max-phone:h-11"
        >
          {saveWord}
        </Button>
      </div>
    </form>
  );
}

/** A comment under its lines: one that waits to be sent can be changed and taken away. */
export function CommentCard({
  comment,
  moved,
  marked,
  editing,
  mayChange,
  drafts,
  onEdit,
  onRemove,
  onSend,
  save,
  onClose,
}: {
  comment: Comment;
  /** What it is about is gone. */
  moved: boolean;
  marked: boolean;
  editing: boolean;
  mayChange: boolean;
  drafts: Drafts;
  onEdit: () => void;
  onRemove: () => void;
  onSend: () => void;
  save: (text: string) => Promise<string | null>;
  onClose: () => void;
}) {
  const draft = comment.state === 'draft';
  if (editing) {
    return (
      <CommentForm
        place={comment}
        text={comment.text}
        drafts={drafts}
        draftKey={comment.id}
        save={save}
        saveWord="Save"
        onClose={onClose}
      />
    );
  }
  return (
    <article
      aria-label={`Comment on ${placeWords(comment)}`}
      className={cx(
        'rounded-3 bg-surface px-3 py-2 font-sans text-base ring-1 ring-inset',
        marked ? 'ring-accent' : 'ring-hair-strong',
      )}
    >
      <header className="flex h-5 items-center gap-2 text-sm text-ink-3">
        <MessageSquare size={13} aria-hidden className="shrink-0" />
        <span className="min-w-0 flex-1 truncate">
          {draft ? 'to send' : <>sent {comment.sentAt && <Since at={comment.sentAt} after="ago" />}</>},{' '}
          {placeWords(comment)}
        </span>
        {draft && mayChange && (
          <>
            <Button look="ghost" size="xs" icon={Send} aria-label="Send this comment now" onClick={onSend} />
            <Button look="ghost" size="xs" icon={Pencil} aria-label="Change this comment" onClick={onEdit} />
            <Button look="ghost" size="xs" icon={Trash2} aria-label="Remove this comment" onClick={onRemove} />
          </>
        )}
      </header>
      {moved && comment.quote && (
        <pre className="mt-1 max-h-24 overflow-auto rounded-2 bg-well px-2 py-1 text-xs text-ink-3">
          {comment.quote}
        </pre>
      )}
      {moved && <p className="mt-1 text-xs text-ink-3">These lines are not in this comparison any more.</p>}
      <p className="mt-1 whitespace-pre-wrap wrap-anywhere">{comment.text}</p>
    </article>
  );
}
