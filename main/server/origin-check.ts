import type { IncomingHttpHeaders } from 'node:http';
import { hostname } from 'node:os';
import { AppError } from '../../shared/errors.ts';
import { isLoopback } from '../../shared/networks.ts';
import type { Origin } from './client-address.ts';

const machineName = hostname().toLowerCase();

/**
 * Refuses requests made by a foreign page: one that reached us under a foreign name (DNS rebinding) or that says it comes
 * from another origin. Programs send no Origin and are let through to the credential check. What is refused is not told to
 * other machines.
 */
export function refuseForeign(
  headers: IncomingHttpHeaders,
  from: Origin,
  settings: { listenHost: string; corsOrigins: readonly string[] },
): AppError | undefined {
  const { origin } = headers;
  const { host } = from;
  const known = new Set(settings.corsOrigins.map((one) => nameOf(one.replace(/^https?:\/\//, ''))));
  const name = host === undefined ? undefined : nameOf(host);
  if (!name || !isOurs(name, from, settings.listenHost, known))
    return new AppError(
      'FORBIDDEN',
      `Host "${host ?? ''}" is not this machine. Use http://127.0.0.1 and the port, or name it with CORS_ORIGIN.`,
      { host },
    );
  if (origin !== undefined) {
    if (origin === `${from.scheme}://${host}` || settings.corsOrigins.includes(origin.toLowerCase())) return undefined;
    return new AppError('FORBIDDEN', `Origin "${origin}" may not use Control Room. Open its own page instead.`, {
      origin,
    });
  }
  // A browser that leaves out the origin (images, forms by GET) still says that another site asks.
  const site = headers['sec-fetch-site'];
  if ((site === 'cross-site' || site === 'same-site') && headers['sec-fetch-mode'] !== 'navigate')
    return new AppError('FORBIDDEN', 'Another site may not use Control Room. Open its own page instead.');
  return undefined;
}

function isOurs(name: string, from: Origin, listenHost: string, known: ReadonlySet<string | undefined>): boolean {
  if (isLoopback(name) || known.has(name)) return true;
  if (isLoopback(listenHost)) return false;
  // A name that an attacker holds can be pointed at us; an address or the machine's own name cannot.
  const bare = name.replace(/^\[(.*)\]$/, '$1');
  return bare === from.localAddress || bare === listenHost || name === machineName || name === `${machineName}.local`;
}

function nameOf(host: string): string | undefined {
  return /^(\[[0-9a-fA-F:.]+\]|[^:/@\s]+)(:\d{1,5})?$/.exec(host)?.[1]?.toLowerCase();
}

/** What a foreign origin that may call is told; undefined for a request that needs nothing said. */
export function corsHeaders(
  headers: IncomingHttpHeaders,
  corsOrigins: readonly string[],
): Record<string, string> | undefined {
  const { origin } = headers;
  if (origin === undefined || !corsOrigins.includes(origin.toLowerCase())) return undefined;
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': 'authorization, content-type, x-api-key, last-event-id',
    'access-control-expose-headers': 'ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after, x-request-id',
    'access-control-max-age': '600',
    vary: 'origin',
  };
}
