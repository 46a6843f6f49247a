import { connect, type Socket } from 'node:net';

/** Sends bytes on a connection of their own; gives what came back until it closed. */
export function exchange(input: { port: number; bytes: Buffer; localAddress?: string }): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({
      host: '127.0.0.1',
      port: input.port,
      ...(input.localAddress ? { localAddress: input.localAddress } : {}),
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    // A reset is an answer too.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    socket.end(input.bytes);
  });
}

/** The statuses in what came back. */
export function statusesIn(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
}

/** One connection that sends many requests behind each other and tells the status of each answer. */
export function createPipeline(input: { port: number; localAddress: string }) {
  let socket: Socket | undefined;
  let waiting: ((statuses: number[]) => void) | undefined;
  let wanted = 0;
  let statuses: number[] = [];
  let rest = '';

  function settle(): void {
    const done = waiting;
    waiting = undefined;
    done?.(statuses);
  }

  function open(): Socket {
    const opened = connect({ host: '127.0.0.1', port: input.port, localAddress: input.localAddress });
    opened.setNoDelay(true);
    opened.on('data', (chunk) => {
      rest += chunk.toString('latin1');
      const end = rest.lastIndexOf('HTTP/1.1 ');
      const whole = end >= 0 && rest.length >= end + 12 ? rest.length : Math.max(0, end);
      statuses.push(...statusesIn(rest.slice(0, whole)));
      rest = rest.slice(whole).slice(-12);
      if (statuses.length >= wanted) settle();
    });
    opened.on('error', () => undefined);
    opened.on('close', () => {
      if (socket === opened) socket = undefined;
      settle();
    });
    return opened;
  }

  return {
    /** Sends requests at once; gives the statuses of their answers, fewer when the connection was closed. */
    send(requests: readonly string[]): Promise<number[]> {
      socket ??= open();
      wanted = requests.length;
      statuses = [];
      rest = '';
      const sending = socket;
      return new Promise((resolve) => {
        waiting = resolve;
        sending.write(requests.join(''));
      });
    },
    close: () => socket?.destroy(),
  };
}

/** A GET with a credential. */
export function getRequest(path: string, credential: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${credential}\r\n\r\n`;
}
