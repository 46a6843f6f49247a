import { expect, test, vi } from 'vitest';
import type { TerminalId } from '../../shared/ids.ts';
import { encodeFrame } from '../../shared/terminal-frames.ts';
import type { SocketChannel } from './channel.ts';
import { browserName } from './device-name.ts';
import { createShareConnection, sharedToken } from './share-connection.ts';

const terminalId = 's_1' as TerminalId;
const hello = encodeFrame({ kind: 'control', terminalId, bytes: new TextEncoder().encode('{}') });

/** Sockets that are opened one after the other, and what is sent over them. */
function sockets() {
  const opened: { frame(bytes: Uint8Array): void; end(code: number, reason: string): void; sent: unknown[] }[] = [];
  const open = vi.fn(async (): Promise<SocketChannel> => {
    const listeners = new Set<(frame: Uint8Array) => void>();
    const sent: unknown[] = [];
    let ending = { code: 0, reason: '' };
    let close: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => {
      close = resolve;
    });
    opened.push({
      sent,
      frame(bytes) {
        for (const listener of listeners) listener(bytes);
      },
      end(code, reason) {
        ending = { code, reason };
        close();
      },
    });
    return {
      send: (message) => void sent.push(message),
      onText: () => () => undefined,
      onBinary(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      closed,
      ending: () => ending,
      close,
    };
  });
  return { open, opened };
}

test('a link is live when it is told its terminal, goes on after a loss, and says why it is over', async () => {
  vi.useFakeTimers();
  const { open, opened } = sockets();
  const connection = createShareConnection('token', open);
  const again = vi.fn();
  connection.terminals.onReconnect(again);
  expect(connection.state.getState()).toEqual({ status: 'connecting' });
  await vi.waitFor(() => expect(opened).toHaveLength(1));
  await Promise.resolve();
  expect(open).toHaveBeenCalledWith('share.token', expect.anything());
  // Before it is known which terminal this is nothing is asked for.
  connection.terminals.sendFrame(hello);
  expect(opened[0]?.sent).toEqual([]);
  opened[0]?.frame(hello);
  expect(connection.state.getState()).toEqual({ status: 'live', terminalId });
  expect(again).not.toHaveBeenCalled();
  connection.terminals.sendFrame(hello);
  expect(opened[0]?.sent).toHaveLength(1);

  opened[0]?.end(1006, '');
  await vi.waitFor(() => expect(connection.state.getState()).toEqual({ status: 'lost', terminalId }));
  await vi.advanceTimersByTimeAsync(3000);
  opened[1]?.frame(hello);
  expect(connection.state.getState().status).toBe('live');
  expect(again).toHaveBeenCalledOnce();

  opened[1]?.end(4403, 'revoked');
  await vi.waitFor(() => expect(connection.state.getState()).toEqual({ status: 'over', reason: 'revoked' }));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(open).toHaveBeenCalledTimes(2);
  vi.useRealTimers();
});

test('a link that shows another terminal from now on is opened again at once', async () => {
  const { open, opened } = sockets();
  const connection = createShareConnection('token', open);
  const again = vi.fn();
  connection.terminals.onReconnect(again);
  const states: string[] = [];
  await vi.waitFor(() => expect(opened).toHaveLength(1));
  await Promise.resolve();
  opened[0]?.frame(hello);
  connection.state.subscribe(({ status }) => states.push(status));
  opened[0]?.end(4404, 'the worker goes on in another terminal');
  await vi.waitFor(() => expect(opened).toHaveLength(2));
  await Promise.resolve();
  const next = 's_2' as TerminalId;
  opened[1]?.frame(encodeFrame({ kind: 'control', terminalId: next, bytes: new TextEncoder().encode('{}') }));
  expect(connection.state.getState()).toEqual({ status: 'live', terminalId: next });
  // It was never away, and the terminal that is not shown any more is not asked for.
  expect(states).toEqual(['live']);
  expect(again).not.toHaveBeenCalled();
  connection.close();
});

test('only an address of a link is one', () => {
  expect(sharedToken('#/shared/abc_D-9')).toBe('abc_D-9');
  for (const other of ['', '#/shared/', '#/shared/a/b', '#/board', '#/shared/a?token=b', '#token=x'])
    expect(sharedToken(other)).toBeNull();
});

test('a browser is named by what it says it is', () => {
  const linux = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)';
  expect(browserName(`${linux} Chrome/140.0.0.0 Safari/537.36`)).toBe('Chrome on Linux');
  expect(browserName('Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1')).toBe(
    'Safari on iPhone',
  );
  expect(browserName('Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/140.0 Safari/537.36 Edg/140.0')).toBe(
    'Edge on Windows',
  );
  expect(browserName('something')).toBe('Browser');
});
