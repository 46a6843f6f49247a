import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { protocol } from 'electron';
import { contentSecurityPolicy } from '../server/content-security-policy.ts';

/** The page's own address: an origin of its own, which no other page can have. */
const scheme = 'app';
const host = 'control-room';
export const pageUrl = `${scheme}://${host}/`;

const mediaTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

const policy = Object.entries(contentSecurityPolicy)
  .map(([directive, sources]) => `${directive} ${sources.join(' ')}`)
  .join('; ');

/** Makes the scheme one that pages can be served by. Has to be called before Electron is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/** Whether an address belongs to the page. */
export function isPageAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  return url.protocol === `${scheme}:` && url.host === host;
}

/** Serves the built page, and nothing outside its folder. `asked` settles when it has been asked for and answered. */
export function servePage(folder: string): { asked: Promise<void> } {
  const root = normalize(join(folder, sep));
  let answered: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    answered = resolve;
  });
  protocol.handle(scheme, async (request) => {
    const path = isPageAddress(request.url) ? filePath(root, new URL(request.url).pathname) : undefined;
    const body = path === undefined ? undefined : await readFile(path).catch(() => undefined);
    // After this answer is on its way.
    setImmediate(answered);
    return new Response(body ? new Uint8Array(body) : 'Not found', {
      status: body ? 200 : 404,
      headers: {
        'content-type': (path && body && mediaTypes[extname(path)]) || 'text/plain; charset=utf-8',
        'content-security-policy': policy,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      },
    });
  });
  return { asked };
}

/** The file of an address inside `root`; undefined for one outside of it or that cannot be decoded. */
export function filePath(root: string, pathname: string): string | undefined {
  let name: string;
  try {
    name = decodeURIComponent(pathname);
  } catch {
    // Percent signs that stand for nothing.
    return undefined;
  }
  if (name.includes('\0')) return undefined;
  const path = normalize(join(root, name.endsWith('/') ? `${name}index.html` : name));
  return path.startsWith(root) ? path : undefined;
}
