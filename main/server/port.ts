import { networkInterfaces } from 'node:os';
import type { PortState } from '../../shared/credentials.ts';
import { AppError } from '../../shared/errors.ts';
import { isLoopback } from '../../shared/networks.ts';
import type { Settings } from '../../shared/settings.ts';
import { type Certificate, certificateOf } from './certificate.ts';
import { isWithin, parseNetworks } from './client-address.ts';
import { type Server, type ServerOptions, startServer } from './server.ts';

/** The answer of the call that changed a setting still gets out of the port that is about to close. */
const reopenAfterMs = 150;

const closed: PortState = {
  state: 'closed',
  address: null,
  addresses: [],
  problem: null,
  fingerprint: null,
  certificateExpiresAt: null,
  connections: 0,
};

export interface Port {
  /** Opens it as the settings say, if they do; rejects with the reason when that fails. */
  open(): Promise<PortState>;
  close(): Promise<void>;
}

/** Keeps the port as the settings want it: opens, closes and moves it while everything else goes on. */
export function createPort(
  deps: Pick<ServerOptions, 'orchestrator' | 'pageFolder' | 'version' | 'log'> & { dataDir: string },
): Port {
  const { orchestrator } = deps;
  let server: Server | undefined;
  let opened = '';
  let working: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let ended = false;

  function tell(state: PortState): PortState {
    orchestrator.access.setPort(state);
    orchestrator.announce(state.address);
    return state;
  }

  async function closeServer(): Promise<void> {
    const closing = server;
    server = undefined;
    opened = '';
    await closing?.close();
  }

  /** Makes the port what the settings want. What fails is told, and thrown. */
  async function apply(): Promise<PortState> {
    const settings = orchestrator.settings();
    const wanted = wantedOf(settings);
    if (ended || wanted === opened) return orchestrator.access.port();
    await closeServer();
    if (!settings.listen) return tell(closed);
    try {
      refuseUnguarded(settings);
      orchestrator.access.setPort({ ...closed, state: 'opening' });
      const lan = lanAddresses(settings);
      const certificate = settings.tls ? await certificateOf(deps.dataDir, lan) : undefined;
      server = await startServer({
        ...deps,
        host: settings.listenHost,
        port: settings.listenPort,
        certificate,
      });
      opened = wanted;
      return tell(stateOf(server.address, settings, lan, certificate));
    } catch (error) {
      const problem =
        error instanceof AppError ? error.message : `The port cannot be opened: ${String((error as Error).message)}`;
      tell({ ...closed, state: 'failed', problem });
      throw error;
    }
  }

  function inTurn(): Promise<PortState> {
    const next = working.then(apply);
    working = next.catch(() => undefined);
    return next;
  }

  const endFollowing = orchestrator.onSettings(() => {
    if (ended || wantedOf(orchestrator.settings()) === opened) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      inTurn().catch((error: unknown) => deps.log.warn({ error }, 'the port could not be opened'));
    }, reopenAfterMs).unref();
  });

  return {
    open: inTurn,
    async close() {
      ended = true;
      clearTimeout(timer);
      endFollowing();
      await working;
      await closeServer();
    },
  };
}

/** What of the settings the port has to be opened anew for. */
function wantedOf({ listen, listenHost, listenPort, tls, allowlist }: Settings): string {
  if (!listen) return '';
  return JSON.stringify([listenHost, listenPort, tls, isLoopback(listenHost) || allowlist.length > 0]);
}

function refuseUnguarded({ listenHost, allowlist }: Settings): void {
  if (isLoopback(listenHost) || allowlist.length > 0) return;
  throw new AppError(
    'BAD_REQUEST',
    `HOST ${listenHost} would open Control Room to every network. Say with ALLOWLIST which may connect (such as 192.168.1.0/24), or use 127.0.0.1, ::1 or localhost.`,
    { option: 'host' },
  );
}

/** This machine's addresses that others can use, those in an allowed network first. */
function lanAddresses({ listenHost, allowlist }: Settings): string[] {
  if (isLoopback(listenHost)) return [];
  if (listenHost !== '0.0.0.0' && listenHost !== '::') return [listenHost];
  const networks = parseNetworks(allowlist);
  return Object.values(networkInterfaces())
    .flatMap((interfaces) => interfaces ?? [])
    .filter(
      ({ internal, family, scopeid }) => !internal && (family === 'IPv4' ? true : listenHost === '::' && !scopeid),
    )
    .map(({ address }) => address)
    .sort((a, b) => Number(isWithin(b, networks)) - Number(isWithin(a, networks)));
}

function stateOf(
  listening: string,
  settings: Settings,
  lan: readonly string[],
  certificate: Certificate | undefined,
): PortState {
  const scheme = certificate ? 'https' : 'http';
  const port = new URL(listening).port || (certificate ? '443' : '80');
  const at = (host: string) => `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const host = settings.listenHost;
  const own = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const address = at(own.replace(/^\[(.*)\]$/, '$1'));
  return {
    ...closed,
    state: 'open',
    address,
    addresses: [...new Set([...lan.map(at), address])],
    fingerprint: certificate?.fingerprint ?? null,
    certificateExpiresAt: certificate?.expiresAt ?? null,
  };
}
