import { createStore, type StoreApi } from 'zustand/vanilla';
import type { TerminalId } from '../../shared/ids.ts';
import { type ShareEnding, shareClosedCode, shareEndings, shareMovedCode } from '../../shared/share-endings.ts';
import { decodeFrame } from '../../shared/terminal-frames.ts';
import { openSocket, type SocketChannel } from './channel.ts';

/** How a page that came by a link stands. */
export type ShareState =
  | { status: 'connecting' }
  | { status: 'live'; terminalId: TerminalId }
  /** Not connected; it is tried again by itself. */
  | { status: 'lost'; terminalId: TerminalId | null }
  | { status: 'over'; reason: ShareEnding };

/** Seconds between two tries. */
const retryMs = 2000;

/** The token of an address like `#/shared/<token>`; null for any other. */
export function sharedToken(fragment: string): string | null {
  return /^#\/shared\/([\w-]{1,200})$/.exec(fragment)?.[1] ?? null;
}

/** Frames of the one terminal that a link shows: nothing else is asked for, and nothing else comes. */
export function createShareConnection(token: string, open: typeof openSocket = openSocket) {
  const ended = new AbortController();
  const state: StoreApi<ShareState> = createStore<ShareState>(() => ({ status: 'connecting' }));
  const frameListeners = new Set<(frame: Uint8Array) => void>();
  const reconnectListeners = new Set<() => void>();
  let channel: SocketChannel | null = null;
  let terminalId: TerminalId | null = null;

  function take(frame: Uint8Array): void {
    const decoded = decodeFrame(frame);
    const isNews = state.getState().status !== 'live' || decoded?.terminalId !== terminalId;
    if (decoded?.kind === 'control' && isNews) {
      const isBack = terminalId === decoded.terminalId;
      terminalId = decoded.terminalId;
      state.setState({ status: 'live', terminalId }, true);
      if (isBack) for (const listener of [...reconnectListeners]) listener();
    }
    for (const listener of [...frameListeners]) listener(frame);
  }

  async function run(): Promise<void> {
    while (!ended.signal.aborted) {
      const opened = await open(`share.${token}`, ended.signal);
      if (opened) {
        channel = opened;
        const stop = opened.onBinary(take);
        await opened.closed;
        stop();
        channel = null;
        const { code, reason } = opened.ending();
        if (code === shareClosedCode) {
          state.setState({ status: 'over', reason: shareEndings.find((known) => known === reason) ?? 'unknown' }, true);
          return;
        }
        // Its worker was resumed: what it shows now is told on the next connection.
        if (code === shareMovedCode && !ended.signal.aborted) continue;
      }
      if (ended.signal.aborted) return;
      state.setState({ status: 'lost', terminalId }, true);
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
  void run();

  return {
    state,
    terminals: {
      sendFrame(frame: Uint8Array): void {
        if (state.getState().status === 'live') channel?.send(frame as Uint8Array<ArrayBuffer>);
      },
      onFrame(listener: (frame: Uint8Array) => void): () => void {
        frameListeners.add(listener);
        return () => void frameListeners.delete(listener);
      },
      onReconnect(listener: () => void): () => void {
        reconnectListeners.add(listener);
        return () => void reconnectListeners.delete(listener);
      },
    },
    close(): void {
      ended.abort();
      channel?.close();
    },
  };
}

export type ShareConnection = ReturnType<typeof createShareConnection>;
