import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files of about 2.3 kB in 40 folders: 20,000 of them are 47 MB. */
export async function writeManyFiles(folder: string, count: number): Promise<void> {
  for (let at = 0; at < 40; at += 1) await mkdir(join(folder, `folder-${at}`), { recursive: true });
  const line = 'const value = compute(first, second, third);\n';
  for (let from = 0; from < count; from += 200)
    await Promise.all(
      Array.from({ length: Math.min(200, count - from) }, (_, place) => {
        const at = from + place;
        return writeFile(join(folder, `folder-${at % 40}`, `file-${at}.ts`), `// ${at}\n${line.repeat(50)}`);
      }),
    );
}

/** A number given as `--name N`. */
export function numberFlag(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? Number(process.argv[at + 1]) : otherwise;
}
