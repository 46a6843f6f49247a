import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import BetterSqlite3 from 'better-sqlite3';
import type { Backup, BackupState } from '../../shared/backups.ts';
import type { Settings } from '../../shared/settings.ts';
import { fillDataFolder } from '../bench/stored-data.ts';
import { type Room, startRoom } from '../room.ts';
import type { CrashCheck } from './check.ts';

interface BackupCounts {
  /** Backups that were answered, and those of rounds in which the program was killed in the middle. */
  finished: number;
  cut: number;
  /** Files that were opened and held against what was written, and those that were restored by the program itself. */
  compared: number;
  restored: number;
  /** Offered although nobody waited for the answer any more: whole all the same. */
  offeredUnanswered: number;
  wrong: string[];
}

/** So large that a backup takes a while, in workers of some messages. */
const stored = { workers: 40, messagesEach: 600 };
/** Each so many rounds the program restores one itself. */
const restoreEach = 10;

/** What is written again and again, in one transaction: four settings that belong together. */
const valuesOf = (number: number): Partial<Settings> => ({
  branchPrefix: `n${number}/`,
  warnPercent: (number % 100) + 1,
  stallSeconds: 30 + (number % 80_000),
  lateSeconds: 10 + (number % 80_000),
});

/**
 * Backups while somebody writes (E4): each is opened and has to be a state that existed between its request and its answer, one of
 * `restoreEach` is restored by the program; in `cut` of the rounds the program is killed in the middle, and what it leaves must be
 * offered to nobody. Needs the built program. `part` gives numbers from 0 to 1.
 */
async function backupsUnderLoad(input: { rounds: number; cut: number; part: () => number }): Promise<BackupCounts> {
  const counts: BackupCounts = { finished: 0, cut: 0, compared: 0, restored: 0, offeredUnanswered: 0, wrong: [] };
  const folder = await mkdtemp(join(tmpdir(), 'control-room-backups-'));
  const room = await startRoom();
  try {
    await room.restart(() => fillDataFolder(room.dataDir, stored));
    let written = 0;
    let acknowledged = 0;
    let usualMs = 1000;
    const cutEach = input.cut > 0 ? Math.max(1, Math.floor(input.rounds / input.cut)) : 0;
    for (let round = 1; round <= input.rounds; round += 1) {
      let ended = false;
      const writing = (async () => {
        while (!ended) {
          written += 1;
          await room.call('PATCH', '/api/settings', valuesOf(written));
          acknowledged = written;
        }
      })();
      const from = acknowledged;
      const isCut = cutEach > 0 && round % cutEach === 0 && counts.cut < input.cut;
      const startedAt = performance.now();
      const asked = room.call<Backup>('POST', '/api/backup', { type: 'load', description: `round ${round}` });
      if (isCut) {
        asked.catch(() => undefined);
        writing.catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, input.part() * usualMs));
        room.program().kill('SIGKILL');
        await room.ended();
        ended = true;
        await writing.catch(() => undefined);
        await room.restart();
        counts.cut += 1;
        await checkOffered(round, from, written);
        continue;
      }
      const backup = await asked;
      usualMs = performance.now() - startedAt;
      ended = true;
      await writing;
      counts.finished += 1;
      const number = await compare(backup, from, written);
      if (counts.finished % restoreEach === 1 && number !== null) await restore(backup, number);
    }

    /** After a kill: what is offered is whole, and nothing half made is left. */
    async function checkOffered(round: number, from: number, to: number): Promise<void> {
      const { items } = await room.call<{ items: Backup[] }>('GET', '/api/backup');
      const unanswered = items.find(({ description }) => description === `round ${round}`);
      if (unanswered) {
        counts.offeredUnanswered += 1;
        await compare(unanswered, from, to);
      }
      const left = (await readdir(join(room.dataDir, 'backups'))).filter((name) => name.includes('.unfinished'));
      if (left.length > 0) counts.wrong.push(`round ${round}: ${left.join(', ')} was left and not swept`);
    }

    /** Opens a backup and holds it against what was written meanwhile; gives the number it holds. */
    async function compare(backup: Backup, from: number, to: number): Promise<number | null> {
      const file = join(folder, 'opened.db');
      try {
        const packed = createReadStream(join(room.dataDir, 'backups', backup.backup_filename));
        await pipeline(packed, createGunzip(), createWriteStream(file));
        const problem = problemOf(file, from, to);
        counts.compared += 1;
        if (typeof problem === 'number') return problem;
        counts.wrong.push(`${backup.description}: ${problem}`);
      } catch (error) {
        counts.wrong.push(`${backup.description}: ${String(error)}`);
      } finally {
        await rm(file, { force: true });
      }
      return null;
    }

    async function restore(backup: Backup, number: number): Promise<void> {
      const before = await room.call<BackupState>('GET', '/api/backup/state');
      await room.call('POST', '/api/backup/restore', { backup_filename: backup.backup_filename, confirm: true });
      await untilRestored(room, before.lastRestore?.at ?? 0);
      const { values } = await room.call<{ values: Settings }>('GET', '/api/settings');
      counts.restored += 1;
      if (values.branchPrefix !== `n${number}/`)
        counts.wrong.push(`${backup.description}: restored ${values.branchPrefix} instead of n${number}/`);
    }
    return counts;
  } finally {
    await room.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** E4: a hundred backups while somebody writes, twenty of them cut off by a kill. */
export const backups: CrashCheck = async ({ rounds, random }) => {
  const count = rounds({ full: 100, short: 5 });
  const { wrong, ...counts } = await backupsUnderLoad({
    rounds: count,
    cut: Math.max(1, Math.floor(count / 5)),
    part: () => random.number(1000) / 1000,
  });
  return {
    made: `${count} backups beside writes, ${counts.cut} cut off`,
    seen: `${counts.finished} finished, ${counts.compared} opened and compared, ${counts.offeredUnanswered} of them whole before the cut, ${counts.restored} restored`,
    wrong,
  };
};

/** It starts again in its place: until then it does not answer, or tells of the restore before. */
async function untilRestored(room: Room, before: number): Promise<void> {
  for (const until = Date.now() + 60_000; Date.now() < until; ) {
    const state = await room.call<BackupState>('GET', '/api/backup/state').catch(() => undefined);
    if (state?.lastRestore && state.lastRestore.at > before && state.staged === null) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the restore is not done within a minute');
}

/** The number that a database holds where it is whole and of a moment that was, or what is wrong with it. */
function problemOf(file: string, from: number, to: number): number | string {
  const database = new BetterSqlite3(file, { readonly: true });
  try {
    const whole = database.pragma('integrity_check', { simple: true });
    if (whole !== 'ok') return `not whole: ${String(whole)}`;
    const rows = database.prepare('SELECT name, value FROM settings').all() as { name: string; value: string }[];
    const found = Object.fromEntries(rows.map(({ name, value }) => [name, JSON.parse(value) as unknown]));
    const number = Number(/^n(\d+)\/$/.exec(String(found.branchPrefix ?? 'n0/'))?.[1] ?? Number.NaN);
    if (!(number >= from && number <= to)) return `holds ${number}, written were ${from} to ${to} meanwhile`;
    for (const [name, value] of Object.entries(number === 0 ? {} : valuesOf(number)))
      if (found[name] !== value) return `${name} is ${String(found[name])} beside number ${number}`;
    const told = database
      .prepare("SELECT body FROM events WHERE body ->> '$.type' = 'settings.changed' ORDER BY seq DESC LIMIT 1")
      .get() as { body: string } | undefined;
    const event = told && (JSON.parse(told.body) as { settings: { values: Settings } }).settings.values.branchPrefix;
    if (event !== undefined && event !== found.branchPrefix) return `the event says ${event}, the row n${number}/`;
    const messages = database.prepare('SELECT count(*) AS count FROM messages').get() as { count: number };
    if (messages.count !== stored.workers * stored.messagesEach) return `${messages.count} messages`;
    return number;
  } finally {
    database.close();
  }
}
