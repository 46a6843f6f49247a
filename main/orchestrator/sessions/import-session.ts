import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import type { SessionId } from '../../../shared/ids.ts';
import type { Imported } from '../../../shared/sessions.ts';
import { readImport } from './read-import.ts';
import type { SearchIndex } from './search-index.ts';

/** Below the data folder, laid out as Claude's own: sessions that were imported from an export. */
export const importedFolder = 'imported';

/** Largest file that is imported by its path, in bytes. */
const maxImportBytes = 256 * 1024 * 1024;

/** Takes files in that were brought from elsewhere. */
export function createImporter(deps: {
  index: SearchIndex;
  /** Claude's folders, its own first. */
  folders: () => readonly string[];
  dataDir: string;
  isDeleted: (sessionId: string) => boolean;
}) {
  const { index } = deps;

  /** Takes in a transcript, or an exported session, that was brought from elsewhere. */
  async function importFile(input: { fileName: string; content: string } | { path: string }): Promise<Imported> {
    const fileName = 'path' in input ? input.path : input.fileName;
    const { records, cwd, ...read } = readImport(
      fileName,
      'path' in input ? await readWhole(input.path) : input.content,
    );
    const taken = read.sessionId !== null && (await isTaken(read.sessionId));
    const sessionId = (read.sessionId === null || taken ? randomUUID() : read.sessionId) as SessionId;
    // What Claude wrote goes where Claude finds it; what was made of an export does not pretend to be that.
    const base = read.kind === 'transcript' ? (deps.folders()[0] ?? '') : join(deps.dataDir, importedFolder);
    const folder = join(base, 'projects', (cwd ?? 'imported').replace(/[^A-Za-z0-9]/g, '-').slice(0, 200));
    await mkdir(folder, { recursive: true });
    const lines = records.map((record) => `${JSON.stringify({ ...record, sessionId })}\n`);
    const target = join(folder, `${sessionId}.jsonl`);
    await writeFile(`${target}.part`, lines.join(''), { mode: 0o600 });
    await rename(`${target}.part`, target);
    index.settingsChanged();
    return { ...read, sessionId, renamed: taken };
  }

  async function isTaken(sessionId: string): Promise<boolean> {
    if (deps.isDeleted(sessionId)) return true;
    const files = await index.ask('files', sessionId);
    // What is only kept here of a deleted one gives way to the real one.
    return files.some(({ gone, folder }) => gone === 0 && deps.folders().includes(folder));
  }

  return importFile;
}

async function readWhole(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new AppError('NOT_FOUND', `There is no file ${path} on this machine.`, { path });
  if (found.size > maxImportBytes)
    throw new AppError(
      'PAYLOAD_TOO_LARGE',
      `${path} has ${Math.round(found.size / 1_048_576)} MiB; at most ${maxImportBytes / 1_048_576} are imported. Add its folder to the folders of sessions instead.`,
      { path },
    );
  return readFile(path, 'utf8');
}
