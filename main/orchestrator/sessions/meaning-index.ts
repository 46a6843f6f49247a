import { recordRoles } from '../../../shared/record-roles.ts';
import type { SearchHit } from '../../../shared/sessions.ts';
import { type Database, openDatabase } from '../database/database.ts';
import type { Filter } from './search-filter.ts';

export type MeaningIndex = ReturnType<typeof createMeaningIndex>;

/** A prompt or an answer whose meaning is not known yet. */
export interface Unread {
  sessionId: string;
  place: number;
  text: string;
}

/** A model is told so much of a text: what follows tells little of what it is about, and models cut it anyway. */
const longestText = 2000;
/** Shorter ones ("yes", "go on") are near to everything. */
const shortestText = 20;
/** Less likeness than this is none. */
const leastLikeness = 0.3;
const snippetChars = 240;

/** Where is looked. */
export interface Within extends Pick<Filter, 'role' | 'tool' | 'path' | 'from' | 'to'> {
  sessionIds: readonly string[];
}

const spoken = ['user', 'assistant'].map((role) => recordRoles.indexOf(role as 'user')).join(', ');

/**
 * The meanings of prompts and answers, as vectors of one embedding model, beside the index: in a file of their own, by session
 * and place, so that they outlive an index that is made anew. Components are kept as whole numbers from -127 to 127.
 */
export function createMeaningIndex(files: { index: string; meanings: string }) {
  let opened: { index: Database; meanings: Database } | undefined;
  /** Records up to this id were looked through. */
  let floor = 0;
  let of = '';

  function open(model: string): { index: Database; meanings: Database } {
    opened ??= { index: openDatabase(files.index, { durable: false, readonly: true }), meanings: openMeanings() };
    if (of !== model) {
      of = model;
      floor = 0;
      opened.meanings.run('DELETE FROM meanings WHERE model <> ?', model);
    }
    return opened;
  }

  function openMeanings(): Database {
    const database = openDatabase(files.meanings, { durable: false });
    database.exec(`
      CREATE TABLE IF NOT EXISTS meanings (
        session_id TEXT NOT NULL,
        place INTEGER NOT NULL,
        model TEXT NOT NULL,
        vector BLOB NOT NULL,
        PRIMARY KEY (session_id, place)
      ) STRICT, WITHOUT ROWID;
    `);
    return database;
  }

  return {
    /** The newest ones that have no vector of this model. */
    unread(model: string, most: number): Unread[] {
      const { index, meanings } = open(model);
      const found: Unread[] = [];
      const highest = index.get<{ id: number | null }>('SELECT max(id) AS id FROM records')?.id ?? 0;
      for (const row of index.iterate<Unread>(
        `SELECT sessions.session_id AS sessionId, records.place, substr(records.text, 1, ${longestText}) AS text
         FROM records JOIN sessions ON sessions.id = records.session
         WHERE records.id > ? AND role IN (${spoken}) AND agent IS NULL AND length(records.text) >= ${shortestText}
         ORDER BY records.id DESC`,
        floor,
      )) {
        const known = meanings.get(
          'SELECT 1 FROM meanings WHERE session_id = ? AND place = ?',
          row.sessionId,
          row.place,
        );
        if (!known) found.push(row);
        if (found.length === most) return found;
      }
      if (found.length === 0) floor = highest;
      return found;
    },
    put(model: string, read: readonly Pick<Unread, 'sessionId' | 'place'>[], vectors: readonly number[][]): void {
      const { meanings } = open(model);
      meanings.transaction(() => {
        read.forEach(({ sessionId, place }, at) => {
          meanings.run(
            'INSERT OR REPLACE INTO meanings (session_id, place, model, vector) VALUES (?, ?, ?, ?)',
            sessionId,
            place,
            model,
            new Uint8Array(unit(vectors[at] ?? []).buffer),
          );
        });
      });
    },
    known(model: string): number {
      const { meanings } = open(model);
      return meanings.get<{ count: number }>('SELECT count(*) AS count FROM meanings')?.count ?? 0;
    },
    /** Those nearest to a vector, of those that may answer; each session gives at most three. */
    nearest(
      model: string,
      vector: readonly number[],
      most: number,
      within: Within,
    ): (Omit<SearchHit, 'title' | 'projectId' | 'workerId'> & { likeness: number })[] {
      const { index, meanings } = open(model);
      const wanted = unit(vector);
      const sessionIds = new Set(within.sessionIds);
      const ofRecord = recordTest(index, within);
      const best: { sessionId: string; place: number; likeness: number }[] = [];
      let least = leastLikeness;
      for (const row of meanings.iterate<{ sessionId: string; place: number; vector: Uint8Array }>(
        'SELECT session_id AS sessionId, place, vector FROM meanings',
      )) {
        if (!sessionIds.has(row.sessionId)) continue;
        const likeness = product(
          wanted,
          new Int8Array(row.vector.buffer, row.vector.byteOffset, row.vector.byteLength),
        );
        if (likeness < least || !ofRecord(row)) continue;
        best.push({ sessionId: row.sessionId, place: row.place, likeness });
        if (best.length < most * 20) continue;
        best.sort((a, b) => b.likeness - a.likeness);
        best.length = most * 5;
        least = best.at(-1)?.likeness ?? least;
      }
      best.sort((a, b) => b.likeness - a.likeness);
      const ofSession = new Map<string, number>();
      const hits: ReturnType<MeaningIndex['nearest']> = [];
      for (const { sessionId, place, likeness } of best) {
        if (hits.length === most) break;
        const taken = ofSession.get(sessionId) ?? 0;
        if (taken === 3) continue;
        const row = index.get<{ role: number; at: number | null; text: string }>(
          `SELECT role, at, substr(text, 1, ${snippetChars}) AS text FROM records
           WHERE session = (SELECT id FROM sessions WHERE session_id = ?) AND place = ?`,
          sessionId,
          place,
        );
        // The session is gone from the index, and its meaning says nothing any more.
        if (!row) continue;
        ofSession.set(sessionId, taken + 1);
        hits.push({
          sessionId: sessionId as SearchHit['sessionId'],
          index: place,
          role: recordRoles[row.role] ?? 'system',
          at: row.at,
          toolName: null,
          snippet: row.text.replace(/\s+/g, ' '),
          likeness,
        });
      }
      return hits;
    },
    close(): void {
      opened?.index.close();
      opened?.meanings.close();
      opened = undefined;
    },
  };
}

/** Whether a record is what a filter asks for. */
function recordTest(index: Database, { role, tool, path, from, to }: Within) {
  if ([role, tool, path, from, to].every((part) => part === undefined)) return () => true;
  return ({ sessionId, place }: { sessionId: string; place: number }): boolean =>
    index.get(
      `SELECT 1 FROM records WHERE session = (SELECT id FROM sessions WHERE session_id = ?1) AND place = ?2
         AND (?3 IS NULL OR role = ?3) AND (?4 IS NULL OR tool = ?4) AND (?5 IS NULL OR instr(path, ?5))
         AND (?6 IS NULL OR ifnull(at, 0) >= ?6) AND (?7 IS NULL OR ifnull(at, 0) <= ?7)`,
      sessionId,
      place,
      role === undefined ? null : recordRoles.indexOf(role),
      tool ?? null,
      path ?? null,
      from ?? null,
      to ?? null,
    ) !== undefined;
}

/** A vector of length one, in whole 127ths. */
function unit(vector: readonly number[]): Int8Array {
  const length = Math.hypot(...vector) || 1;
  return Int8Array.from(vector, (part) => Math.round((part / length) * 127));
}

/** The cosine of two unit vectors; of different models' vectors there is none. */
function product(a: Int8Array, b: Int8Array): number {
  if (a.length !== b.length) return -1;
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum / (127 * 127);
}
