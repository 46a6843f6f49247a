import { randomUUID } from 'node:crypto';
import fastifyHelmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import { OpenAPIHandler } from '@orpc/openapi/fastify';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { AppError } from '../../shared/errors.ts';
import type { Orchestrator } from '../orchestrator/index.ts';
import { contentSecurityPolicy } from './content-security-policy.ts';
import { type Credentials, credentialOf } from './credentials.ts';
import { createOpenApiDocument } from './openapi.ts';
import { isLoopback, refuseForeign } from './origin-check.ts';
import { createSockets } from './sockets.ts';

/** Largest request body: the longest prompt, with room for its JSON. */
const maxBodyBytes = 8 * 1024 * 1024;
/** The same where a file is saved: 10 MiB of it in base64 or, its marks escaped, in JSON. */
const maxFileBodyBytes = 24 * 1024 * 1024;

export interface Server {
  /** `http://127.0.0.1:3847` */
  address: string;
  close(): Promise<void>;
}

export interface ServerOptions {
  orchestrator: Orchestrator;
  credentials: Credentials;
  host: string;
  /** 0: any free port. */
  port: number;
  /** Folder of the built page. */
  pageFolder: string;
  version: string;
  log: { warn(details: object, message: string): void; error(details: object, message: string): void };
}

/** Opens the port: page, contract over HTTP and WebSocket, OpenAPI document and health routes. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { orchestrator, credentials, log } = options;
  if (!isLoopback(options.host)) {
    throw new AppError(
      'BAD_REQUEST',
      `HOST ${options.host} would open Control Room to the network, which it refuses. Use 127.0.0.1, ::1 or localhost.`,
      { option: 'host' },
    );
  }
  const app = Fastify({
    bodyLimit: maxBodyBytes,
    genReqId: () => randomUUID(),
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true },
    // Headers that trickle in hold a connection no longer than this.
    requestTimeout: 30_000,
  });
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy },
    // The page is served without TLS on loopback.
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
    frameguard: { action: 'deny' },
  });
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
    const foreign = refuseForeign(request.headers);
    if (foreign) return refuse(reply, foreign);
  });
  // The contract's own reader takes bodies; Fastify only bounds them.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined));

  const openApi = new OpenAPIHandler(orchestrator.router);
  async function serveContract(request: FastifyRequest, reply: FastifyReply) {
    const caller = credentials.check(credentialOf(request.headers), request.ip);
    if (!caller)
      return refuse(
        reply,
        new AppError(
          'UNAUTHORIZED',
          'No valid credential. Send "Authorization: Bearer <token>"; the token stands in the address that was printed at the start, and in the file "token" of the data folder.',
        ),
      );
    const length = Number(request.headers['content-length'] ?? 0);
    const most = request.routeOptions.bodyLimit ?? maxBodyBytes;
    if (length > most)
      return refuse(
        reply,
        new AppError('PAYLOAD_TOO_LARGE', `The body has ${length} bytes; at most ${most} are taken.`),
      );
    const { matched } = await openApi.handle(request, reply, { context: caller });
    if (!matched) return refuse(reply, noSuchRoute(request));
  }
  app.all('/api/*', serveContract);
  app.post('/api/files/save', { bodyLimit: maxFileBodyBytes }, serveContract);
  app.all('/orchestrate/*', serveContract);

  const document = createOpenApiDocument(options.version);
  app.get('/openapi.json', async () => document());
  app.get('/health', async (request, reply) => {
    const report = await orchestrator.health.report();
    const { status, uptime, timestamp, version } = report;
    const known = credentials.check(credentialOf(request.headers), request.ip) !== undefined;
    return reply.code(status === 'unhealthy' ? 503 : 200).send(known ? report : { status, uptime, timestamp, version });
  });
  for (const path of ['/live', '/healthz']) app.get(path, async () => ({ status: 'ok' }));
  for (const path of ['/ready', '/readyz']) {
    app.get(path, async (_request, reply) => {
      const { ready, reasons } = orchestrator.health.ready();
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
    return refuse(
      reply,
      new AppError(
        'INTERNAL',
        `Something went wrong inside Control Room. The log has the details under request ${request.id}.`,
      ),
    );
  });

  const sockets = createSockets({ orchestrator, credentials, log });
  sockets.attach(app.server);
  const address = await listen();

  async function listen(): Promise<string> {
    try {
      return await app.listen({ host: options.host, port: options.port });
    } catch (error) {
      await app.close();
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE') {
        throw new AppError(
          'CONFLICT',
          `Port ${options.port} on ${options.host} is taken by another program. Stop that one, or choose another with --port (0: any free one).`,
          { port: options.port },
          { cause: error },
        );
      }
      if (code === 'EACCES') {
        throw new AppError(
          'FORBIDDEN',
          `This user may not open port ${options.port}. Choose one above 1023 with --port.`,
          { port: options.port },
          { cause: error },
        );
      }
      throw error;
    }
  }

  return {
    address,
    async close() {
      sockets.close();
      await app.close();
    },
  };
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
