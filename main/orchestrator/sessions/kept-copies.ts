import {
  closeSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Below the data folder, laid out as Claude's own: transcripts as they are, for when Claude deletes them. */
export const keptFolder = 'kept';

/** So much before the end of a copy has to be the same in the transcript for the rest to be added to it, in bytes. */
const comparedBytes = 4096;
const readBytes = 1024 * 1024;

/** Refusals of a second name for a file: it would be on another disk, or there is no such thing, or there are too many. */
const noLink = new Set(['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Where a transcript below one of Claude's folders is kept. */
export function keptPath({ path, folder, keep }: { path: string; folder: string; keep: string }): string {
  return join(keep, path.slice(folder.length));
}

/**
 * Keeps a transcript beyond its deletion by a second name for the same file: that takes no space as long as Claude has it,
 * and grows with it. Where there can be none, as on another disk, it is a copy, which is brought up to date with each call.
 * It blocks: only the index thread and tests may use it.
 */
export function keepCopy(input: { path: string; folder: string; keep: string }, link = linkSync): void {
  const copy = keptPath(input);
  try {
    const source = statSync(input.path);
    const known = statSync(copy, { throwIfNoEntry: false });
    if (known?.ino === source.ino && known.dev === source.dev) return;
    if (known && known.size === source.size && known.mtimeMs >= source.mtimeMs) return;
    mkdirSync(dirname(copy), { recursive: true });
    const fresh = `${copy}.new`;
    rmSync(fresh, { force: true });
    try {
      link(input.path, fresh);
    } catch (error) {
      if (!noLink.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      if (known && grown(input.path, source, copy, known)) return;
      copyFileSync(input.path, fresh);
    }
    // What the name stood for, if it did, is the transcript before it was written anew.
    renameSync(fresh, copy);
  } catch {
    // No room on the disk, or the file is gone already: then only the index keeps what was said.
  }
}

/** Adds what a transcript has more than its copy; false when the copy is not its beginning. */
function grown(path: string, source: Stats, copy: string, known: Stats): boolean {
  if (known.size === 0 || known.size > source.size) return false;
  const from = openSync(path, 'r');
  const to = openSync(copy, 'r+');
  try {
    const compared = Math.min(comparedBytes, known.size);
    const read = (file: number) => {
      const bytes = Buffer.alloc(compared);
      return bytes.subarray(0, readSync(file, bytes, 0, compared, known.size - compared));
    };
    if (!read(from).equals(read(to))) return false;
    const bytes = Buffer.alloc(readBytes);
    let at = known.size;
    for (let length = readSync(from, bytes, 0, readBytes, at); length > 0; ) {
      writeSync(to, bytes, 0, length, at);
      at += length;
      length = readSync(from, bytes, 0, readBytes, at);
    }
  } finally {
    closeSync(from);
    closeSync(to);
  }
  return true;
}
