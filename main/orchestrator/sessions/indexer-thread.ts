import { type FSWatcher, mkdirSync, readdirSync, watch } from 'node:fs';
import { join, sep } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { IndexState } from '../../../shared/sessions.ts';
import { openIndex } from './index-tables.ts';
import { createIndexer } from './indexer.ts';

/*
 * A worker thread that keeps the index in step with the transcripts: reads what was written while nobody looked, then
 * watches. It is the only writer of the index.
 */

export interface IndexerStart {
  file: string;
  folders: string[];
}
export type IndexerRequest = { type: 'pause'; paused: boolean } | { type: 'close' };
export type IndexerReply = { type: 'state'; state: IndexState } | { type: 'closed' };

/** Changes of a file come in groups. */
const settleMs = 20;

/** State is told no more often than this. */
const stateMs = 250;

/** After a failure, such as a full disk, it is tried again this much later. */
const retryMs = 15_000;

const { file, folders } = workerData as IndexerStart;
const database = openIndex(file);
const indexer = createIndexer({ database, folders, now: () => performance.now() });
const watchers = new Map<string, FSWatcher>();
const changed = new Set<string>();
let paused = false;
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
  say({ type: 'state', state: indexer.state(state, problem) });
}

function tellSoon(): void {
  telling ??= setTimeout(tellState, Math.max(0, toldAt + stateMs - performance.now()));
}

function run(): void {
  next = undefined;
  if (closed || paused) return;
  try {
    if (rescan) {
      rescan = false;
      indexer.scan();
    }
    if (changed.size > 0) {
      const paths = [...changed];
      changed.clear();
      indexer.look(paths);
    }
    reading = indexer.step();
    problem = null;
    if (reading || changed.size > 0) next = setImmediate(run);
  } catch (error) {
    problem = indexer.problemOf(error);
    reading = false;
    rescan = true;
    next = setTimeout(run, retryMs);
  }
  tellSoon();
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

parentPort?.on('message', (request: IndexerRequest) => {
  if (request.type === 'pause') {
    paused = request.paused;
    if (!paused) runSoon();
    tellState();
    return;
  }
  closed = true;
  clearTimeout(next as NodeJS.Timeout);
  clearImmediate(next as NodeJS.Immediate);
  clearTimeout(telling);
  for (const watcher of watchers.values()) watcher.close();
  database.close();
  say({ type: 'closed' });
  parentPort?.close();
});

for (const folder of folders) {
  const projects = join(folder, 'projects');
  mkdirSync(projects, { recursive: true });
  if (process.platform === 'linux') watchFolder(projects, 0);
  else watchTree(projects);
}
run();
