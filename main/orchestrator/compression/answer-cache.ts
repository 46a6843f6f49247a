import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { AnswerCache } from '../../../shared/compression.ts';
import { type Database, openDatabase } from '../database/database.ts';

/** Answers by what was asked; the parts of the key are taken together. */
export interface AnswerStore {
  get(key: readonly string[]): string | undefined;
  put(key: readonly string[], answer: string): void;
}

export type AnswerCacheStore = ReturnType<typeof createAnswerCache>;

const memoryBytes = 8 * 1024 * 1024;

/**
 * Answers of models, in memory and in a file of their own: the part of a session that was read once is not read again when the
 * session has grown. The file can be deleted at any time; it is in no backup. Over its limit what was not used for longest goes.
 */
export function createAnswerCache(deps: { file: string; limitMib: () => number; now: () => number }) {
  const memory = new LRUCache<string, string>({
    maxSize: memoryBytes,
    sizeCalculation: (answer, hash) => Math.max(1, Buffer.byteLength(answer) + hash.length),
  });
  let opened: Database | undefined;
  let hits = 0;
  let misses = 0;

  /** Opened with the first question, so that a start does not wait for it. */
  function database(): Database {
    if (opened) return opened;
    opened = openDatabase(deps.file, { durable: false });
    opened.exec(`
      CREATE TABLE IF NOT EXISTS answers (
        hash TEXT PRIMARY KEY,
        answer TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        used_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS answers_by_use ON answers (used_at);
    `);
    return opened;
  }

  function kept(): { entries: number; sizeBytes: number } {
    return (
      database().get<{ entries: number; sizeBytes: number }>(
        'SELECT count(*) AS entries, coalesce(sum(size_bytes), 0) AS sizeBytes FROM answers',
      ) ?? { entries: 0, sizeBytes: 0 }
    );
  }

  const limitBytes = (): number => deps.limitMib() * 1024 * 1024;

  function shrink(): void {
    let { sizeBytes } = kept();
    while (sizeBytes > limitBytes()) {
      const oldest = database().all<{ hash: string; size: number }>(
        'SELECT hash, size_bytes AS size FROM answers ORDER BY used_at, hash LIMIT 50',
      );
      if (oldest.length === 0) return;
      for (const { hash, size } of oldest) {
        if (sizeBytes <= limitBytes()) return;
        database().run('DELETE FROM answers WHERE hash = ?', hash);
        memory.delete(hash);
        sizeBytes -= size;
      }
    }
  }

  function view(): AnswerCache {
    const asked = hits + misses;
    return {
      ...kept(),
      limitBytes: limitBytes(),
      memoryEntries: memory.size,
      memoryBytes: memory.calculatedSize,
      hits,
      misses,
      hitRate: asked > 0 ? hits / asked : null,
    };
  }

  return {
    get(key: readonly string[]): string | undefined {
      const hash = hashOf(key);
      let answer = memory.get(hash);
      if (answer === undefined) {
        answer = database().get<{ answer: string }>('SELECT answer FROM answers WHERE hash = ?', hash)?.answer;
        if (answer !== undefined) memory.set(hash, answer);
      }
      if (answer === undefined) {
        misses += 1;
        return undefined;
      }
      hits += 1;
      database().run('UPDATE answers SET used_at = ? WHERE hash = ?', deps.now(), hash);
      return answer;
    },
    put(key: readonly string[], answer: string): void {
      if (limitBytes() === 0) return;
      const hash = hashOf(key);
      memory.set(hash, answer);
      database().run(
        'INSERT OR REPLACE INTO answers (hash, answer, size_bytes, used_at) VALUES (?, ?, ?, ?)',
        hash,
        answer,
        Buffer.byteLength(answer) + hash.length,
        deps.now(),
      );
      shrink();
    },
    view,
    clear(): AnswerCache {
      memory.clear();
      database().run('DELETE FROM answers');
      database().exec('VACUUM');
      hits = 0;
      misses = 0;
      return view();
    },
    close(): void {
      opened?.close();
      opened = undefined;
    },
  };
}

function hashOf(key: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(key)).digest('base64url');
}
