import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { spawn } from 'node-pty';
import { readyMark } from './bench-shell.ts';

const run = promisify(execFile);

/**
 * Milliseconds of the same command in tmux: watched by a client, or written to a file by pipe-pane with nobody watching.
 * `null` where there is no tmux.
 */
export async function timeTmux(input: {
  folder: string;
  shell: string;
  command: string;
  expectedBytes: number;
  how: 'attached' | 'pipe-pane';
}): Promise<number | null> {
  const socket = join(input.folder, 'tmux.sock');
  const tmux = (...args: string[]) => run('tmux', ['-S', socket, '-f', '/dev/null', ...args]);
  try {
    await run('tmux', ['-V']);
  } catch {
    return null;
  }
  await tmux('new-session', '-d', '-x', '120', '-y', '36', input.shell);
  const client =
    input.how === 'attached'
      ? spawn('tmux', ['-S', socket, 'attach'], { cols: 120, rows: 36, encoding: null })
      : undefined;
  try {
    while (!(await tmux('capture-pane', '-p')).stdout.includes(readyMark))
      await new Promise((resolve) => setTimeout(resolve, 20));
    const file = join(input.folder, `tmux-${performance.now()}`);
    if (input.how === 'pipe-pane') await tmux('pipe-pane', '-o', `cat > '${file}'`);
    const done = tmux('wait-for', 'flood-done');
    const startedAt = performance.now();
    // It stays after the flood: the session would end with it.
    await tmux('send-keys', `${input.command}; tmux -S '${socket}' wait-for -S flood-done; sleep 100`, 'Enter');
    await done;
    if (input.how === 'pipe-pane') {
      while ((await stat(file)).size < input.expectedBytes) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return performance.now() - startedAt;
  } finally {
    await tmux('kill-server');
    client?.kill('SIGKILL');
  }
}
