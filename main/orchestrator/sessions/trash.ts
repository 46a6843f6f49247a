import { cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import type { SessionId } from '../../../shared/ids.ts';
import type { Session, Trashed } from '../../../shared/sessions.ts';
import type { Database } from '../database/database.ts';

const dayMs = 86_400_000;

interface TrashRow {
  session: Session;
  until: number;
  sizeBytes: number;
  /** Where each file or folder was, and where it is in the trash. */
  files: { from: string; to: string }[];
}

type Step = 'moving' | 'kept' | 'restoring' | 'purging';

/**
 * Deleted sessions: their files lie in the data folder until they are restored or their time is over. Each step is written
 * down before it is done, and a kill in the middle of one is gone on with at the next start.
 */
export function createSessionTrash(deps: {
  database: Database;
  /** The trash's own folder. */
  folder: string;
  /** Claude's folders. */
  folders: () => readonly string[];
  now: () => number;
  days: () => number;
  /** Removes what the index and the tables hold of a session. */
  forget: (sessionId: SessionId) => Promise<void>;
}) {
  const { database, now } = deps;

  function read(sessionId: string): (TrashRow & { deletedAt: number; step: Step }) | undefined {
    const found = database.get<{ deletedAt: number; step: Step; row: string }>(
      'SELECT deleted_at AS deletedAt, step, row FROM session_trash WHERE session_id = ?',
      sessionId,
    );
    return found && { ...(JSON.parse(found.row) as TrashRow), deletedAt: found.deletedAt, step: found.step };
  }

  function require(sessionId: string) {
    const row = read(sessionId);
    if (!row) throw new AppError('NOT_FOUND', `There is no session ${sessionId} in the trash.`, { id: sessionId });
    return row;
  }

  function setStep(sessionId: string, step: Step): void {
    database.run('UPDATE session_trash SET step = ? WHERE session_id = ?', step, sessionId);
  }

  const drop = (sessionId: string) => void database.run('DELETE FROM session_trash WHERE session_id = ?', sessionId);

  const toTrashed = (row: NonNullable<ReturnType<typeof read>>): Trashed => ({
    id: row.session.id,
    title: row.session.title,
    projectId: row.session.projectId,
    deletedAt: row.deletedAt,
    until: row.until,
    // A transcript that is kept under a second name is one file all the same.
    files: new Set(row.files.map(({ from }) => join(basename(dirname(from)), basename(from)))).size,
    sizeBytes: row.sizeBytes,
  });

  /** The transcript of a session and the folder beside it with its sub-agents, wherever they are. */
  async function filesOf(sessionId: string): Promise<string[]> {
    const found: string[] = [];
    for (const folder of deps.folders()) {
      const projects = join(folder, 'projects');
      for (const slug of await readdir(projects).catch(() => []))
        for (const name of [`${sessionId}.jsonl`, sessionId]) {
          const path = join(projects, slug, name);
          if (await stat(path).catch(() => undefined)) found.push(path);
        }
    }
    return found;
  }

  async function finish(sessionId: SessionId): Promise<void> {
    const row = read(sessionId);
    if (row?.step === 'moving') {
      for (const { from, to } of row.files) await move(from, to);
      setStep(sessionId, 'kept');
    } else if (row?.step === 'restoring') {
      for (const { from, to } of row.files) await move(to, from);
      await rm(join(deps.folder, sessionId), { recursive: true, force: true });
      drop(sessionId);
    } else if (row?.step === 'purging') {
      await rm(join(deps.folder, sessionId), { recursive: true, force: true });
      await deps.forget(sessionId);
      drop(sessionId);
    }
  }

  return {
    /** Sessions that are deleted: they are in no list. */
    ids: () => database.all<{ id: string }>('SELECT session_id AS id FROM session_trash').map(({ id }) => id),
    /** Throws for a session that is deleted. */
    refuseDeleted(sessionId: string): void {
      const row = read(sessionId);
      if (row)
        throw new AppError(
          'NOT_FOUND',
          `“${row.session.title}” was deleted. It can be restored until ${new Date(row.until).toISOString().slice(0, 10)}.`,
          { id: sessionId, until: row.until },
        );
    },
    list(): Trashed[] {
      return database
        .all<{ id: string }>('SELECT session_id AS id FROM session_trash ORDER BY deleted_at DESC, session_id')
        .flatMap(({ id }) => {
          const row = read(id);
          return row && row.step !== 'purging' ? [toTrashed(row)] : [];
        });
    },
    async remove(session: Session): Promise<Trashed> {
      const files = await filesOf(session.id);
      let sizeBytes = 0;
      const counted = new Set<number>();
      for (const path of files) sizeBytes += await sizeOf(path, counted);
      const row: TrashRow = {
        session,
        until: now() + deps.days() * dayMs,
        sizeBytes,
        files: files.map((from, place) => ({ from, to: join(deps.folder, session.id, String(place), basename(from)) })),
      };
      database.run(
        "INSERT INTO session_trash (session_id, deleted_at, step, row) VALUES (?, ?, 'moving', ?)",
        session.id,
        now(),
        JSON.stringify(row),
      );
      await finish(session.id);
      return toTrashed(require(session.id));
    },
    /** Puts the files back where they were; refuses when another one is there. */
    async restore(sessionId: SessionId): Promise<Session> {
      const row = require(sessionId);
      if (row.step === 'purging')
        throw new AppError('CONFLICT', 'Its time in the trash is over: it is being removed for good.', {
          id: sessionId,
        });
      for (const { from, to } of row.files)
        if ((await stat(to).catch(() => undefined)) && (await stat(from).catch(() => undefined)))
          throw new AppError('CONFLICT', `There is a file at ${from} again. Move it away, then restore the session.`, {
            path: from,
          });
      setStep(sessionId, 'restoring');
      await finish(sessionId);
      return { ...row.session, state: row.files.length > 0 ? 'ended' : row.session.state };
    },
    async purge(sessionId: SessionId): Promise<void> {
      require(sessionId);
      setStep(sessionId, 'purging');
      await finish(sessionId);
    },
    /** Goes on with what a kill cut off, and removes what has lain here long enough. */
    async sweep(): Promise<void> {
      for (const { id } of database.all<{ id: SessionId }>('SELECT session_id AS id FROM session_trash')) {
        const row = read(id);
        if (row?.step === 'kept' && row.until <= now()) setStep(id, 'purging');
        await finish(id);
      }
    },
  };
}

/** Moves a file or folder, also to another disk; one that was moved already is left there. */
async function move(from: string, to: string): Promise<void> {
  if (!(await stat(from).catch(() => undefined))) return;
  await mkdir(join(to, '..'), { recursive: true });
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    await cp(from, to, { recursive: true, preserveTimestamps: true });
    await rm(from, { recursive: true, force: true });
  }
}

/** Bytes of a file or folder; what has two names counts once. */
async function sizeOf(path: string, counted: Set<number>): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (!found || counted.has(found.ino)) return 0;
  counted.add(found.ino);
  if (!found.isDirectory()) return found.size;
  let size = 0;
  for (const name of await readdir(path)) size += await sizeOf(join(path, name), counted);
  return size;
}
