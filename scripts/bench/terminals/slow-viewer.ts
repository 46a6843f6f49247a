// CommonJS without named exports that Node can see.
import headless from '@xterm/headless';
import type { Terminal } from '../../../shared/terminals.ts';
import type { Room } from '../../room.ts';
import { connectViewer, createTerminal } from './sides.ts';

/** What the slow viewer shows in a second, in bytes. */
const slowBytesPerSecond = 1_000_000;

/**
 * Milliseconds until a flooding process ends, in turn with nobody looking and with a viewer that shows 1 MB/s; and how many
 * of those viewers did not end on the screen the terminal has.
 */
export async function measureSlowViewer(input: { room: Room; command: string; rounds: number }): Promise<{
  alone: number[];
  watched: number[];
  wrongScreens: number;
}> {
  const { room } = input;
  const alone: number[] = [];
  const watched: number[] = [];
  let wrongScreens = 0;
  for (let round = 0; round < input.rounds; round += 1) {
    alone.push((await flood(false)).took);
    const { took, right } = await flood(true);
    watched.push(took);
    if (!right) wrongScreens += 1;
  }
  return { alone, watched, wrongScreens };

  async function flood(isWatched: boolean): Promise<{ took: number; right: boolean }> {
    const { id } = await createTerminal(room);
    const viewer = await connectViewer(room);
    const ended = (): Promise<number> =>
      new Promise((resolve) => {
        const look = async (): Promise<void> => {
          const { state, endedAt } = await room.call<Terminal>('GET', `/api/terminals/${id}`);
          if (state === 'exited') resolve(endedAt ?? Date.now());
          else setTimeout(look, 20);
        };
        void look();
      });
    const screen = new headless.Terminal({ cols: 120, rows: 36, scrollback: 100, allowProposedApi: true });
    let shown = Promise.resolve();
    let exited: () => void = () => undefined;
    const seenExit = new Promise<void>((resolve) => {
      exited = resolve;
    });
    viewer.onFrame((frame) => {
      if (frame.kind === 'exited') exited();
      if (frame.kind !== 'output' && frame.kind !== 'snapshot') return;
      shown = shown.then(async () => {
        if (frame.kind === 'snapshot') screen.reset();
        await new Promise<void>((resolve) => screen.write(frame.bytes, resolve));
        await new Promise((resolve) => setTimeout(resolve, (frame.bytes.length / slowBytesPerSecond) * 1000));
        const offset = frame.kind === 'output' ? frame.offset + frame.bytes.length : frame.offset;
        viewer.send({ kind: 'ack', terminalId: id, offset });
      });
    });
    if (isWatched) viewer.send({ kind: 'attach', terminalId: id, from: 0, whole: false });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const startedAt = Date.now();
    viewer.send({ kind: 'input', terminalId: id, bytes: Buffer.from(`${input.command}\n`) });
    const took = (await ended()) - startedAt;
    let right = true;
    if (isWatched) {
      await seenExit;
      await shown;
      const { text } = await room.call<{ text: string }>('GET', `/api/terminals/${id}/screen`);
      const lines: string[] = [];
      for (let row = 0; row < 36; row += 1)
        lines.push(screen.buffer.active.getLine(screen.buffer.active.baseY + row)?.translateToString(true) ?? '');
      right = lines.join('\n').trimEnd() === text;
    }
    viewer.socket.terminate();
    await room.call('DELETE', `/api/terminals/${id}`);
    return { took, right };
  }
}
