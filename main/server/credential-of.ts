import type { IncomingHttpHeaders } from 'node:http';

/** The credential of a request: `Authorization: Bearer <credential>` or `X-API-Key: <credential>`. */
export function credentialOf(headers: IncomingHttpHeaders): string | undefined {
  const { authorization } = headers;
  const bearer = authorization === undefined ? undefined : /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  const key = headers['x-api-key'];
  return bearer ?? (typeof key === 'string' && key.trim() ? key.trim() : undefined);
}
