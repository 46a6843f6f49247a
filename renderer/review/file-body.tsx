import type { ReactNode } from 'react';
import type { WorktreeId } from '../../shared/ids.ts';
import { readablePath } from '../../shared/repository-path.ts';
import type { ReviewFile } from '../../shared/review.ts';
import { useCommand } from '../app/commands.ts';
import { imageTypeOf } from '../files/image-type.ts';
import { Button } from '../ui/button.tsx';
import { bytes } from '../ui/format.ts';
import { PictureCompare } from './picture-compare.tsx';

/** What is said of a file whose lines are not shown; null: they are. */
export function wordsInPlace(file: ReviewFile, asked: { large: boolean }): string | null {
  if (file.oldPath && file.oldId === file.newId)
    return `Moved from ${readablePath(file.oldPath)}; its content did not change.`;
  if (file.kind === 'binary') {
    const what = imageTypeOf(file.path) ? 'A picture' : 'A binary file';
    const rest = imageTypeOf(file.path) ? '' : ' Its bytes are not shown as lines.';
    if (file.newId === null) return `${what} of ${bytes(file.sizeBytes)}, deleted.${rest}`;
    return `${what} of ${bytes(file.sizeBytes)}, ${file.oldId === null ? 'added' : 'changed'}.${rest}`;
  }
  if (file.large && !asked.large) return `A large file of ${bytes(file.sizeBytes)}. It is read when you ask for it.`;
  if (file.oldId === file.newId && file.oldMode !== file.newMode)
    return `Only its mode changed: ${file.oldMode} is now ${file.newMode}.`;
  if (file.sizeBytes === 0 && file.additions === 0 && file.deletions === 0) return 'An empty file.';
  return null;
}

/** A file in place of its lines: pictures, what kind of file it is, or the button that reads a large one. */
export function FileInWords({
  worktreeId,
  file,
  words,
  mayComment,
  onLarge,
  onComment,
  children,
}: {
  worktreeId: WorktreeId;
  file: ReviewFile;
  words: string;
  mayComment: boolean;
  onLarge: () => void;
  onComment: () => void;
  /** What was said of it. */
  children: ReactNode;
}) {
  const image = file.kind === 'binary' ? imageTypeOf(file.path) : undefined;
  useCommand('review.comment', onComment, mayComment);
  return (
    <div className="grid min-h-0 flex-1 content-start justify-items-start gap-4 overflow-y-auto bg-term-bg p-6 text-ink-2 max-phone:p-4">
      {!image && <p>{words}</p>}
      {file.large && file.kind !== 'binary' && (
        <Button className="max-phone:h-11" onClick={onLarge}>
          Read it
        </Button>
      )}
      {image && <PictureCompare key={`pictures ${file.path}`} id={worktreeId} file={file} type={image} />}
      {children}
    </div>
  );
}
