import type { WorktreeId } from '../../shared/ids.ts';
import { readablePath } from '../../shared/repository-path.ts';
import type { ReviewFile } from '../../shared/review.ts';
import { useStore } from '../data/store.ts';
import { useAsked } from '../data/use-asked.ts';
import { imageTypeOf } from '../files/image-type.ts';
import { Button } from '../ui/button.tsx';
import { bytes } from '../ui/format.ts';

/** What is said of a file whose lines are not shown; null: they are. */
export function wordsInPlace(file: ReviewFile, asked: { large: boolean }): string | null {
  if (file.kind === 'binary') return `A binary file of ${bytes(file.sizeBytes)}: its bytes are not shown as lines.`;
  if (file.large && !asked.large) return `A large file of ${bytes(file.sizeBytes)}. It is read when you ask for it.`;
  if (file.oldId === file.newId && file.oldMode !== file.newMode)
    return `Only its mode changed: ${file.oldMode} is now ${file.newMode}.`;
  if (file.oldPath && file.oldId === file.newId)
    return `Moved from ${readablePath(file.oldPath)}; its content did not change.`;
  if (file.sizeBytes === 0 && file.additions === 0 && file.deletions === 0) return 'An empty file.';
  return null;
}

/** A file in place of its lines: a picture, what kind of file it is, or the button that reads a large one. */
export function FileInWords({
  worktreeId,
  file,
  words,
  onLarge,
}: {
  worktreeId: WorktreeId;
  file: ReviewFile;
  words: string;
  onLarge: () => void;
}) {
  const image = file.kind === 'binary' && file.newId !== null ? imageTypeOf(file.path) : undefined;
  return (
    <div className="grid min-h-0 flex-1 content-start justify-items-start gap-3 overflow-y-auto bg-term-bg p-6 text-ink-2">
      <p>{words}</p>
      {file.large && file.kind !== 'binary' && <Button onClick={onLarge}>Read it</Button>}
      {image && <Picture worktreeId={worktreeId} file={file} type={image} />}
    </div>
  );
}

/** A picture as it is in the folder now. */
function Picture({ worktreeId, file, type }: { worktreeId: WorktreeId; file: ReviewFile; type: string }) {
  const folder = useStore((state) => state.rows.worktrees[worktreeId]?.path);
  const { value, error } = useAsked(folder ? `${folder}/${file.path}` : null, `${file.newId}`, (client, signal) =>
    client.files.content({ path: `${folder}/${file.path}` }, { signal }),
  );
  if (error) return <p className="text-sm text-ink-3">{error}</p>;
  if (value?.encoding !== 'base64') return null;
  return (
    <figure className="grid gap-2">
      <img
        src={`data:${type};base64,${value.content}`}
        alt={readablePath(file.path)}
        className="max-h-[60vh] max-w-full rounded-2 bg-surface ring-1 ring-hair"
      />
      <figcaption className="text-xs text-ink-3">as it is in the folder now</figcaption>
    </figure>
  );
}
