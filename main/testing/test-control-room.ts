import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { createRouterClient } from '@orpc/server';
import { WebSocket } from 'ws';
import type { Access } from '../../shared/access.ts';
import type { ContractClient } from '../../shared/contract.ts';
import type { AppEvent } from '../../shared/events.ts';
import { createOrchestrator, type Orchestrator, type OrchestratorOptions } from '../orchestrator/index.ts';
import { createPort } from '../server/port.ts';
import { createTemporaryHome, pinnedClaude, type TemporaryHome } from './temporary-home.ts';

const mainFolder = new URL('../', import.meta.url);
const token = 'test-token-test-token-test-token';

export interface TestControlRoom {
  home: TemporaryHome;
  orchestrator: Orchestrator;
  server: { address: string; close(): Promise<void> };
  token: string;
  /** The contract, called in process. */
  api: ContractClient;
  /** The contract in process, with less access. */
  apiAs(access: Access): ContractClient;
  /** The contract over a WebSocket of its own. */
  connect(): Promise<{ api: ContractClient; close(): void }>;
  /** One HTTP call with the right credential; `body` is sent as JSON. */
  request(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: unknown; headers: Headers }>;
  /** Settles with the first event since the start for which `matches` is true. */
  waitForEvent(matches: (event: AppEvent) => boolean): Promise<AppEvent>;
  /** What was logged as a warning or an error. */
  problems: { message: string; details: object }[];
  /** Ends it and starts another one on the same data: what was running goes on. */
  restart(): Promise<TestControlRoom>;
  /** Ends it with its workers and removes everything. */
  close(): Promise<void>;
}

/** A whole Control Room on temporary data, with the real CLI against a model at `modelUrl`. */
export async function startTestControlRoom(input: {
  modelUrl: string;
  maxWorkers?: number;
  options?: Partial<OrchestratorOptions>;
  environment?: Record<string, string>;
  /** Settings that it starts with and that cannot be changed. */
  settings?: OrchestratorOptions['lockedSettings'];
  /** As the desktop starts: no port until the settings open one. */
  portClosed?: boolean;
}): Promise<TestControlRoom> {
  const home = await createTemporaryHome({ modelUrl: input.modelUrl });
  return startOn(home, input);
}

async function startOn(
  home: TemporaryHome,
  input: Parameters<typeof startTestControlRoom>[0],
): Promise<TestControlRoom> {
  const problems: TestControlRoom['problems'] = [];
  const note = (details: object, message: string) => void problems.push({ message, details });
  const orchestrator = createOrchestrator({
    version: '0.0.0-test',
    dataDir: join(home.folder, 'data'),
    worktreesDir: join(home.folder, 'worktrees'),
    claudePath: pinnedClaude() ?? null,
    allowedProjectRoots: [],
    allowedFileRoots: [],
    notifyWebhook: null,
    allowDangerous: false,
    lockedSettings: {
      maxWorkers: { value: input.maxWorkers ?? 5, by: 'the test' },
      ...(input.portClosed
        ? {}
        : { listen: { value: true, by: 'the test' }, listenPort: { value: 0, by: 'the test' } }),
      ...input.settings,
    },
    access: {
      localToken: { token, by: 'the test' },
      jwtSecret: null,
      jwtExpiresInMs: 24 * 60 * 60_000,
      defaultKeyRateLimit: null,
    },
    environment: { ...home.environment, ...input.environment },
    node: { file: process.execPath, env: {} },
    programs: {
      host: [fileURLToPath(new URL('host.ts', mainFolder))],
      screenParser: new URL('orchestrator/terminals/screen-parser.ts', mainFolder),
      sessionIndexer: new URL('orchestrator/sessions/indexer-thread.ts', mainFolder),
      sessionReader: new URL('orchestrator/sessions/reader-thread.ts', mainFolder),
      sessionDigest: new URL('orchestrator/compression/digest-thread.ts', mainFolder),
      sessionMeaning: new URL('orchestrator/sessions/meaning-thread.ts', mainFolder),
      backup: new URL('orchestrator/backups/backup-thread.ts', mainFolder),
      maintenance: new URL('orchestrator/maintenance/maintenance-thread.ts', mainFolder),
    },
    log: { debug: () => undefined, info: () => undefined, warn: note, error: note },
    ...input.options,
  });
  await orchestrator.ready;
  const port = createPort({
    orchestrator,
    dataDir: join(home.folder, 'data'),
    pageFolder: home.folder,
    version: '0.0.0-test',
    log: { debug: () => undefined, info: () => undefined, warn: note, error: note },
  });
  const { address } = await port.open();
  const server = { address: address ?? '', close: port.close };
  const apiAs = (access: Access) =>
    createRouterClient(orchestrator.router, {
      context: { access, name: 'tester', from: 'the test' },
    }) as ContractClient;
  const api = apiAs('admin');
  const sockets = new Set<WebSocket>();

  const seen: AppEvent[] = [];
  const looks = new Set<() => void>();
  const ending = new AbortController();
  const following = (async () => {
    for await (const event of await api.events.subscribe({ since: 0 }, { signal: ending.signal })) {
      if (event.type === 'resync') continue;
      seen.push(event);
      for (const look of [...looks]) look();
    }
  })().catch((error: unknown) => {
    if (!ending.signal.aborted) note({ error }, 'the event stream broke');
  });

  async function end(stopWorkers: boolean): Promise<void> {
    ending.abort();
    for (const socket of sockets) socket.terminate();
    await server.close();
    await orchestrator.close({ stopWorkers });
    await following;
  }

  return {
    home,
    orchestrator,
    server,
    token,
    api,
    apiAs,
    problems,
    async connect() {
      const socket = new WebSocket(`${server.address.replace('http', 'ws')}/ws`, [`bearer.${token}`]);
      sockets.add(socket);
      await new Promise<void>((resolve, reject) => {
        socket.once('open', () => resolve());
        socket.once('error', reject);
      });
      return {
        api: createORPCClient(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket })),
        close: () => socket.terminate(),
      };
    },
    async request(method, path, body, headers = {}) {
      const response = await fetch(`${server.address}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text ? JSON.parse(text) : undefined, headers: response.headers };
    },
    waitForEvent: (matches) =>
      new Promise((resolve) => {
        const look = () => {
          const found = seen.find(matches);
          if (!found) return;
          looks.delete(look);
          resolve(found);
        };
        looks.add(look);
        look();
      }),
    async restart() {
      await end(false);
      return startOn(home, input);
    },
    async close() {
      await end(true);
      await home.close();
    },
  };
}
