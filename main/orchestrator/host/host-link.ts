import * as net from 'node:net';
import {
  createFrameIntake,
  decodeJson,
  encodeJsonFrame,
  encodeSeenFrame,
  frameKinds,
  OUTPUT_HEAD_BYTES,
} from '../../host/frames.ts';
import { HOST_PROTOCOL_OLDEST, HOST_PROTOCOL_VERSION, type HostAddress } from '../../host/protocol.ts';

const GREETING_LIMIT_MS = 5_000;
/** The host is told what came in steps of this many bytes. */
const SEEN_EVERY_BYTES = 32 * 1024;

/** A connection that a host has welcomed. */
export interface HostLink {
  socket: net.Socket;
  address: HostAddress;
  protocolVersion: number;
}

/** Opens the socket, shows the token, and gives the link once the host has welcomed us. */
export function openHostLink(
  address: HostAddress,
  deps: {
    /** The payload is lent, for the time of the call. */
    receive(kind: number, payload: Buffer): void;
    /** A connection that stood is gone. */
    onClose(socket: net.Socket): void;
    log: { error(details: object, message: string): void };
  },
): Promise<HostLink> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(new Error('the host does not answer')), GREETING_LIMIT_MS);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    let welcomed = false;
    let seenBytes = 0;
    let saidBytes = 0;
    const intake = createFrameIntake((kind, payload) => {
      if (welcomed) {
        if (kind === frameKinds.output) seenBytes += payload.length - OUTPUT_HEAD_BYTES;
        if (seenBytes - saidBytes >= SEEN_EVERY_BYTES) {
          saidBytes = seenBytes;
          socket.write(encodeSeenFrame(seenBytes));
        }
        return deps.receive(kind, payload);
      }
      if (kind !== frameKinds.welcome) return fail(new Error('the host refused our token'));
      welcomed = true;
      clearTimeout(timer);
      const { protocolVersion } = decodeJson(payload) as { protocolVersion: number };
      if (protocolVersion < HOST_PROTOCOL_OLDEST) {
        return fail(
          new Error(
            `the running host speaks version ${protocolVersion}, this app needs ${HOST_PROTOCOL_OLDEST}: quit its workers first`,
          ),
        );
      }
      resolve({ socket, address, protocolVersion });
    });
    const socket = net.connect({
      path: address.socketPath,
      onread: {
        buffer: intake.space,
        callback(sizeBytes) {
          try {
            intake.took(sizeBytes);
          } catch (error) {
            deps.log.error({ err: error }, 'the host said something unreadable');
            socket.destroy();
          }
          return true;
        },
      },
    });
    socket.on('error', fail);
    socket.on('connect', () =>
      socket.write(
        encodeJsonFrame(frameKinds.hello, {
          token: address.token,
          protocolVersion: HOST_PROTOCOL_VERSION,
          counts: true,
        }),
      ),
    );
    socket.on('close', () => {
      fail(new Error('the host closed the connection'));
      if (welcomed) deps.onClose(socket);
    });
  });
}
