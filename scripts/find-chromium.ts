import { access } from 'node:fs/promises';

const places: Partial<Record<NodeJS.Platform, string[]>> = {
  linux: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: ['C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'],
};

/** The Chromium (or Chrome) of this machine; CHROMIUM_PATH names another one. */
export async function findChromium(): Promise<string | undefined> {
  const candidates = process.env.CHROMIUM_PATH ? [process.env.CHROMIUM_PATH] : (places[process.platform] ?? []);
  for (const path of candidates) {
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

/**
 * Flags for a Chromium that only meets loopback: nothing is asked of the network, and root (as in a container) gets no
 * sandbox, which Chromium would refuse to make.
 */
export const chromiumFlags: string[] = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
