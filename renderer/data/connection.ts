import type { ContractClient } from '../../shared/contract.ts';
import type { State } from '../../shared/events.ts';
import { applyEvent, type Rows, rowsOf } from './apply-event.ts';
import { type Channel, ChannelError } from './channel.ts';
import { createClient, type Link, linkOf } from './client.ts';
import type { AppState } from './store.ts';

/** The part of a store that the connection reads and writes. */
export interface StatePort {
  getState(): AppState;
  setState(part: Partial<AppState>): void;
}

export interface Connection {
  /** Calls fail at once while there is no connection: nothing is sent later behind the user's back. */
  client: ContractClient;
  /** Binary frames of terminals, on the same channel. */
  terminals: {
    sendFrame(frame: Uint8Array): void;
    onFrame(listener: (frame: Uint8Array) => void): () => void;
    onReconnect(listener: () => void): () => void;
  };
  /** Tries again now instead of after the present delay. */
  retry(): void;
  close(): void;
}

/** First wait after a loss; doubled each time up to the longest, with up to a quarter added by chance. */
const firstDelayMs = 400;
const longestDelayMs = 15_000;
/** Events of one frame are put into the store together, so that a burst costs one rendering. */
const gatherMs = 16;

/** After a wake an answer may take this long; a connection that gives none is gone, whatever the browser thinks of it. */
const answerWithinMs = 5000;

/**
 * Keeps a store equal to the orchestrator: reads the state once, then applies events in order. A lost channel is opened
 * again with growing delays and the events go on after the last one applied; when the orchestrator no longer has them, or
 * one is missing, the state is read again. `wakes` tells when the machine slept or its network changed: a connection
 * that was lost meanwhile is not waited for.
 */
export function createConnection(
  open: (signal: AbortSignal) => Promise<Channel>,
  store: StatePort,
  wakes: (listener: () => void) => () => void = () => () => undefined,
): Connection {
  const ended = new AbortController();
  const frameListeners = new Set<(frame: Uint8Array) => void>();
  const reconnectListeners = new Set<() => void>();
  let channel: Channel | null = null;
  let link: Link | null = null;
  let wake: (() => void) | null = null;
  /** Asks something small of the channel that is open. */
  let probe: (() => void) | null = null;

  const client = createClient(() => {
    if (!link)
      throw new ChannelError('Not connected to Control Room. It is being tried again; nothing was sent.', false);
    return link;
  });

  async function pause(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      ended.signal.addEventListener('abort', () => wake?.(), { once: true });
    });
    wake = null;
  }

  async function readState(signal: AbortSignal): Promise<void> {
    const askedAt = Date.now();
    const state: State = await client.events.state(undefined, { signal });
    const tookMs = Date.now() - askedAt;
    store.setState({
      rows: rowsOf(state),
      access: state.access,
      system: state.system,
      clockSkewMs: state.now + tookMs / 2 - Date.now(),
    });
  }

  /** Applies events until the stream ends. Answers whether the state has to be read again. */
  async function follow(signal: AbortSignal): Promise<'ended' | 'resync'> {
    const stream = await client.events.subscribe({ since: store.getState().rows.seq }, { signal });
    let { rows } = store.getState();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const publish = (): void => {
      clearTimeout(timer);
      timer = undefined;
      if (rows !== store.getState().rows) store.setState({ rows });
    };
    try {
      for await (const event of stream) {
        if (event.type === 'resync') return 'resync';
        const next: Rows | null = applyEvent(rows, event);
        if (next === null) return 'resync';
        rows = next;
        timer ??= setTimeout(publish, gatherMs);
      }
      return 'ended';
    } finally {
      publish();
    }
  }

  async function serve(opened: Channel): Promise<void> {
    const { signal } = ended;
    link = linkOf(opened);
    const first = store.getState().system === null;
    if (first) await readState(signal);
    store.setState({ connection: { status: 'live' }, epoch: store.getState().epoch + 1 });
    if (!first) for (const listener of [...reconnectListeners]) listener();
    while ((await follow(signal)) === 'resync') await readState(signal);
  }

  /** Settles when the channel does not answer any more. */
  function silence(): Promise<void> {
    return new Promise((resolve) => {
      let asking = false;
      probe = () => {
        if (asking) return;
        asking = true;
        const timer = setTimeout(resolve, answerWithinMs);
        const answered = (): void => {
          asking = false;
          clearTimeout(timer);
        };
        // A refusal is an answer too.
        client.settings.get().then(answered, answered);
      };
    });
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!ended.signal.aborted) {
      let reason = 'The connection ended.';
      try {
        const opened = await open(ended.signal);
        channel = opened;
        const stop = opened.onBinary((frame) => {
          for (const listener of [...frameListeners]) listener(frame);
        });
        try {
          await Promise.race([
            serve(opened).then(() => {
              failures = 0;
            }),
            opened.closed,
            silence(),
          ]);
          if (store.getState().connection.status === 'live') failures = 0;
        } finally {
          stop();
          probe = null;
          channel = null;
          link = null;
          opened.close();
        }
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
        if (store.getState().connection.status === 'live') failures = 0;
        if ((error instanceof ChannelError && error.refused) || isUnauthorized(error)) {
          store.setState({ connection: { status: 'refused', reason } });
          return;
        }
      }
      if (ended.signal.aborted) return;
      const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** failures) * (1 + Math.random() / 4);
      failures += 1;
      const before = store.getState().connection;
      const retryAt = Date.now() + delayMs;
      if (before.status === 'live')
        store.setState({ connection: { status: 'lost', since: Date.now(), reason, retryAt } });
      else if (before.status === 'lost') store.setState({ connection: { ...before, reason, retryAt } });
      else store.setState({ connection: { status: 'away', reason, retryAt } });
      await pause(delayMs);
    }
  }
  void run();
  const endWakes = wakes(() => {
    if (probe) probe();
    else wake?.();
  });

  return {
    client,
    terminals: {
      sendFrame(frame) {
        // A frame for a channel that is gone is of no use: the terminal asks for what it missed after the reconnect.
        if (channel && link) channel.send(frame as Uint8Array<ArrayBuffer>);
      },
      onFrame(listener) {
        frameListeners.add(listener);
        return () => {
          frameListeners.delete(listener);
        };
      },
      onReconnect(listener) {
        reconnectListeners.add(listener);
        return () => {
          reconnectListeners.delete(listener);
        };
      },
    },
    retry: () => wake?.(),
    close() {
      endWakes();
      ended.abort();
      channel?.close();
    },
  };
}

function isUnauthorized(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'UNAUTHORIZED';
}
