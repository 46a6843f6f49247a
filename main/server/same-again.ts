import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Settings } from '../../shared/settings.ts';
import { contractRoutes } from './contract-routes.ts';

/** A credential is looked at anew at least so often, so that its use, its end and a lock of its address are seen. */
const holdsMs = 1000;
/** Answers kept for one connection, and the largest of them. */
const mostAnswers = 8;
const largestBytes = 256 * 1024;

/** What an answer was made of. */
interface Moment {
  seq: number;
  settings: Settings;
  credentials: number;
}

interface Given extends Moment {
  requestHeaders: string[];
  until: number;
  /** Names and values in turn, the id of the request last. */
  headers: string[];
  body: string | Buffer;
}

/**
 * Gives the answer of a read once more: to the same request, to the letter of every header, on the same connection, while
 * no event came, no credential ended, no setting changed and no limit counts it. The one before has passed every check,
 * and nothing that they look at is different. A program that asks for the same list over and over costs next to nothing so.
 */
export function createSameAgain(deps: {
  lastSeq: () => number;
  settings: () => Settings;
  onOver: (listener: () => void) => () => void;
  now: () => number;
}) {
  const { now } = deps;
  const holding = new Set(
    contractRoutes()
      .filter(({ path, meta }) => meta.holdsUntilEvent && !path.includes('{'))
      .map(({ path }) => path),
  );
  const connections = new WeakMap<Socket, Map<string, Given>>();
  /** Changes whenever a credential ends or is given other rights. */
  let credentials = 0;
  const endListening = deps.onOver(() => {
    credentials += 1;
  });

  return {
    /**
     * What the answer to a request is made of, taken before it is made; undefined where it may not be given again. `expiresAt`
     * is when the credential is over.
     */
    moment({ method, url = '', headers }: IncomingMessage): Moment | undefined {
      const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
      if (method !== 'GET' || hasBody || !holding.has(url.split('?')[0] ?? '')) return undefined;
      return { seq: deps.lastSeq(), settings: deps.settings(), credentials };
    },
    /** Keeps an answer with status 200. `expiresAt` is when the credential is over, null: not by itself. */
    remember(
      request: IncomingMessage,
      moment: Moment & { expiresAt: number | null },
      answer: { headers: Record<string, string | number | string[] | undefined>; body: string | Buffer },
    ): void {
      if (answer.body.length > largestBytes) return;
      const known = connections.get(request.socket) ?? new Map<string, Given>();
      if (known.size >= mostAnswers) known.clear();
      known.set(request.url ?? '', {
        seq: moment.seq,
        settings: moment.settings,
        credentials: moment.credentials,
        requestHeaders: request.rawHeaders,
        until: Math.min(now() + holdsMs, moment.expiresAt ?? Number.POSITIVE_INFINITY),
        headers: [
          ...Object.entries(answer.headers)
            .filter(([name, value]) => name !== 'x-request-id' && name !== 'content-length' && value !== undefined)
            .flatMap(([name, value]) => [name, String(value)]),
          'content-length',
          String(Buffer.byteLength(answer.body)),
          'x-request-id',
          '',
        ],
        body: answer.body,
      });
      connections.set(request.socket, known);
    },
    /** Answers a request that is the same as an earlier one; false when it has to be looked at. */
    answer(request: IncomingMessage, response: ServerResponse): boolean {
      const given = connections.get(request.socket)?.get(request.url ?? '');
      if (
        given === undefined ||
        request.method !== 'GET' ||
        given.seq !== deps.lastSeq() ||
        given.credentials !== credentials ||
        given.settings !== deps.settings() ||
        given.until <= now() ||
        !isSame(given.requestHeaders, request.rawHeaders)
      )
        return false;
      given.headers[given.headers.length - 1] = randomUUID();
      response.writeHead(200, given.headers);
      response.end(given.body);
      return true;
    },
    close: endListening,
  };
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}
