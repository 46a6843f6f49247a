import { existsSync, type FSWatcher, mkdirSync, readdirSync, rmSync, watch } from 'node:fs';
import { join, sep } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { IndexState } from '../../../shared/sessions.ts';
import { sqliteCode } from '../database/database.ts';
import { openIndex } from './index-tables.ts';
import { createIndexer } from './indexer.ts';

/*
 * A worker thread that keeps the index in step with the transcripts: reads what was written while nobody looked, then
 * watches. It is the only writer of the index.
 */

export interface IndexerStart {
  file: string;
  folders: string[];
  /** Whether sessions whose files are gone stay readable, and for how many days after the last word; 0: for ever. */
  keepGone: boolean;
  keepDays: number;
  /** Where their files are kept too. */
  keepFolder: string;
  /** An index was here before: a missing one is then something to tell. */
  expected: boolean;
  /** Nothing is read until somebody lets it go on. */
  paused: boolean;
}
export type IndexerRequest =
  | { type: 'pause'; paused: boolean }
  /** Other folders are to be read from now on. */
  | { type: 'folders'; folders: string[] }
  | { type: 'keep-gone'; keep: boolean; days: number }
  /** What was said in these sessions is to be removed. */
  | { type: 'purge'; sessionIds: string[]; call: number }
  | { type: 'close' };
export type IndexerReply =
  | { type: 'state'; state: IndexState }
  | { type: 'purged'; call: number; problem: string | null }
  | { type: 'closed' };

/** Changes of a file come in groups. */
const settleMs = 20;

/** State is told no more often than this. */
const stateMs = 250;

/** After a failure, such as a full disk, it is tried again this much later. */
const retryMs = 15_000;

/** How often it is looked for what was kept for long enough. */
const ageMs = 3_600_000;
const dayMs = 86_400_000;

const { file, folders, expected, ...start } = workerData as IndexerStart;
let rebuilt: IndexState['rebuilt'] = null;
const database = openIndex(file, (why) => {
  if (why !== 'missing' || expected) rebuilt = why;
});
let { keepGone, keepDays } = start;
const indexer = createIndexer({
  database,
  folders,
  now: () => performance.now(),
  keep: () => (keepGone ? start.keepFolder : null),
});
const watchers = new Map<string, FSWatcher>();
const changed = new Set<string>();
let { paused } = start;
let ageDue = true;
let rescan = true;
let problem: string | null = null;
let closed = false;
let reading = true;
let next: NodeJS.Timeout | NodeJS.Immediate | undefined;
let toldAt = 0;
let telling: NodeJS.Timeout | undefined;

function say(reply: IndexerReply): void {
  parentPort?.postMessage(reply);
}

function tellState(): void {
  telling = undefined;
  if (closed) return;
  toldAt = performance.now();
  const state = problem !== null ? 'failed' : paused ? 'paused' : reading ? 'reading' : 'up-to-date';
  say({ type: 'state', state: indexer.state(state, problem, rebuilt) });
}

function tellSoon(): void {
  telling ??= setTimeout(tellState, Math.max(0, toldAt + stateMs - performance.now()));
}

function run(): void {
  next = undefined;
  if (closed || paused) return;
  try {
    const looked = rescan || changed.size > 0;
    ageDue ||= looked;
    if (rescan) {
      rescan = false;
      indexer.scan();
    }
    if (changed.size > 0) {
      const paths = [...changed];
      changed.clear();
      indexer.look(paths);
    }
    if (looked && !keepGone) indexer.purgeGone();
    reading = indexer.step();
    if (!reading && ageDue && keepGone) {
      ageDue = false;
      if (keepDays > 0) indexer.purgeGone(Date.now() - keepDays * dayMs);
    }
    problem = null;
    if (reading || changed.size > 0) next = setImmediate(run);
  } catch (error) {
    problem = indexer.problemOf(error);
    // What is broken cannot be mended: the next start makes it anew from the transcripts.
    if (sqliteCode(error)?.startsWith('SQLITE_CORRUPT')) forgetIndex();
    reading = false;
    rescan = true;
    next = setTimeout(run, retryMs);
  }
  tellSoon();
}

function forgetIndex(): void {
  try {
    database.exec('PRAGMA user_version = 0');
    problem = 'The index is damaged. Start Control Room again: it is then made anew from the transcripts.';
  } catch {
    problem = `The index is damaged. Remove ${file} and start Control Room again: it is then made anew.`;
  }
}

function runSoon(): void {
  if (next === undefined && !closed && !paused) next = setTimeout(run, settleMs);
}

function noteChange(path: string): void {
  changed.add(path);
  runSoon();
}

function noteRescan(): void {
  rescan = true;
  runSoon();
}

/** One watcher for a whole tree, where the system has such. */
function watchTree(projects: string): void {
  const watcher = watch(projects, { recursive: true }, (_event, name) => {
    if (name === null) noteRescan();
    else if (name.endsWith('.jsonl')) noteChange(join(projects, name));
  });
  watcher.on('error', () => noteRescan());
  watchers.set(projects, watcher);
}

/** On Linux a watcher sees one folder: there is one for each folder that can hold transcripts. */
function watchFolder(folder: string, depth: number): void {
  if (watchers.has(folder)) return;
  try {
    const watcher = watch(folder, (_event, name) => {
      if (name === null) noteRescan();
      else if (name.endsWith('.jsonl')) noteChange(join(folder, name));
      else if (depth < 3 && !name.includes('.')) watchBelow(join(folder, name), depth + 1);
    });
    watcher.on('error', () => forgetFolder(folder));
    watchers.set(folder, watcher);
  } catch {
    // Gone already, or the system's watchers are used up: then it is read with the next look at all files.
    return;
  }
  watchBelow(folder, depth);
}

function forgetFolder(folder: string): void {
  watchers.get(folder)?.close();
  watchers.delete(folder);
}

/** Watches a folder that appeared and looks at what was written to it before. */
function watchBelow(folder: string, depth: number): void {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isFile() && entry.name.endsWith('.jsonl')) noteChange(path);
      else if (entry.isDirectory() && (depth !== 2 || entry.name === 'subagents') && depth < 3)
        watchFolder(path, depth + 1);
    }
    if (!watchers.has(folder)) watchFolder(folder, depth);
  } catch {
    // Not a folder, or gone: its watcher ends with it.
    forgetFolder(folder);
    for (const other of [...watchers.keys()]) if (other.startsWith(folder + sep)) forgetFolder(other);
  }
}

const aging = setInterval(() => {
  ageDue = true;
  runSoon();
}, ageMs);

parentPort?.on('message', (request: IndexerRequest) => {
  if (request.type === 'pause') {
    paused = request.paused;
    if (!paused) runSoon();
    tellState();
    return;
  }
  if (request.type === 'folders') {
    folders.splice(0, folders.length, ...request.folders);
    watchFolders();
    noteRescan();
    return;
  }
  if (request.type === 'keep-gone') {
    keepGone = request.keep;
    keepDays = request.days;
    if (!keepGone) rmSync(start.keepFolder, { recursive: true, force: true });
    noteRescan();
    return;
  }
  if (request.type === 'purge') {
    let problem: string | null = null;
    try {
      indexer.purge(request.sessionIds);
    } catch (error) {
      problem = indexer.problemOf(error);
    }
    say({ type: 'purged', call: request.call, problem });
    tellSoon();
    return;
  }
  closed = true;
  clearTimeout(next as NodeJS.Timeout);
  clearImmediate(next as NodeJS.Immediate);
  clearTimeout(telling);
  clearInterval(aging);
  for (const watcher of watchers.values()) watcher.close();
  database.close();
  say({ type: 'closed' });
  parentPort?.close();
});

/** Watches the folders that are to be read, and no others. */
function watchFolders(): void {
  const wanted = folders.map((folder) => join(folder, 'projects'));
  for (const watched of [...watchers.keys()])
    if (!wanted.some((projects) => watched === projects || watched.startsWith(projects + sep))) forgetFolder(watched);
  wanted.forEach((projects, place) => {
    if (watchers.has(projects)) return;
    // Claude's own folder comes first and may not be there yet; others are not ours to make.
    if (place === 0) mkdirSync(projects, { recursive: true });
    if (process.platform === 'linux') watchFolder(projects, 0);
    else if (existsSync(projects)) watchTree(projects);
  });
}

watchFolders();
if (paused) tellState();
else run();
