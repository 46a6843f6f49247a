import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { LogSourceName } from '../../../shared/logs.ts';

/** So much is read at a time. */
const chunkBytes = 64 * 1024;
/** A line that is longer is cut: nothing we write is. */
const longestLineBytes = 1024 * 1024;

export interface LogFile {
  path: string;
  /** Names it in a cursor. */
  name: string;
  sizeBytes: number;
}

/** A place between two lines. */
export interface LogPlace {
  file: string;
  offset: number;
}

/** Where the files of each source are. */
export interface LogFolders {
  logs: string;
  /** Of the hosts: one folder a build. */
  hosts: string;
}

/** The files of a source, newest first. */
export async function logFiles(folders: LogFolders, source: LogSourceName): Promise<LogFile[]> {
  if (source === 'host') {
    const builds = await readdir(folders.hosts).catch(() => []);
    const found = await Promise.all(
      builds.map(async (build) => fileAt(join(folders.hosts, build, 'host.log'), `host/${build}`)),
    );
    return newestFirst(found.filter((file) => file !== undefined));
  }
  const numbered = (await readdir(folders.logs).catch(() => [])).flatMap((name) => {
    const number = /^control-room\.(\d+)\.log$/.exec(name)?.[1];
    return number === undefined ? [] : [{ name, number: Number(number) }];
  });
  numbered.sort((a, b) => b.number - a.number);
  const files = await Promise.all(numbered.map(({ name }) => fileAt(join(folders.logs, name), basename(name))));
  return files.filter((file) => file !== undefined);
}

interface DatedFile extends LogFile {
  changedAt: number;
}

async function fileAt(path: string, name: string): Promise<DatedFile | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? { path, name, sizeBytes: found.size, changedAt: found.mtimeMs } : undefined;
}

function newestFirst(files: DatedFile[]): LogFile[] {
  return files.sort((a, b) => b.changedAt - a.changedAt);
}

/** A line and the place right before it. */
export interface LogLine {
  text: string;
  before: LogPlace;
}

/**
 * The lines of files, the newest first, from a place on (or from the end). Files are read backwards, a piece at a time, only
 * as far as lines are asked for. A place in a file that is gone leads to the next older one there is: none.
 */
export async function* linesBackwards(
  files: readonly LogFile[],
  from: LogPlace | null,
): AsyncGenerator<LogLine, void, void> {
  const first = from === null ? 0 : files.findIndex(({ name }) => name === from.file);
  if (first < 0) return;
  for (const [index, file] of files.slice(first).entries()) {
    const end = index === 0 && from !== null ? Math.min(from.offset, file.sizeBytes) : file.sizeBytes;
    yield* linesOfFile(file, end);
  }
}

async function* linesOfFile(file: LogFile, end: number): AsyncGenerator<LogLine, void, void> {
  const handle = await open(file.path, 'r').catch(() => undefined);
  if (!handle) return;
  try {
    let position = end;
    /** What was read and is not yet known to be a whole line. */
    let rest = Buffer.alloc(0);
    while (position > 0) {
      const length = Math.min(chunkBytes, position);
      const chunk = Buffer.alloc(length);
      position -= length;
      const { bytesRead } = await handle.read(chunk, 0, length, position);
      let text = Buffer.concat([chunk.subarray(0, bytesRead), rest]);
      for (let at = text.lastIndexOf(10); at >= 0; at = text.lastIndexOf(10)) {
        const line = text.subarray(at + 1);
        if (line.length > 0) yield { text: line.toString(), before: { file: file.name, offset: position + at + 1 } };
        text = text.subarray(0, at);
        // The line that ends here is looked for next; without this mark it would end one too late.
        if (at === 0) break;
      }
      rest = text.length > longestLineBytes ? text.subarray(text.length - longestLineBytes) : text;
    }
    if (rest.length > 0) yield { text: rest.toString(), before: { file: file.name, offset: 0 } };
  } finally {
    await handle.close();
  }
}
