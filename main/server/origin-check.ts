import { AppError } from '../../shared/errors.ts';

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether an address to listen on is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * Refuses requests made by a foreign page: one that reached us under a foreign name (DNS rebinding) or that says it comes
 * from another origin. Programs send no Origin and are let through to the credential check.
 */
export function refuseForeign(headers: Record<string, string | string[] | undefined>): AppError | undefined {
  const { host, origin } = headers;
  const name = typeof host === 'string' ? hostName(host) : undefined;
  if (!name || !(loopbackNames.has(name) || isLoopback(name))) {
    return new AppError('FORBIDDEN', `Host "${host ?? ''}" is not this machine. Use http://127.0.0.1 and the port.`, {
      host,
    });
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    return new AppError('FORBIDDEN', `Origin "${origin}" may not use Control Room. Open its own page instead.`, {
      origin,
    });
  }
  return undefined;
}

function hostName(host: string): string | undefined {
  return /^(\[[0-9a-fA-F:.]+\]|[^:]+)(:\d{1,5})?$/.exec(host)?.[1]?.toLowerCase();
}
