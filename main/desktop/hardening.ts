import { app, type Session, shell, type WebContents } from 'electron';
import type { DesktopLog } from './desktop-log.ts';
import { isPageAddress } from './page-protocol.ts';

/** Longest address handed to the system's browser. */
const maxAddressLength = 4096;

/**
 * Locks every page of the app in: no navigation away from it, no further windows, no frames of others, no permission but
 * to copy text. Links to the web go to the user's browser.
 */
export function hardenPages(log: DesktopLog): void {
  app.on('web-contents-created', (_event, contents) => hardenPage(contents, log));
}

function hardenPage(contents: WebContents, log: DesktopLog): void {
  contents.setWindowOpenHandler(({ url }) => {
    openOutside(url, log);
    return { action: 'deny' };
  });
  contents.on('will-frame-navigate', (details) => {
    if (details.isMainFrame && isPageAddress(details.url)) return;
    details.preventDefault();
    if (details.isMainFrame) openOutside(details.url, log);
    log.warn({ address: addressForLog(details.url) }, 'a navigation away from the page was refused');
  });
  contents.on('will-redirect', (details) => details.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

/** Denies every permission except to put text into the clipboard. */
export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, decide) =>
    decide(permission === 'clipboard-sanitized-write'),
  );
  session.setPermissionCheckHandler((_contents, permission) => permission === 'clipboard-sanitized-write');
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event) => event.preventDefault());
}

/** Whether the system's browser may be given an address: of the web, without a password in it, of a sensible length. */
export function mayOpenOutside(address: string): boolean {
  if (address.length > maxAddressLength || !URL.canParse(address)) return false;
  const { protocol, username, password } = new URL(address);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}

function openOutside(address: string, log: DesktopLog): void {
  if (!mayOpenOutside(address)) {
    log.warn({ address: addressForLog(address) }, 'an address was not opened: it is not one of the web');
    return;
  }
  shell.openExternal(address).catch((error: unknown) => log.warn({ error }, 'the system opened no browser'));
}

function addressForLog(address: string): string {
  return URL.canParse(address) ? new URL(address).origin : address.slice(0, 40);
}
