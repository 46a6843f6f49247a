import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import { removedFileDays } from '../../../shared/file-limits.ts';
import { type RemovedFile, removedFileSchema } from '../../../shared/files.ts';
import { newId } from '../new-id.ts';
import { copyTree } from './copy-tree.ts';
import { kindOf } from './entries.ts';
import { holdFolder } from './held-folder.ts';
import { moveEntry } from './move-entry.ts';
import type { Place } from './roots.ts';

const dayMs = 86_400_000;
const aboutSchema = removedFileSchema.pick({ id: true, path: true, kind: true, removedAt: true }).extend({
  name: z.string(),
});

/** What was deleted, kept for two weeks in a folder of ours: each in a folder of its own, with a note of where it was. */
export function createRemovedFiles(deps: { folder: string; now: () => number }) {
  const { folder, now } = deps;
  const placeOf = (id: string): string => join(folder, id);

  async function about(id: string): Promise<z.infer<typeof aboutSchema> | undefined> {
    const text = await readFile(join(placeOf(id), 'about.json'), 'utf8').catch(() => undefined);
    const parsed = text === undefined ? undefined : aboutSchema.safeParse(JSON.parse(text));
    return parsed?.success ? parsed.data : undefined;
  }

  async function needed(id: string) {
    const found = await about(id);
    if (!found) throw new AppError('NOT_FOUND', 'That was restored already, or its two weeks are over.', { id });
    return found;
  }

  const shown = ({ id, path, kind, removedAt }: z.infer<typeof aboutSchema>): RemovedFile => ({
    id,
    path,
    kind,
    removedAt,
    endsAt: removedAt + removedFileDays * dayMs,
  });

  async function list(): Promise<RemovedFile[]> {
    const ids = await readdir(folder).catch(() => []);
    const all = await Promise.all(ids.map(about));
    return all
      .filter((one) => one !== undefined)
      .map(shown)
      .sort((a, b) => b.removedAt - a.removedAt);
  }

  async function dropOld(): Promise<void> {
    for (const { id, endsAt } of await list()) {
      if (endsAt <= now()) await rm(placeOf(id), { recursive: true, force: true });
    }
  }

  return {
    list,
    needed,
    dropOld,
    /** Takes an entry away from where it is. */
    async take(place: Place): Promise<RemovedFile> {
      await dropOld();
      const id = newId<string>('f');
      const kind = kindOf(await lstat(place.folder.at(place.name)));
      const entry = { id, path: place.path, kind, removedAt: now(), name: place.name };
      await mkdir(placeOf(id), { recursive: true, mode: 0o700 });
      // Written first: what is moved and not noted could not be found again.
      await writeFile(join(placeOf(id), 'about.json'), JSON.stringify(entry), { mode: 0o600 });
      const kept = await holdFolder(placeOf(id));
      try {
        await moveOrCopy(place.folder, place.name, kept, 'item');
      } catch (error) {
        await rm(placeOf(id), { recursive: true, force: true });
        throw error;
      } finally {
        await kept.close();
      }
      return shown(entry);
    },
    /** Puts it back to `place`; CONFLICT when something is there. */
    async giveBack(id: string, place: Place): Promise<void> {
      const kept = await holdFolder(placeOf(id));
      try {
        await moveOrCopy(kept, 'item', place.folder, place.name);
      } finally {
        await kept.close();
      }
      await rm(placeOf(id), { recursive: true, force: true });
    },
    async purge(id: string): Promise<void> {
      await needed(id);
      await rm(placeOf(id), { recursive: true, force: true });
    },
  };
}

/** Moves an entry, to another disk by copying it first. */
async function moveOrCopy(...[from, name, to, newName]: Parameters<typeof copyTree>): Promise<void> {
  try {
    await moveEntry(from, name, to, newName);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    const part = `.control-room-${newId<string>('part')}`;
    try {
      await copyTree(from, name, to, part);
      await moveEntry(to, part, to, newName);
    } catch (failed) {
      await rm(to.at(part), { recursive: true, force: true });
      throw failed;
    }
    // Out of the way under a name nobody knows, so that what is taken away is what was copied.
    const leaving = `.control-room-${newId<string>('gone')}`;
    await rename(from.at(name), from.at(leaving));
    await rm(from.at(leaving), { recursive: true, force: true });
  }
}
