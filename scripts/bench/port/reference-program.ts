import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A reference in a process of its own, as ours is. */
export interface ReferenceProgram {
  port: number;
  close(): Promise<void>;
}

/** Starts a program of this folder that prints its port, and ends with its standard input. */
export async function startReference(file: string, args: string[] = []): Promise<ReferenceProgram> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, import.meta.url)), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const port = Number((await createInterface(child.stdout)[Symbol.asyncIterator]().next()).value);
  if (!port) throw new Error(`${file} did not say its port`);
  return {
    port,
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
