import { type ClientLink, createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractClient } from '../../shared/contract.ts';
import { type Channel, ChannelError } from './channel.ts';

export type Link = ClientLink<Record<never, never>>;

/** A link for contract calls over the text messages of a channel. */
export function linkOf(channel: Channel): Link {
  const remove = new Map<unknown, () => void>();
  let ended = false;
  // What the link knows as its socket. Once the channel has ended it takes what is sent without a word: by then only
  // "no longer interested" is sent, and nobody is there to hear it.
  const socket = {
    readyState: WebSocket.OPEN,
    send: (message: string | ArrayBufferLike | Blob | ArrayBufferView) => {
      if (ended) return;
      if (typeof message !== 'string') throw new Error('Contract messages are text; this call carries a file.');
      channel.send(message);
    },
    addEventListener: (type: string, listener: (event: never) => void) => {
      if (type === 'message') {
        const tell = listener as (event: { data: string }) => void;
        remove.set(
          listener,
          channel.onText((data) => tell({ data })),
        );
      }
      if (type === 'close') {
        void channel.closed.then(() => {
          ended = true;
          (listener as () => void)();
        });
      }
    },
    removeEventListener: (_type: string, listener: (event: never) => void) => remove.get(listener)?.(),
  };
  const link = new RPCLink({ websocket: socket as unknown as WebSocket });
  return {
    call: (path, input, options) =>
      ended
        ? Promise.reject(new ChannelError('The connection ended. Nothing was sent.', false))
        : link.call(path, input, options),
  };
}

/** A typed client whose calls go over whatever link is current when they are made. */
export function createClient(current: () => Link): ContractClient {
  return createORPCClient({ call: (path, input, options) => current().call(path, input, options) });
}
