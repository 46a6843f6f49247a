import { WebSocket } from 'ws';
import { until } from './checks.ts';

/** Where Node's inspector listens when a signal wakes it. One process at a time. */
const inspector = 'http://127.0.0.1:9229/json';

const look = `(() => {
  const { heapUsed, external } = process.memoryUsage();
  // Is not there any more when the timer runs.
  const inspector = require('node:inspector');
  setTimeout(() => inspector.close(), 20);
  return heapUsed + external;
})()`;

/**
 * MiB that a Node process holds after a collection: heap, and buffers outside of it. What its system counts (RSS) also
 * holds what is garbage already. `null` where no signal wakes the inspector.
 */
export async function liveMib(pid: number): Promise<number | null> {
  if (process.platform === 'win32') return null;
  process.kill(pid, 'SIGUSR1');
  let address = '';
  const open = async () => {
    const targets = (await fetch(inspector).then(
      (answer) => answer.json(),
      () => [],
    )) as { webSocketDebuggerUrl: string }[];
    address = targets[0]?.webSocketDebuggerUrl ?? '';
    return address !== '';
  };
  if (!(await until(open, 10_000))) throw new Error(`the inspector of process ${pid} does not answer`);
  const socket = new WebSocket(address);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await new Promise<void>((resolve, reject) => socket.once('open', () => resolve()).once('error', reject));
  let last = 0;
  const call = (method: string, params: object = {}) =>
    new Promise<{ result?: { value?: number } }>((resolve) => {
      last += 1;
      const id = last;
      const listen = (data: Buffer): void => {
        const answer = JSON.parse(data.toString()) as { id?: number; result: { result?: { value?: number } } };
        if (answer.id !== id) return;
        socket.off('message', listen);
        resolve(answer.result);
      };
      socket.on('message', listen);
      socket.send(JSON.stringify({ id, method, params }));
    });
  await call('HeapProfiler.enable');
  await call('HeapProfiler.collectGarbage');
  await call('HeapProfiler.collectGarbage');
  const { result } = await call('Runtime.evaluate', { expression: look, includeCommandLineAPI: true });
  socket.close();
  await closed;
  if (!(await until(async () => !(await open()), 5000))) throw new Error(`the inspector of process ${pid} stays open`);
  if (typeof result?.value !== 'number') throw new Error(`process ${pid} does not say what it holds`);
  return result.value / 1024 / 1024;
}
