import { clientHello } from './device-name.ts';

/** What carries one connection to the orchestrator: text messages are contract calls, binary ones terminal frames. */
export interface Channel {
  /** Sends one message. Throws when the channel is not open. */
  send(message: string | Uint8Array<ArrayBuffer>): void;
  onText(listener: (message: string) => void): () => void;
  onBinary(listener: (frame: Uint8Array) => void): () => void;
  /** Resolves when the channel has ended, for whatever reason. */
  readonly closed: Promise<void>;
  close(): void;
}

/** A channel over a WebSocket: knows how it ended. */
export interface SocketChannel extends Channel {
  /** The code and words it was closed with, once it is. */
  ending(): { code: number; reason: string };
}

/** The browser refused or lost the channel before it was usable; `refused` when the credential is the reason. */
export class ChannelError extends Error {
  readonly refused: boolean;

  constructor(message: string, refused: boolean) {
    super(message);
    this.name = 'ChannelError';
    this.refused = refused;
  }
}

function listeners<T>() {
  const all = new Set<(value: T) => void>();
  return {
    add(listener: (value: T) => void): () => void {
      all.add(listener);
      return () => {
        all.delete(listener);
      };
    },
    tell(value: T): void {
      for (const listener of [...all]) listener(value);
    },
  };
}

/**
 * Opens `/ws` of the page's own origin with the token as subprotocol `bearer.<token>`. A browser hides why a handshake
 * failed, so the same credential is tried once over HTTP to tell a wrong token from a server that is away.
 */
export async function openSocketChannel(token: string, signal: AbortSignal): Promise<Channel> {
  const channel = await openSocket(`bearer.${token}`, signal);
  if (channel) return channel;
  if (signal.aborted) throw new ChannelError('The connection was given up.', false);
  throw await reasonOf(token, signal);
}

/** Opens `/ws` with this credential, and says which page this is; null when it could not be opened. */
export async function openSocket(credential: string, signal: AbortSignal): Promise<SocketChannel | null> {
  const url = new URL('/ws', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url, [credential, `client.${clientHello()}`]);
  socket.binaryType = 'arraybuffer';
  const text = listeners<string>();
  const binary = listeners<Uint8Array>();
  socket.addEventListener('message', (event: MessageEvent<string | ArrayBuffer>) => {
    if (typeof event.data === 'string') text.tell(event.data);
    else binary.tell(new Uint8Array(event.data));
  });
  let ending = { code: 0, reason: '' };
  const closed = new Promise<void>((resolve) => {
    socket.addEventListener('close', ({ code, reason }) => {
      ending = { code, reason };
      resolve();
    });
  });
  const opened = await new Promise<boolean>((resolve) => {
    socket.addEventListener('open', () => resolve(true));
    socket.addEventListener('close', () => resolve(false));
    signal.addEventListener('abort', () => {
      socket.close();
      resolve(false);
    });
  });
  if (!opened) return null;
  return {
    ending: () => ending,
    send(message) {
      if (socket.readyState !== WebSocket.OPEN) throw new ChannelError('The connection is closed.', false);
      socket.send(message);
    },
    onText: text.add,
    onBinary: binary.add,
    closed,
    close: () => socket.close(),
  };
}

async function reasonOf(token: string, signal: AbortSignal): Promise<ChannelError> {
  try {
    const answer = await fetch('/api/health', { headers: { authorization: `Bearer ${token}` }, signal });
    if (answer.status === 401 || answer.status === 403) {
      return new ChannelError('This token is not accepted here.', true);
    }
    return new ChannelError(`The server answers, but not on /ws (HTTP ${answer.status}).`, false);
  } catch {
    return new ChannelError('The server does not answer.', false);
  }
}

/** What the preload script offers the page inside the desktop window. */
export interface DesktopBridge {
  /** Asks for a fresh MessagePort; it arrives as a window message `control-room:port` with the port attached. */
  connect(): void;
  readonly platform?: string;
}

declare global {
  interface Window {
    readonly controlRoom?: DesktopBridge;
  }
}

/** Opens a channel over a MessagePort from the desktop's main process. */
export async function openPortChannel(bridge: DesktopBridge, signal: AbortSignal): Promise<Channel> {
  const port = await new Promise<MessagePort>((resolve, reject) => {
    const take = (event: MessageEvent): void => {
      const given = event.ports[0];
      if (event.source !== window || !given || !isPortMessage(event.data)) return;
      window.removeEventListener('message', take);
      resolve(given);
    };
    window.addEventListener('message', take);
    signal.addEventListener('abort', () => {
      window.removeEventListener('message', take);
      reject(new ChannelError('The connection was given up.', false));
    });
    bridge.connect();
  });
  return portChannel(port);
}

function isPortMessage(data: unknown): boolean {
  return (
    data === 'control-room:port' ||
    (typeof data === 'object' && data !== null && 'type' in data && data.type === 'control-room:port')
  );
}

/** A channel over any MessagePort: strings are contract calls, byte arrays terminal frames. */
export function portChannel(port: MessagePort): Channel {
  const text = listeners<string>();
  const binary = listeners<Uint8Array>();
  let open = true;
  let end: () => void;
  const closed = new Promise<void>((resolve) => {
    end = () => {
      open = false;
      resolve();
    };
  });
  port.addEventListener('message', (event: MessageEvent<unknown>) => {
    const { data } = event;
    if (typeof data === 'string') text.tell(data);
    else if (data instanceof Uint8Array) binary.tell(data);
    else if (data instanceof ArrayBuffer) binary.tell(new Uint8Array(data));
  });
  port.addEventListener('close', () => end());
  port.start();
  return {
    send(message) {
      if (!open) throw new ChannelError('The connection is closed.', false);
      port.postMessage(message);
    },
    onText: text.add,
    onBinary: binary.add,
    closed,
    close() {
      port.close();
      end();
    },
  };
}
