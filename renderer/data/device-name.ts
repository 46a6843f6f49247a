import { usePreferences } from './preferences.ts';

/** Made for each page: one that comes back after a lost connection is known by it. Nobody else is told. */
const clientId = Array.from(crypto.getRandomValues(new Uint8Array(18)), (byte) => byte.toString(16).padStart(2, '0'))
  .join('')
  .slice(0, 32);

const browsers: readonly (readonly [RegExp, string])[] = [
  [/edg(e|a|ios)?\//i, 'Edge'],
  [/firefox\/|fxios\//i, 'Firefox'],
  [/crios\/|chrome\/|chromium\//i, 'Chrome'],
  [/safari\//i, 'Safari'],
];
const machines: readonly (readonly [RegExp, string])[] = [
  [/iphone/i, 'iPhone'],
  [/ipad/i, 'iPad'],
  [/android/i, 'Android'],
  [/mac os|macintosh/i, 'Mac'],
  [/windows/i, 'Windows'],
  [/linux|x11|cros/i, 'Linux'],
];

/** "Firefox on Linux": what a browser says it is, in two words. */
export function browserName(agent: string): string {
  const find = (known: readonly (readonly [RegExp, string])[]) => known.find(([sign]) => sign.test(agent))?.[1];
  const browser = find(browsers) ?? 'Browser';
  const machine = find(machines);
  return machine ? `${browser} on ${machine}` : browser;
}

/** What others call this browser: the name the user gave it, or what it says it is. */
export function deviceName(): string {
  const given = usePreferences
    .getState()
    .deviceName.replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim();
  return given.slice(0, 60).trim() || browserName(navigator.userAgent);
}

/** What a connection says of itself, for a subprotocol: JSON in base64url. */
export function clientHello(): string {
  const bytes = new TextEncoder().encode(JSON.stringify({ id: clientId, name: deviceName() }));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}
