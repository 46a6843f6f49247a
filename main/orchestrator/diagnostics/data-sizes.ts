import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Deeper and more than this is not counted: a look has to end. */
const mostEntries = 20_000;

/** What the data folder holds and how much of it, by what stands at its top; names of nothing below are told. */
export async function dataSizes(folder: string): Promise<{ name: string; files: number; sizeBytes: number }[]> {
  const names = await readdir(folder).catch(() => []);
  let seen = 0;

  async function sizeOf(path: string): Promise<{ files: number; sizeBytes: number }> {
    if (seen >= mostEntries) return { files: 0, sizeBytes: 0 };
    seen += 1;
    const found = await stat(path).catch(() => undefined);
    if (!found) return { files: 0, sizeBytes: 0 };
    if (!found.isDirectory()) return { files: 1, sizeBytes: found.size };
    let sum = { files: 0, sizeBytes: 0 };
    for (const name of await readdir(path).catch(() => [])) {
      const part = await sizeOf(join(path, name));
      sum = { files: sum.files + part.files, sizeBytes: sum.sizeBytes + part.sizeBytes };
    }
    return sum;
  }

  const sizes: { name: string; files: number; sizeBytes: number }[] = [];
  for (const name of names.sort()) sizes.push({ name, ...(await sizeOf(join(folder, name))) });
  return sizes;
}
