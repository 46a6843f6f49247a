import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';

const shipped = new URL('../../resources/proxy/nginx.conf', import.meta.url);

export interface TestNginx {
  port: number;
  /** The certificate that clients are to trust. */
  certificate: string;
  close(): Promise<void>;
}

/** A port of loopback that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Replaces what a user is told to replace; a placeholder that is not there is an error of the shipped file. */
function fill(text: string, values: Record<string, string>): string {
  return Object.entries(values).reduce((filled, [placeholder, value]) => {
    if (!filled.includes(placeholder)) throw new Error(`${shipped.pathname} does not say ${placeholder}`);
    return filled.replaceAll(placeholder, value);
  }, text);
}

/** The machine's nginx with the shipped site on loopback, with a prefix folder and a certificate of its own. */
export async function startNginx(input: { name: string; programPort: number }): Promise<TestNginx> {
  const folder = await mkdtemp(join(tmpdir(), 'control-room-nginx-'));
  // Its workers are of another user when it is started by root.
  await chmod(folder, 0o755);
  const port = await freePort();
  const made = await generate([{ name: 'commonName', value: input.name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: input.name }] }],
  });
  const [certificateFile, keyFile] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  await writeFile(certificateFile, made.cert);
  await writeFile(keyFile, made.private, { mode: 0o600 });
  const site = fill(await readFile(shipped, 'utf8'), {
    'listen 443 ': `listen 127.0.0.1:${port} `,
    'control-room.example.com': input.name,
    '/etc/ssl/control-room/certificate.pem': certificateFile,
    '/etc/ssl/control-room/key.pem': keyFile,
    '127.0.0.1:3847': `127.0.0.1:${input.programPort}`,
  });
  await writeFile(join(folder, 'site.conf'), site);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (what) => `${what}_temp_path ${join(folder, what)};`,
  );
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${join(folder, 'nginx.pid')}; error_log stderr notice; worker_processes 1;
events { worker_connections 256; }
http { access_log off; ${temporary.join(' ')} include ${join(folder, 'site.conf')}; }
`,
  );
  const child = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close');
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.stderr.on('data', (data: Buffer) => {
      said += data;
      // By then it listens.
      if (said.includes('start worker process ')) resolve();
    });
    ended.then(() => reject(new Error(`nginx ended before it listened: ${said}`)), reject);
  });
  return {
    port,
    certificate: made.cert,
    async close() {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
