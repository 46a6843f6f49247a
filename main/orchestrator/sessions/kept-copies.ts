import { linkSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Below the data folder, laid out as Claude's own: transcripts as they are, for when Claude deletes them. */
export const keptFolder = 'kept';

/**
 * Keeps a transcript beyond its deletion by a second name for the same file: that takes no space as long as Claude has it,
 * and grows with it. It blocks: only the index thread and tests may use it.
 */
export function keepCopy(input: { path: string; folder: string; keep: string }): void {
  const copy = join(input.keep, input.path.slice(input.folder.length));
  try {
    if (statSync(copy, { throwIfNoEntry: false })?.ino === statSync(input.path).ino) return;
    mkdirSync(dirname(copy), { recursive: true });
    // It was written anew, and the name stands for what it was before.
    rmSync(copy, { force: true });
    linkSync(input.path, copy);
  } catch {
    // Another disk, a file system without links, or the file is gone already: then only the index keeps what was said.
  }
}
