import { randomUUID } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import fastifyHelmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import { OpenAPIHandler } from '@orpc/openapi/fastify';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { AppError } from '../../shared/errors.ts';
import { mayOn, type Orchestrator, portHolder } from '../orchestrator/index.ts';
import type { Certificate } from './certificate.ts';
import { isThisMachine, type Origin } from './client-address.ts';
import { contentSecurityPolicy } from './content-security-policy.ts';
import { credentialOf } from './credential-of.ts';
import { createGate } from './gate.ts';
import { boundConnections } from './half-open.ts';
import { createOpenApiDocument } from './openapi.ts';
import { createOpenings } from './openings.ts';
import { corsHeaders } from './origin-check.ts';
import { createRouteNames } from './route-names.ts';
import { createSameAgain } from './same-again.ts';
import { createSockets } from './sockets.ts';

/** Largest request body: the longest prompt, with room for its JSON. */
const maxBodyBytes = 8 * 1024 * 1024;
/** The same where a file is saved: 10 MiB of it in base64 or, its marks escaped, in JSON. */
const maxFileBodyBytes = 24 * 1024 * 1024;

/** Headers that trickle in hold a connection no longer than this, a whole request no longer than the next. */
const headersWithinMs = 10_000;
const requestWithinMs = 20_000;
/** How often it is looked which connections are over: Node's own 30 s would let one live for 40. */
const lookEveryMs = 2000;
const maxHeaderBytes = 16 * 1024;

export interface Server {
  /** `http://127.0.0.1:3847` */
  address: string;
  close(): Promise<void>;
}

export interface ServerOptions {
  orchestrator: Orchestrator;
  host: string;
  /** 0: any free port. */
  port: number;
  /** Speaks TLS with it. */
  certificate?: Certificate | undefined;
  /** Folder of the built page. */
  pageFolder: string;
  version: string;
  log: Record<'debug' | 'info' | 'warn' | 'error', (details: object, message: string) => void>;
}

/** Opens the port: page, contract over HTTP and WebSocket, OpenAPI document and health routes. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { orchestrator, certificate, log } = options;
  const now = Date.now;
  const { meters } = orchestrator;
  const gate = createGate({
    access: orchestrator.access,
    settings: orchestrator.settings,
    rateLimited: meters.rateLimited,
    now,
  });
  const routeName = createRouteNames();
  const openings = createOpenings({ onOver: orchestrator.access.onOver, mayStay: gate.isAllowed, now });
  const origins = new WeakMap<object, Origin>();
  const forNode = {
    connectionsCheckingInterval: lookEveryMs,
    headersTimeout: headersWithinMs,
    requestTimeout: requestWithinMs,
    maxHeaderSize: maxHeaderBytes,
    // A TLS handshake that is never finished.
    ...(certificate ? { key: certificate.key, cert: certificate.cert, handshakeTimeout: headersWithinMs } : {}),
  };
  const sameAgain = createSameAgain({
    lastSeq: orchestrator.lastSeq,
    settings: orchestrator.settings,
    onOver: orchestrator.access.onOver,
    now,
  });
  const app = Fastify({
    bodyLimit: maxBodyBytes,
    genReqId: () => randomUUID(),
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true },
    serverFactory(handler) {
      const serve: typeof handler = (request, response) => {
        const startedAt = performance.now();
        if (!sameAgain.answer(request, response)) return handler(request, response);
        // Only routes without parameters are answered so: their address is their pattern.
        const path = request.url?.split('?')[0] ?? '';
        meters.request({ method: 'GET', path, status: 200, seconds: (performance.now() - startedAt) / 1000 });
      };
      return certificate ? createHttpsServer(forNode, serve) : createHttpServer(forNode, serve);
    },
  });
  const connections = boundConnections(app.server);
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy },
    // A certificate made here is trusted by nobody, and the same name may speak without TLS tomorrow.
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'strict-origin-when-cross-origin' },
    frameguard: { action: 'deny' },
    xXssProtection: false,
  });
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id).header('x-xss-protection', '1; mode=block');
    const from = gate.originOf(request.raw);
    origins.set(request.raw, from);
    const cors = corsHeaders(request.headers, gate.corsOrigins());
    if (cors) void reply.headers(cors);
    const foreign = await gate.refuseStranger(request.raw, from);
    if (foreign) return refuse(reply, foreign);
    if (cors && request.method === 'OPTIONS') return reply.code(204).send();
    if (isContract(request)) return undefined;
    const tooMany = await gate.visit(from);
    if (tooMany && 'error' in tooMany) return refuse(reply.headers(tooMany.headers), tooMany.error);
    return undefined;
  });
  app.addHook('onResponse', async (request, reply) => {
    const streams = String(reply.getHeader('content-type')).startsWith('text/event-stream');
    meters.request({
      method: request.method,
      path: isContract(request) ? routeName(pathOf(request)) : (request.routeOptions.url ?? '(none)'),
      status: reply.statusCode,
      seconds: streams ? null : reply.elapsedTime / 1000,
    });
    const { statusCode: status, elapsedTime } = reply;
    // What only looks, and went well, would fill the log.
    const level = (request.method === 'GET' || request.method === 'OPTIONS') && status < 400 ? 'debug' : 'info';
    log[level](
      {
        requestId: request.id,
        method: request.method,
        path: pathOf(request),
        status,
        duration_ms: Math.round(elapsedTime * 10) / 10,
        client_ip: originOf(request).address,
      },
      'Request processed',
    );
  });
  // The contract's own reader takes bodies; Fastify only bounds them.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined));

  function originOf(request: FastifyRequest): Origin {
    return origins.get(request.raw) ?? gate.originOf(request.raw);
  }

  const moments = new WeakMap<object, Parameters<typeof sameAgain.remember>[1]>();
  app.addHook('onSend', async (request, reply, payload) => {
    const moment = moments.get(request.raw);
    if (moment && reply.statusCode === 200 && (typeof payload === 'string' || Buffer.isBuffer(payload)))
      sameAgain.remember(request.raw, moment, { headers: reply.getHeaders(), body: payload });
    return payload;
  });
  const openApi = new OpenAPIHandler(orchestrator.router);
  async function serveContract(request: FastifyRequest, reply: FastifyReply) {
    const admission = await gate.admit(originOf(request), credentialOf(request.headers), pathOf(request));
    void reply.headers(admission.headers);
    if ('error' in admission) return refuse(reply, admission.error);
    const { identity } = admission;
    connections.known(request.raw.socket);
    const length = Number(request.headers['content-length'] ?? 0);
    const most = request.routeOptions.bodyLimit ?? maxBodyBytes;
    if (length > most)
      return refuse(
        reply,
        new AppError('PAYLOAD_TOO_LARGE', `The body has ${length} bytes; at most ${most} are taken.`),
      );
    const over = openings.add(identity, originOf(request), () => cutOff(reply));
    reply.raw.once('close', over);
    // What a limit counts is looked at each time.
    const moment = Object.keys(admission.headers).length === 0 ? sameAgain.moment(request.raw) : undefined;
    if (moment) moments.set(request.raw, { ...moment, expiresAt: identity.expiresAt ?? null });
    const { matched } = await openApi.handle(request, reply, { context: { ...identity, requestId: request.id } });
    if (!matched) return refuse(reply, noSuchRoute(request));
  }
  app.all('/api/*', serveContract);
  for (const large of ['/api/files/save', '/api/database/import'])
    app.post(large, { bodyLimit: maxFileBodyBytes }, serveContract);
  app.all('/orchestrate/*', serveContract);

  const document = createOpenApiDocument(options.version);
  app.get('/openapi.json', async () => document());
  app.get('/health', async (request, reply) => {
    const credential = credentialOf(request.headers);
    const admission =
      credential === undefined ? undefined : await gate.admit(originOf(request), credential, pathOf(request));
    if (admission && 'error' in admission && admission.error.code === 'TOO_MANY_REQUESTS')
      return refuse(reply.headers(admission.headers), admission.error);
    const report = await orchestrator.health.report();
    const { status, uptime, timestamp, version } = report;
    const known = admission !== undefined && 'identity' in admission && admission.identity.only === undefined;
    return reply.code(status === 'unhealthy' ? 503 : 200).send(known ? report : { status, uptime, timestamp, version });
  });
  app.get('/metrics', async (request, reply) => {
    const { metricsEnabled, metricsOpenHere } = orchestrator.settings();
    if (!metricsEnabled) return refuse(reply, noSuchRoute(request));
    const from = originOf(request);
    const credential = credentialOf(request.headers);
    // What a proxy on this machine passes on is not of this machine, whether its word is taken or not.
    const isOpen = metricsOpenHere && isThisMachine(from) && !isPassedOn(request);
    if (credential !== undefined || !isOpen) {
      const admission = await gate.admit(from, credential, pathOf(request));
      void reply.headers(admission.headers);
      if ('error' in admission) return refuse(reply, admission.error);
      if (!mayOn(admission.identity, 'metrics', 'view'))
        return refuse(reply, new AppError('FORBIDDEN', 'This credential may not read metrics ("read:metrics").'));
    }
    const { contentType, text } = await meters.scrape();
    return reply.type(contentType).send(text);
  });
  for (const path of ['/live', '/healthz']) app.get(path, async () => ({ status: 'ok' }));
  for (const path of ['/ready', '/readyz']) {
    app.get(path, async (_request, reply) => {
      const { ready, reasons } = await orchestrator.health.ready();
      return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', reasons });
    });
  }

  await app.register(fastifyStatic, { root: options.pageFolder, cacheControl: true, maxAge: 0, immutable: false });
  app.setNotFoundHandler((request, reply) => refuse(reply, noSuchRoute(request)));
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error.statusCode !== undefined && error.statusCode < 500) {
      const code = error.statusCode === 413 ? 'PAYLOAD_TOO_LARGE' : 'BAD_REQUEST';
      return refuse(reply, new AppError(code, error.message));
    }
    log.error(
      { error, requestId: request.id, route: request.routeOptions.url },
      'a request failed in a way nobody foresaw',
    );
    meters.failed('INTERNAL');
    return refuse(
      reply,
      new AppError(
        'INTERNAL',
        `Something went wrong inside Control Room. The log has the details under request ${request.id}.`,
      ),
    );
  });

  const sockets = createSockets({
    orchestrator,
    gate,
    openings,
    meters,
    known: (socket) => connections.known(socket as Socket),
    log,
  });
  sockets.attach(app.server);
  const address = await listen();

  async function listen(): Promise<string> {
    try {
      return await app.listen({ host: options.host, port: options.port });
    } catch (error) {
      openings.close();
      await app.close();
      throw await listenProblem(error as NodeJS.ErrnoException, options);
    }
  }

  let closing: Promise<void> | undefined;
  return {
    address,
    close() {
      sockets.close();
      openings.close();
      sameAgain.close();
      closing ??= app.close();
      return closing;
    },
  };
}

/** Why a port cannot be listened on, with the fix. */
async function listenProblem(error: NodeJS.ErrnoException, { host, port }: ServerOptions): Promise<unknown> {
  const option = { port, host };
  switch (error.code) {
    case 'EADDRINUSE': {
      const holder = (await portHolder(port)) ?? 'another program';
      return new AppError(
        'CONFLICT',
        `Port ${port} on ${host} is taken by ${holder}. Stop that one, or choose another with --port (0: any free one).`,
        { ...option, holder },
        { cause: error },
      );
    }
    case 'EACCES':
      return new AppError(
        'FORBIDDEN',
        `This user may not open port ${port}. Choose one above 1023 with --port.`,
        option,
        { cause: error },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new AppError(
        'BAD_REQUEST',
        `HOST ${host} is not an address of this machine. Use 127.0.0.1, or 0.0.0.0 for all of its addresses.`,
        option,
        { cause: error },
      );
    default:
      return error;
  }
}

/** A call that ended its own credential is still answered; a stream is not gone on with. */
const answerWithinMs = 1000;

/** Ends what is being answered. */
function cutOff({ raw }: FastifyReply): void {
  if (raw.headersSent) raw.socket?.destroy();
  else setTimeout(() => raw.writableFinished || raw.socket?.destroy(), answerWithinMs).unref();
}

function isPassedOn({ headers }: FastifyRequest): boolean {
  return ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'].some((name) => name in headers);
}

function isContract(request: FastifyRequest): boolean {
  return /^\/(api|orchestrate)\//.test(request.url);
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?')[0] ?? '';
}

function refuse(reply: FastifyReply, error: AppError) {
  if (error.code === 'UNAUTHORIZED') void reply.header('www-authenticate', 'Bearer realm="Control Room"');
  return reply.code(error.status).send({
    code: error.code,
    status: error.status,
    message: error.message,
    ...(error.details ? { data: error.details } : {}),
  });
}

function noSuchRoute(request: FastifyRequest): AppError {
  return new AppError(
    'NOT_FOUND',
    `There is no ${request.method} ${request.url.split('?')[0]}. GET /openapi.json lists what there is.`,
  );
}
