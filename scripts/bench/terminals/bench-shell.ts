import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder with what every side of a terminal benchmark runs. */
export interface BenchShell {
  folder: string;
  /** A program in a shell's place: says "ready", reads one line and becomes that command. */
  shell: string;
  close(): Promise<void>;
}

/** Says "ready" when it reads: nothing typed is echoed or lost. */
export const readyMark = 'ready>';

export async function makeBenchShell(): Promise<BenchShell> {
  const folder = await mkdtemp(join(tmpdir(), 'control-room-bench-'));
  const shell = join(folder, 'bench-shell');
  await writeFile(shell, `#!/bin/sh\nstty -echo\nprintf '${readyMark}'\nIFS= read -r line\nexec sh -c "$line"\n`);
  await chmod(shell, 0o755);
  return { folder, shell, close: () => rm(folder, { recursive: true, force: true }) };
}

const tokens = ['export', ' async', ' function', ' readLine', '(reader', ': LineReader', ', limit', ' = 4096', ') {'];

/**
 * Writes source text as a syntax highlighter prints it, each token in a colour of its own; gives how many bytes a terminal
 * makes of it (each line's end is two).
 */
export async function writeFlood(file: string, mib: number): Promise<number> {
  const lines: string[] = [];
  let sizeBytes = 0;
  for (let number = 0; sizeBytes < 1024 * 1024; number += 1) {
    const coloured = tokens.map(
      (token, index) => `\u001b[38;2;${(index * 37) % 256};${(number + index * 11) % 256};180m${token}\u001b[39m`,
    );
    const line = `\u001b[2m${String(number).padStart(6)}\u001b[22m ${coloured.join('')}\n`;
    lines.push(line);
    sizeBytes += line.length;
  }
  const block = lines.join('');
  await writeFile(file, block.repeat(mib));
  return (block.length + lines.length) * mib;
}
