// @vitest-environment node
import { implement } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { contract } from '../../shared/contract.ts';
import type { EventBody, State } from '../../shared/events.ts';
import { workerRow } from '../testing/fixture-rows.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { noRows } from './apply-event.ts';
import { ChannelError, portChannel } from './channel.ts';
import { type Connection, createConnection } from './connection.ts';
import type { AppState } from './store.ts';

const now = 1_700_000_000_000;

/** A small orchestrator that keeps its last events, over real message ports that can be cut. */
function createRoom() {
  const os = implement(contract);
  const state: State = { ...fixtureState(now), workers: [], approvals: [], terminals: [], worktrees: [] };
  let kept: (EventBody & { seq: number; at: number })[] = [];
  const wakers = new Set<() => void>();
  const ports: MessagePort[] = [];
  const asked: { state: number; since: (number | undefined)[] } = { state: 0, since: [] };
  let deaf = false;

  const handler = new RPCHandler({
    settings: {
      get: os.settings.get.handler(() =>
        deaf ? new Promise<never>(() => undefined) : structuredClone(state.settings),
      ),
    },
    events: {
      state: os.events.state.handler(() => {
        asked.state += 1;
        return structuredClone(state);
      }),
      subscribe: os.events.subscribe.handler(async function* ({ input, signal }) {
        asked.since.push(input.since);
        let next = (input.since ?? state.seq) + 1;
        if (kept.length > 0 && next < (kept[0]?.seq ?? 0)) {
          yield { type: 'resync' as const, seq: state.seq, at: now };
          return;
        }
        while (!signal?.aborted) {
          for (const event of kept.filter((one) => one.seq >= next)) {
            next = event.seq + 1;
            yield event;
          }
          await new Promise<void>((resolve) => {
            wakers.add(resolve);
            signal?.addEventListener('abort', () => resolve(), { once: true });
          });
        }
      }),
    },
  });
  return {
    asked,
    open() {
      const { port1, port2 } = new MessageChannel();
      handler.upgrade(port1);
      port1.start();
      ports.push(port1);
      return portChannel(port2);
    },
    name(name: string) {
      const worker = workerRow(now, { name });
      state.seq += 1;
      state.workers = [...state.workers.filter((one) => one.id !== worker.id), worker];
      kept.push({ seq: state.seq, at: now, type: 'worker.changed', worker });
      for (const wake of [...wakers]) wake();
      wakers.clear();
    },
    forget: () => {
      kept = kept.slice(-1);
    },
    /** Nothing is answered from now on, as when the network went away and nobody said so. */
    deafen: (on: boolean) => {
      deaf = on;
    },
    cut: () => {
      for (const port of ports.splice(0)) port.close();
    },
  };
}

function createStore() {
  let state: AppState = {
    rows: noRows,
    connection: { status: 'connecting' },
    access: 'view',
    system: null,
    clockSkewMs: 0,
    epoch: 0,
  };
  const history: string[] = [];
  return {
    history,
    getState: () => state,
    setState: (part: Partial<AppState>) => {
      if (part.connection) history.push(part.connection.status);
      state = { ...state, ...part };
    },
  };
}

const until = { timeout: 10_000, interval: 5 };

describe('createConnection', () => {
  let connection: Connection | undefined;
  afterEach(() => connection?.close());

  it('reads the state once and then follows the events', async () => {
    const room = createRoom();
    const store = createStore();
    connection = createConnection(async () => room.open(), store);
    await vi.waitFor(() => expect(store.getState().connection.status).toBe('live'), until);
    await vi.waitFor(() => expect(room.asked.since).toEqual([100]), until);
    room.name('first');
    room.name('second');
    await vi.waitFor(() => expect(Object.keys(store.getState().rows.workers)).toEqual(['first', 'second']), until);
    expect(room.asked.state).toBe(1);
  });

  it('goes on after the last event when the connection was lost, and keeps what it showed meanwhile', async () => {
    const room = createRoom();
    const store = createStore();
    connection = createConnection(async () => room.open(), store);
    await vi.waitFor(() => expect(room.asked.since).toHaveLength(1), until);
    room.name('before');
    await vi.waitFor(() => expect(store.getState().rows.seq).toBe(101), until);
    const reconnected = vi.fn();
    connection.terminals.onReconnect(reconnected);
    room.cut();
    await vi.waitFor(() => expect(store.getState().connection.status).toBe('lost'), until);
    expect(store.getState().rows.workers.before).toBeDefined();
    room.name('meanwhile');
    await vi.waitFor(() => expect(store.getState().rows.workers.meanwhile).toBeDefined(), until);
    expect(room.asked.since).toEqual([100, 101]);
    expect(room.asked.state).toBe(1);
    expect(reconnected).toHaveBeenCalledOnce();
  });

  it('reads the state again when its place in the events is not kept any more', async () => {
    const room = createRoom();
    const store = createStore();
    connection = createConnection(async () => room.open(), store);
    await vi.waitFor(() => expect(room.asked.since).toHaveLength(1), until);
    room.cut();
    await vi.waitFor(() => expect(store.getState().connection.status).toBe('lost'), until);
    for (const name of ['a', 'b', 'c']) room.name(name);
    room.forget();
    await vi.waitFor(() => expect(Object.keys(store.getState().rows.workers)).toEqual(['a', 'b', 'c']), until);
    expect(room.asked.state).toBe(2);
  });

  it('gives up a connection that answers nothing after a wake, and tries at once when it woke without one', async () => {
    const room = createRoom();
    const store = createStore();
    let woken = (): void => undefined;
    let reachable = true;
    const open = vi.fn(async () => {
      if (!reachable) throw new ChannelError('away', false);
      return room.open();
    });
    connection = createConnection(open, store, (listener) => {
      woken = listener;
      return () => undefined;
    });
    await vi.waitFor(() => expect(room.asked.since).toHaveLength(1), until);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      woken();
      await vi.advanceTimersByTimeAsync(10_000);
      expect(store.history).toEqual(['live']);
      room.deafen(true);
      reachable = false;
      woken();
      await vi.advanceTimersByTimeAsync(6000);
      expect(store.getState().connection.status).toBe('lost');
      // So many failures that the next attempt is far away.
      await vi.advanceTimersByTimeAsync(60_000);
      const tried = open.mock.calls.length;
      reachable = true;
      room.deafen(false);
      woken();
      await vi.advanceTimersByTimeAsync(1);
      expect(open.mock.calls.length).toBe(tried + 1);
    } finally {
      vi.useRealTimers();
    }
    await vi.waitFor(() => expect(store.getState().connection.status).toBe('live'), until);
  });

  it('stops trying when the credential is refused', async () => {
    const store = createStore();
    const open = vi.fn(async () => {
      throw new ChannelError('This token is not accepted here.', true);
    });
    connection = createConnection(open, store);
    await vi.waitFor(() => expect(store.getState().connection.status).toBe('refused'), until);
    expect(open).toHaveBeenCalledOnce();
  });

  it('fails calls at once while there is no connection', async () => {
    const store = createStore();
    connection = createConnection(async () => {
      throw new ChannelError('The server does not answer.', false);
    }, store);
    await vi.waitFor(() => expect(store.getState().connection.status).toBe('away'), until);
    await expect(connection.client.events.state()).rejects.toThrow('Not connected');
  });
});
