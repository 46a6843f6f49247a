import type { RPCHandler } from '@orpc/server/message-port';
import { type IpcMainEvent, ipcMain, type MessagePortMain, type WebFrameMain } from 'electron';
import { isCallMessage } from '../call-message.ts';
import type { Caller, Orchestrator } from '../orchestrator/index.ts';
import type { DesktopLog } from './desktop-log.ts';

/** The only message the preload script sends; it carries a MessagePort. */
const channel = 'control-room:connect';

type PortListener = (event: { data: unknown }) => void;

/**
 * Serves the contract to our own pages: each asks for a connection with a MessagePort, on which strings are contract
 * calls and byte arrays terminal frames, as on the WebSocket. A page may ask before the orchestrator stands.
 */
export function createBridge(deps: {
  orchestrator: Promise<Orchestrator>;
  /** Whether a frame is the main frame of one of our windows, showing our page. */
  isOurs: (frame: WebFrameMain | null) => boolean;
  log: DesktopLog;
}) {
  const { orchestrator, isOurs, log } = deps;
  // Loaded behind the orchestrator, which needs most of it too, and before a page asks.
  const carrier = orchestrator.then(() => import('@orpc/server/message-port'));
  carrier.catch(() => undefined);
  const ports = new Set<MessagePortMain>();
  let handler: RPCHandler<Caller> | undefined;
  let closed = false;

  async function serve(port: MessagePortMain, page: string): Promise<void> {
    const [{ router, terminalStreams }, { RPCHandler }] = await Promise.all([orchestrator, carrier]);
    if (closed) return port.close();
    handler ??= new RPCHandler(router);
    const onText = new Set<PortListener>();
    const viewer = terminalStreams.connect({
      send(frame, sent) {
        port.postMessage(alone(frame));
        sent();
      },
      name: 'Desktop window',
      from: 'desktop window',
      canDrive: true,
      // A page that is loaded again has back what it drove.
      client: page,
    });
    handler.upgrade(
      {
        postMessage: (data: unknown) => port.postMessage(data),
        addEventListener: (type: string, listener: PortListener) => {
          if (type === 'message') onText.add(listener);
          else if (type === 'close') port.on('close', () => listener({ data: null }));
        },
      } as Parameters<typeof handler.upgrade>[0],
      { context: { access: 'admin', name: 'you', from: 'desktop window', viewerId: viewer.viewerId } },
    );
    let isTold = false;
    const refuse = (data: unknown): void => {
      // Once is enough to find it; a page gone wrong would fill the log.
      if (!isTold) log.warn({ type: typeof data }, 'the page sent something that is neither a call nor a frame');
      isTold = true;
    };
    port.on('message', ({ data }: { data: unknown }) => {
      if (data instanceof Uint8Array) viewer.receive(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      else if (typeof data !== 'string' || !isCallMessage(data)) refuse(data);
      else for (const listener of onText) listener({ data });
    });
    port.on('close', () => {
      ports.delete(port);
      viewer.close();
    });
    port.start();
  }

  function connect(event: IpcMainEvent): void {
    const [port] = event.ports;
    if (!port) return;
    if (closed || !isOurs(event.senderFrame)) {
      log.warn({ origin: event.senderFrame?.origin }, 'a frame that is not ours asked for a connection');
      port.close();
      return;
    }
    ports.add(port);
    serve(port, `desktop page ${event.sender.id}`).catch((error: unknown) => {
      log.error({ error }, 'a window could not be connected');
      port.close();
    });
  }
  ipcMain.on(channel, connect);

  return {
    /** Ends every connection; the pages see that and say so. */
    close(): void {
      closed = true;
      ipcMain.off(channel, connect);
      for (const port of ports) port.close();
      ports.clear();
    },
  };
}

export type Bridge = ReturnType<typeof createBridge>;

/** The bytes in a buffer of their own: what is sent takes its whole buffer along, and Node's small ones share one. */
function alone(frame: Uint8Array): Uint8Array {
  return frame.byteLength === frame.buffer.byteLength ? frame : new Uint8Array(frame);
}
