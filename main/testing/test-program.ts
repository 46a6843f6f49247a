import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { WebSocket } from 'ws';
import type { ContractClient } from '../../shared/contract.ts';
import { type AnyFrame, decodeFrame, encodeFrame } from '../../shared/terminal-frames.ts';

const entry = fileURLToPath(new URL('../headless.ts', import.meta.url));
const token = 'test-token-test-token-test-token';

export interface ProgramEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
  errors: string;
}

/** Runs `control-room` to its end. */
export async function runProgram(args: string[], environment: Record<string, string>): Promise<ProgramEnd> {
  return collect(spawn(process.execPath, [entry, ...args], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] }));
}

async function collect(child: ChildProcess): Promise<ProgramEnd> {
  let output = '';
  let errors = '';
  child.stdout?.on('data', (data: Buffer) => {
    output += data;
  });
  child.stderr?.on('data', (data: Buffer) => {
    errors += data;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, output, errors };
}

export interface TestProgram {
  pid: number;
  address: string;
  api: ContractClient;
  sendFrame(frame: AnyFrame): void;
  onFrame(listener: (frame: AnyFrame) => void): void;
  /** Sends a signal and settles when the program is gone. */
  end(signal: NodeJS.Signals): Promise<ProgramEnd>;
}

/** The contract over an open socket. */
export function apiOver(socket: WebSocket): ContractClient {
  const textOnly = {
    addEventListener: (type: string, listener: (event: { data: string }) => void) => {
      if (type === 'message')
        socket.on('message', (data: Buffer, isBinary: boolean) => !isBinary && listener({ data: data.toString() }));
      else socket.addEventListener(type as 'close', listener as never);
    },
    send: (data: string) => socket.send(data),
    readyState: 1,
  };
  return createORPCClient(new RPCLink({ websocket: textOnly as unknown as globalThis.WebSocket }));
}

/** Starts `control-room start` as a program of its own and connects to it once it listens. */
export async function startProgram(input: {
  dataDir: string;
  environment: Record<string, string>;
  args?: string[];
}): Promise<TestProgram> {
  const child = spawn(
    process.execPath,
    [
      entry,
      'start',
      '--data-dir',
      input.dataDir,
      '--port',
      '0',
      '--token',
      token,
      '--no-open',
      '--log-level',
      'warn',
      ...(input.args ?? []),
    ],
    {
      env: input.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const ended = collect(child);
  const address = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (data: Buffer) => {
      text += data;
      const found = /listens on (http:\/\/\S+)\/#token=/.exec(text)?.[1];
      if (found) resolve(found);
    });
    ended.then(({ errors }) => reject(new Error(`it ended before it listened: ${errors}`)), reject);
  });
  const socket = new WebSocket(`${address.replace('http', 'ws')}/ws`, [`bearer.${token}`]);
  await once(socket, 'open');
  const listeners = new Set<(frame: AnyFrame) => void>();
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    const frame = isBinary ? decodeFrame(data) : undefined;
    if (frame) for (const listener of listeners) listener(frame);
  });
  return {
    pid: child.pid ?? 0,
    address,
    api: apiOver(socket),
    sendFrame: (frame) => socket.send(encodeFrame(frame)),
    onFrame: (listener) => void listeners.add(listener),
    async end(signal) {
      child.kill(signal);
      const end = await ended;
      socket.terminate();
      return end;
    },
  };
}
