import { type FSWatcher, watch } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject } from '../claude/records.ts';

/** The CLI rewrites a file several times in a row; its last word counts. */
const settleMs = 400;

/**
 * Watches the CLI's own record of what its sessions do (`sessions/<pid>.json`). It is the only sign of an Esc pressed in
 * a worker's screen, which no hook reports.
 */
export function createSessionFiles(deps: {
  folder: string;
  log: { warn(details: object, message: string): void };
  onStatus: (sessionId: string, status: 'busy' | 'waiting' | 'idle') => void;
}) {
  const folder = join(deps.folder, 'sessions');
  const timers = new Map<string, NodeJS.Timeout>();
  let starting: Promise<void> | undefined;
  let watcher: FSWatcher | undefined;
  let closed = false;

  async function read(name: string): Promise<void> {
    timers.delete(name);
    const text = await readFile(join(folder, name), 'utf8').catch(() => '');
    if (!text || closed) return;
    let record: unknown;
    try {
      record = JSON.parse(text);
    } catch {
      // Caught in the middle of being written: another change follows.
      return;
    }
    if (!isObject(record) || typeof record.sessionId !== 'string') return;
    if (record.status === 'busy' || record.status === 'waiting' || record.status === 'idle')
      deps.onStatus(record.sessionId, record.status);
  }

  async function begin(): Promise<void> {
    try {
      await mkdir(folder, { recursive: true });
      if (closed) return;
      watcher = watch(folder, (_event, name) => {
        if (!name?.endsWith('.json')) return;
        clearTimeout(timers.get(name));
        timers.set(
          name,
          setTimeout(() => void read(name), settleMs),
        );
      });
      watcher.on('error', (error) => deps.log.warn({ error }, 'the sessions folder can no longer be watched'));
    } catch (error) {
      deps.log.warn(
        { error, folder },
        'the sessions folder cannot be watched; an interrupt in a terminal is seen late',
      );
      starting = undefined;
    }
  }

  return {
    /** Begins to watch, once for however many workers that start together; tries again when it could not before. */
    async start(): Promise<void> {
      if (closed) return;
      starting ??= begin();
      await starting;
    },
    close(): void {
      closed = true;
      watcher?.close();
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
