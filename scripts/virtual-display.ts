import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { exitCodeOf } from './program-child.ts';

export interface VirtualDisplay {
  /** For DISPLAY, like `:99`. */
  name: string;
  close(): Promise<void>;
}

/** Starts an X server without a screen, on a free number that it chooses itself. Rejects when Xvfb is missing. */
export async function startVirtualDisplay(): Promise<VirtualDisplay> {
  const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const ended = exitCodeOf(child);
  const number = await new Promise<string>((resolve, reject) => {
    let text = '';
    (child.stdio[3] as Readable).on('data', (data: Buffer) => {
      text += data.toString();
      if (text.includes('\n')) resolve(text.trim());
    });
    ended.then((code) => reject(new Error(`Xvfb ended with ${code} before it was ready`)), reject);
  });
  return {
    name: `:${number}`,
    async close() {
      child.kill();
      await ended;
    },
  };
}
