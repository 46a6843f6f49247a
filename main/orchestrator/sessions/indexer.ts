import { type Dirent, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { idPattern } from '../../../shared/id-pattern.ts';
import type { IndexState } from '../../../shared/sessions.ts';
import { isObject } from '../claude/records.ts';
import { type Database, sqliteCode } from '../database/database.ts';
import { createHeap } from './heap.ts';
import { createIndexWriter } from './index-writer.ts';
import { keepCopy, keptPath } from './kept-copies.ts';
import { readLine, type TranscriptLine } from './read-line.ts';
import { createTranscriptCursor, type FileLine } from './transcript-cursor.ts';

/**
 * How long lines are taken in before they are committed. What is written now is to be found at once; of what was written
 * before there is more than this many bytes to read, and each commit costs.
 */
const batchMs = 50;
const longBatchMs = 400;
const backlogBytes = 4 * 1024 * 1024;

/** Files whose bytes are read ahead at once. */
const openCursors = 64;

/** A transcript with bytes that were not read yet. */
interface Source {
  path: string;
  session: number;
  agent: string | null;
  born: number;
  size: number;
  offset: number;
  /** The newest time it has told so far. */
  clock: number;
  cursor: ReturnType<typeof createTranscriptCursor>;
  next: { file: FileLine; line: TranscriptLine | undefined; at: number } | undefined;
}

interface FileRow {
  path: string;
  session: number;
  agent: string | null;
  identity: string;
  born: number;
  size: number;
  offset: number;
  lastAt: number;
  gone: number;
}

const selectFile =
  'SELECT path, session, agent, identity, born, size, offset, last_at AS lastAt, gone FROM files WHERE path = ?';

/**
 * Reads the transcripts below Claude's folders into the index, all of them in the order of time, so that a record's id tells
 * how new it is. Rows and offsets move in one transaction. It blocks: only the index thread and tests may use it.
 */
export function createIndexer(deps: {
  database: Database;
  folders: readonly string[];
  now: () => number;
  /** Where transcripts are kept beyond their deletion; null: nowhere. */
  keep?: () => string | null;
}) {
  const { database, folders, now } = deps;
  const keep = deps.keep ?? (() => null);
  let writer = createIndexWriter(database);
  const sources = new Map<string, Source>();
  const heap = createHeap<Source>((a, b) => {
    const order = (a.next?.at ?? 0) - (b.next?.at ?? 0) || a.born - b.born;
    return order !== 0 ? order < 0 : a.path < b.path;
  });
  let open: Source[] = [];

  const count = (sql: string) => database.get<{ count: number | null }>(sql)?.count ?? 0;
  const totals = () => ({
    filesTotal: count('SELECT count(*) AS count FROM files WHERE gone = 0'),
    filesDone: count('SELECT count(*) AS count FROM files WHERE gone = 0 AND offset >= size'),
    bytesTotal: count('SELECT sum(size) AS count FROM files WHERE gone = 0'),
    bytesDone: count('SELECT sum(min(offset, size)) AS count FROM files WHERE gone = 0'),
    sessions: count('SELECT count(*) AS count FROM sessions'),
    records: count('SELECT max(id) AS count FROM records'),
    skippedLines: count('SELECT sum(skipped) AS count FROM sessions'),
  });

  /** Reads the next line ahead. */
  function advance(source: Source): boolean {
    const file = source.cursor.next();
    if (!file) {
      source.next = undefined;
      return false;
    }
    const line = file.text === null ? undefined : readLine(file.text);
    source.next = { file, line, at: Math.max(source.clock, line?.at ?? 0) };
    return true;
  }

  function keepOpen(source: Source): void {
    if (open.includes(source)) return;
    open.push(source);
    if (open.length <= openCursors) return;
    for (const other of open.splice(0, open.length - openCursors))
      other.cursor.release(other.next?.file.end ?? other.offset);
  }

  /** Notes a file as it is now, and that there is something to read in it. */
  function noteFile(folder: string, path: string, session: string, agent: string | null): void {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat?.isFile()) return;
    const identity = `${stat.ino}`;
    let row = database.get<FileRow>(selectFile, path);
    if (!row && hasCopy(folder, session, agent)) return;
    if (row && (row.identity !== identity || stat.size < row.offset)) {
      forget(row.session);
      row = database.get<FileRow>(selectFile, path);
    }
    if (!row) {
      const number = writer.sessionNumber(session);
      const born = Math.trunc(stat.birthtimeMs);
      row = { path, session: number, agent, identity, born, size: stat.size, offset: 0, lastAt: 0, gone: 0 };
      database.run(
        'INSERT INTO files (path, folder, session, agent, identity, born, size, offset, last_at, gone) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0)',
        path,
        folder,
        number,
        agent,
        identity,
        born,
        stat.size,
      );
    } else if (row.size !== stat.size || row.gone === 1 || row.identity !== identity) {
      database.run('UPDATE files SET size = ?, identity = ?, gone = 0 WHERE path = ?', stat.size, identity, path);
    }
    writer.setGone(row.session, folder === keep());
    if (agent !== null) readAgent(path, row.session, agent);
    if (row.offset >= stat.size) return;
    const source = sources.get(path);
    if (source) {
      source.size = stat.size;
      if (!source.next && advance(source)) heap.push(source);
      return;
    }
    const fresh: Source = {
      path,
      session: row.session,
      agent,
      born: row.born,
      size: stat.size,
      offset: row.offset,
      clock: row.lastAt,
      cursor: createTranscriptCursor(path, row.offset),
      next: undefined,
    };
    if (!advance(fresh)) return;
    sources.set(path, fresh);
    heap.push(fresh);
    keepOpen(fresh);
  }

  /**
   * Whether another folder has this transcript already: it would be there twice. A copy of one that is gone takes its place.
   */
  function hasCopy(folder: string, session: string, agent: string | null): boolean {
    const others = database.all<{ folder: string; gone: number; session: number }>(
      `SELECT folder, gone, session FROM files
       WHERE session = (SELECT id FROM sessions WHERE session_id = ?) AND agent IS ? AND folder <> ?`,
      session,
      agent,
      folder,
    );
    if (others.some((other) => other.gone === 0 && other.folder !== keep())) return true;
    const [gone] = others;
    if (gone && agent === null) {
      database.run('DELETE FROM files WHERE session = ? AND (gone = 1 OR folder = ?)', gone.session, keep() ?? '');
      forget(gone.session);
    }
    return false;
  }

  /** What the CLI notes beside a sub-agent's transcript (2.1.329): the tool call that started it. */
  function readAgent(path: string, session: number, agent: string): void {
    let toolUseId: string | null = null;
    try {
      const meta: unknown = JSON.parse(readFileSync(path.replace(/\.jsonl$/, '.meta.json'), 'utf8'));
      if (isObject(meta) && typeof meta.toolUseId === 'string') toolUseId = meta.toolUseId.slice(0, 200);
    } catch {
      // Not there in older versions: the result of the tool call names the sub-agent.
    }
    writer.linkAgent(session, agent, toolUseId);
  }

  function forget(session: number): void {
    writer.forget(session);
    for (const source of [...sources.values()]) {
      if (source.session === session) leave(source);
    }
    for (const { path, folder } of database.all<{ path: string; folder: string }>(
      'SELECT path, folder FROM files WHERE session = ?',
      session,
    )) {
      // Its identity is unknown until it is looked at again, which happens at once.
      const stat = statSync(path, { throwIfNoEntry: false });
      database.run(
        'UPDATE files SET identity = ?, size = ? WHERE path = ?',
        stat ? `${stat.ino}` : '',
        stat?.size ?? 0,
        path,
      );
      const place = placeOf(path);
      if (stat && place) noteFile(folder, path, place.session, place.agent);
    }
  }

  function noteGone(path: string): void {
    const row = database.get<FileRow>(selectFile, path);
    if (!row || row.gone === 1) return;
    database.run('UPDATE files SET gone = 1 WHERE path = ?', path);
    if (
      count(`SELECT count(*) AS count FROM files WHERE session = ${row.session} AND agent IS NULL AND gone = 0`) === 0
    )
      writer.setGone(row.session, true);
  }

  /** Reads what is kept of deleted transcripts where the index does not have it (any more). */
  function noteKept(seen: Set<string>): void {
    const folder = keep();
    if (folder === null) return;
    const unknown = new Set<string>();
    for (const path of transcriptPaths(join(folder, 'projects'))) {
      const place = placeOf(path);
      if (!place) continue;
      const rows = database.all<{ folder: string }>(
        'SELECT folder FROM files WHERE session = (SELECT id FROM sessions WHERE session_id = ?)',
        place.session,
      );
      if (rows.length === 0) unknown.add(place.session);
      else if (!unknown.has(place.session) && !rows.every((row) => row.folder === folder)) continue;
      seen.add(path);
      noteFile(folder, path, place.session, place.agent);
    }
  }

  /** Leaves a session out of the index, and its files unread. */
  function drop(session: number): void {
    writer.purge(session);
    for (const source of [...sources.values()]) if (source.session === session) leave(source);
  }

  function leave(source: Source): void {
    sources.delete(source.path);
    heap.remove(source);
    open = open.filter((other) => other !== source);
  }

  function backlog(): number {
    let bytes = 0;
    for (const { size, offset } of sources.values()) bytes += size - offset;
    return bytes;
  }

  function guarded<T>(work: () => T): T {
    try {
      return database.transaction(work);
    } catch (error) {
      // What is remembered of the rows may not be true any more.
      writer = createIndexWriter(database);
      sources.clear();
      heap.clear();
      open = [];
      throw error;
    }
  }

  return {
    /** Looks at all files: new, grown, rewritten and deleted ones. */
    scan(): void {
      guarded(() => {
        const seen = new Set<string>();
        for (const folder of folders) {
          for (const path of transcriptPaths(join(folder, 'projects'))) {
            const place = placeOf(path);
            if (!place || seen.has(path)) continue;
            seen.add(path);
            noteFile(folder, path, place.session, place.agent);
            const kept = keep();
            if (kept !== null) keepCopy({ path, folder, keep: kept });
          }
        }
        noteKept(seen);
        for (const { folder, session } of database.all<{ folder: string; session: number }>(
          'SELECT DISTINCT folder, session FROM files',
        ))
          if (!folders.includes(folder) && folder !== keep()) drop(session);
        for (const { path } of database.all<{ path: string }>('SELECT path FROM files WHERE gone = 0'))
          if (!seen.has(path)) noteGone(path);
        writer.settle();
      });
    },
    /** Looks at some files that have changed. */
    look(paths: Iterable<string>): void {
      guarded(() => {
        for (const path of paths) {
          const place = placeOf(path);
          const folder = folders.find((candidate) => path.startsWith(join(candidate, 'projects') + sep));
          if (!place || folder === undefined) continue;
          if (statSync(path, { throwIfNoEntry: false })) {
            noteFile(folder, path, place.session, place.agent);
            const kept = keep();
            if (kept !== null) keepCopy({ path, folder, keep: kept });
          } else noteGone(path);
        }
        writer.settle();
      });
    },
    /** Removes the texts of sessions for good; their files are gone already. */
    purge(sessionIds: readonly string[]): void {
      guarded(() => {
        for (const sessionId of sessionIds) {
          const session = database.get<{ id: number }>('SELECT id FROM sessions WHERE session_id = ?', sessionId)?.id;
          if (session !== undefined) drop(session);
        }
        writer.settle();
      });
    },
    /**
     * Removes the texts of sessions whose files are gone, and what is kept of those; with `before` only where nothing was said
     * since then (epoch milliseconds), which is known when everything is read.
     */
    purgeGone(before: number | null = null): void {
      guarded(() => {
        const kept = keep();
        for (const { session, id } of database.all<{ session: number; id: string }>(
          `SELECT id AS session, session_id AS id FROM sessions
           WHERE id IN (SELECT session FROM files WHERE gone = 1 OR folder = ?1)
             AND id NOT IN (SELECT session FROM files WHERE gone = 0 AND agent IS NULL AND folder <> ?1)
             AND (?2 IS NULL OR (facts <> '' AND facts ->> '$.lastAt' < ?2))`,
          kept ?? '',
          before,
        )) {
          if (kept !== null)
            for (const { path, folder } of database.all<{ path: string; folder: string }>(
              'SELECT path, folder FROM files WHERE session = ? AND agent IS NULL',
              session,
            )) {
              const copy = folder === kept ? path : keptPath({ path, folder, keep: kept });
              rmSync(copy, { force: true });
              rmSync(join(dirname(copy), id), { recursive: true, force: true });
            }
          drop(session);
        }
        writer.settle();
      });
    },
    /** Takes in lines for one batch and commits them; true while there are more. */
    step(): boolean {
      if (heap.size() === 0) return false;
      guarded(() => {
        const until = now() + (backlog() > backlogBytes ? longBatchMs : batchMs);
        const moved = new Set<Source>();
        let source = heap.pop();
        while (source) {
          keepOpen(source);
          const following = heap.peek();
          let lines = 0;
          // Goes on in one file as long as none of the others has an older line.
          for (;;) {
            const next: Source['next'] = source.next;
            if (!next) break;
            writer.take(source, next.line, next.at);
            source.offset = next.file.end;
            source.clock = next.at;
            lines += 1;
            if (!advance(source) || (lines % 16 === 0 && now() >= until)) break;
            if (following && heap.before(following, source)) break;
          }
          moved.add(source);
          if (source.next) heap.push(source);
          else {
            sources.delete(source.path);
            open = open.filter((other) => other !== source);
          }
          if (now() >= until) break;
          source = heap.pop();
        }
        for (const { path, offset, clock } of moved)
          database.run('UPDATE files SET offset = ?, last_at = ? WHERE path = ?', offset, clock, path);
        writer.settle();
      });
      return heap.size() > 0;
    },
    state(state: IndexState['state'], problem: string | null, rebuilt: IndexState['rebuilt'] = null): IndexState {
      return { state, folders: [...folders], ...totals(), problem, rebuilt };
    },
    /** What an error of a step means to a person. */
    problemOf: (error: unknown) =>
      sqliteCode(error) === 'SQLITE_FULL'
        ? 'The disk is full: transcripts cannot be indexed. Free some space.'
        : `Transcripts cannot be indexed: ${error instanceof Error ? error.message : String(error)}`,
  };
}

/** Files below `projects/` that may be transcripts, in the same order each time. */
function transcriptPaths(projects: string): string[] {
  const paths: string[] = [];
  for (const project of entriesOf(projects)) {
    if (!project.isDirectory()) continue;
    for (const entry of entriesOf(join(projects, project.name))) {
      const path = join(projects, project.name, entry.name);
      if (entry.isFile() && entry.name.endsWith('.jsonl')) paths.push(path);
      if (!entry.isDirectory()) continue;
      for (const agent of entriesOf(join(path, 'subagents')))
        if (agent.isFile() && agent.name.endsWith('.jsonl')) paths.push(join(path, 'subagents', agent.name));
    }
  }
  return paths.sort();
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // Not there (yet), or deleted meanwhile.
    return [];
  }
}

/** The session, and sub-agent, that a transcript's path names; undefined for another file. */
function placeOf(path: string): { session: string; agent: string | null } | undefined {
  if (!path.endsWith('.jsonl')) return undefined;
  const name = basename(path, '.jsonl');
  const inSubagents = basename(dirname(path)) === 'subagents';
  const session = inSubagents ? basename(dirname(dirname(path))) : name;
  if (!idPattern.test(session)) return undefined;
  return { session, agent: inSubagents ? name.replace(/^agent-/, '') : null };
}
