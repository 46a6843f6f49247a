import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '../../shared/errors.ts';
import { readConfigAsFarAsItFits, secretsOf } from '../config/read-config.ts';
import type { Flags } from '../config/resolve-config.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { createSecretMask } from '../log/mask-secrets.ts';
import { collectParts } from '../orchestrator/diagnostics/collect-parts.ts';
import { zipParts } from '../orchestrator/diagnostics/zip-parts.ts';
import { createLogs } from '../orchestrator/logs/logs.ts';
import { version } from '../version.ts';
import { machineDoctorOf } from './doctor.ts';
import { askRunning } from './running.ts';

/**
 * `control-room diagnostics`: writes a zip file with what helps to find a fault, without secrets and without anything of a
 * conversation. Of a Control Room that runs it asks that one; else it looks by itself.
 */
export async function diagnostics(flags: Flags & { out?: string; list?: boolean }): Promise<void> {
  const { out, list, ...given } = flags;
  const { config, problems } = readConfigAsFarAsItFits(given, process.env);
  const running = list ? undefined : await askForBundle(config);
  const now = Date.now();
  if (running) return write(out ?? running.fileName, Buffer.from(running.contentBase64, 'base64'));
  const secrets = createSecretMask(process.env, secretsOf(config));
  secrets.add((await readFile(join(config.dataDir, 'token'), 'utf8').catch(() => '')).trim());
  const logs = createLogs({
    folders: { logs: join(config.dataDir, 'logs'), hosts: join(config.dataDir, 'host') },
    source: undefined,
    now: Date.now,
  });
  const parts = await collectParts({
    version,
    dataDir: config.dataDir,
    environment: process.env,
    mask: secrets.mask,
    doctor: machineDoctorOf(config, problems).run,
    logs: (['control-room', 'host'] as const).map((source) => ({
      name: source === 'host' ? 'host.log' : 'control-room.log',
      read: async () => (await logs.download({ source })).content,
    })),
    facts: [
      {
        name: 'configuration.json',
        about: 'what a start would be told; secrets are hidden',
        read: () => {
          const { entries, profile } = resolveConfig(given, process.env);
          return { profile, problems, entries };
        },
      },
    ],
  });
  if (list) {
    for (const { name, about, text } of parts)
      process.stdout.write(`${name.padEnd(22)} ${String(text.length).padStart(9)}  ${about}\n`);
    return;
  }
  const { fileName, bytes } = zipParts(parts, now);
  await write(out ?? fileName, bytes);
}

async function askForBundle(config: ReturnType<typeof readConfigAsFarAsItFits>['config']) {
  try {
    return await askRunning<{ fileName: string; contentBase64: string }>({
      dataDir: config.dataDir,
      token: config.access.localToken?.token ?? null,
      path: '/api/diagnostics/bundle',
      withinMs: 30_000,
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // One that does not answer is what is to be found out about.
    process.stderr.write(`control-room: ${error.message} What can be seen from outside is collected.\n`);
    return undefined;
  }
}

async function write(file: string, bytes: Uint8Array): Promise<void> {
  const path = resolve(file);
  await writeFile(path, bytes, { mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    throw new AppError('UNPROCESSABLE', `${path} cannot be written (${error.code}). Name another file with --out.`);
  });
  process.stdout.write(`${path}\n`);
}
