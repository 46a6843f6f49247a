import { type ClientLink, createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractClient } from '../../shared/contract.ts';
import type { Channel } from './channel.ts';

/** A link for contract calls over the text messages of a channel. */
export function linkOf(channel: Channel): ClientLink<Record<never, never>> {
  const remove = new Map<unknown, () => void>();
  const websocket = {
    readyState: WebSocket.OPEN as number,
    send: (message: string | ArrayBufferLike | Blob | ArrayBufferView) => {
      if (typeof message !== 'string') throw new Error('Contract messages are text; this call carries a file.');
      channel.send(message);
    },
    addEventListener: (type: string, listener: (event: never) => void) => {
      if (type === 'message') {
        remove.set(
          listener,
          channel.onText((data) => (listener as (event: { data: string }) => void)({ data })),
        );
      }
      if (type === 'close') {
        void channel.closed.then(() => {
          websocket.readyState = WebSocket.CLOSED;
          (listener as () => void)();
        });
      }
    },
    removeEventListener: (_type: string, listener: (event: never) => void) => remove.get(listener)?.(),
  };
  return new RPCLink({ websocket: websocket as unknown as WebSocket });
}

/** A typed client whose calls go over whatever link is current when they are made. */
export function createClient(current: () => ClientLink<Record<never, never>>): ContractClient {
  return createORPCClient({ call: (path, input, options) => current().call(path, input, options) });
}
