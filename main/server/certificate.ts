import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const dayMs = 24 * 60 * 60_000;
/** Browsers take no certificate that holds longer than 825 days, whoever made it. */
const validDays = 820;
const renewBeforeMs = 30 * dayMs;

export interface Certificate {
  key: string;
  cert: string;
  /** SHA-256, as browsers show it. */
  fingerprint: string;
  expiresAt: number;
}

/** Where the certificate of a data folder is, for programs that are to trust it. */
export function certificateFile(dataDir: string): string {
  return join(dataDir, 'tls', 'certificate.pem');
}

/**
 * The certificate of this data folder: made once, kept for its owner alone, made again a month before it ends. It names
 * this machine and the given addresses; nobody has signed it, so a browser asks once and shows the fingerprint.
 */
export async function certificateOf(dataDir: string, addresses: readonly string[]): Promise<Certificate> {
  const certPath = certificateFile(dataDir);
  const keyPath = join(dataDir, 'tls', 'key.pem');
  const [cert, key] = await Promise.all([certPath, keyPath].map((path) => readFile(path, 'utf8').catch(() => '')));
  if (cert && key) {
    const known = described(key, cert);
    if (known.expiresAt - Date.now() > renewBeforeMs) return known;
  }
  // Only asked for where TLS is wanted: it brings a whole X.509 library.
  const { generate } = await import('selfsigned');
  const names = ['localhost', hostname(), `${hostname()}.local`];
  const made = await generate([{ name: 'commonName', value: 'Control Room' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - dayMs),
    notAfterDate: new Date(Date.now() + validDays * dayMs),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [...new Set(names), ...new Set(['127.0.0.1', '::1', ...addresses].map((ip) => `ip:${ip}`))].map(
          (name) =>
            name.startsWith('ip:') ? { type: 7 as const, ip: name.slice(3) } : { type: 2 as const, value: name },
        ),
      },
    ],
  });
  await mkdir(join(dataDir, 'tls'), { recursive: true, mode: 0o700 });
  for (const [path, text] of [
    [keyPath, made.private],
    [certPath, made.cert],
  ] as const) {
    await writeFile(`${path}.new`, text, { mode: 0o600 });
    await chmod(`${path}.new`, 0o600);
    await rename(`${path}.new`, path);
  }
  return described(made.private, made.cert);
}

function described(key: string, cert: string): Certificate {
  const { fingerprint256, validTo } = new X509Certificate(cert);
  return { key, cert, fingerprint: fingerprint256, expiresAt: Date.parse(validTo) };
}
