import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject } from '../claude/records.ts';

/** What was read a moment ago is true enough for a list. */
const freshMs = 1000;

/** A session that a process has open now. */
export interface LiveSession {
  sessionId: string;
  pid: number;
}

/** Which sessions are open in a process, as Claude notes it in `sessions/<pid>.json`. A kill leaves such a file behind. */
export function createLiveSessions(deps: { folders: () => readonly string[]; now: () => number }) {
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<Map<string, LiveSession>> | undefined;

  async function read(): Promise<Map<string, LiveSession>> {
    const live = new Map<string, LiveSession>();
    for (const folder of deps.folders()) {
      const names = await readdir(join(folder, 'sessions')).catch(() => []);
      for (const name of names) {
        const pid = Number(/^(\d+)\.json$/.exec(name)?.[1] ?? 0);
        if (pid === 0 || !isAlive(pid)) continue;
        const record = await readFile(join(folder, 'sessions', name), 'utf8').then(parsed, () => undefined);
        if (isObject(record) && typeof record.sessionId === 'string')
          live.set(record.sessionId, { sessionId: record.sessionId, pid });
      }
    }
    return live;
  }

  return {
    /** Sessions that are open, by id; `exact` reads anew. */
    get(exact = false): Promise<Map<string, LiveSession>> {
      if (!reading || exact || deps.now() - readAt > freshMs) {
        readAt = deps.now();
        reading = read();
      }
      return reading;
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Caught in the middle of being written.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
