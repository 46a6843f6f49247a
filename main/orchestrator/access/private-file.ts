import { chmod, readFile, rename, writeFile } from 'node:fs/promises';

/** The text of a file, trimmed; empty when there is none. */
export async function readPrivate(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).trim();
}

/** Writes a file that its owner alone can read, wholly or not at all. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await chmod(`${path}.new`, 0o600);
  await rename(`${path}.new`, path);
}
