import { join } from 'node:path';
import pino from 'pino';

export type Log = pino.Logger;

/** Names of fields that never reach a log, however deep they stand. */
const secretPaths = ['token', 'authorization', 'apiKey', 'password', 'env'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);

/** A log file grows to this, and so many older ones are kept beside it. */
const fileSize = '5m';
const olderFiles = 3;

function settingsOf(level: string): pino.LoggerOptions {
  return {
    level,
    redact: { paths: secretPaths, censor: '[secret]' },
    serializers: { error: pino.stdSerializers.err },
  };
}

/** One JSON line an entry to standard error. */
export function createLog(options: { level: string }): Log {
  return pino(settingsOf(options.level), pino.destination({ dest: 2, sync: true }));
}

/**
 * One JSON line an entry to a file of `folder`: `NAME.1.log`, then `NAME.2.log` when that has grown to 5 MB, and so on; the
 * newest four are kept.
 */
export async function createFileLog(options: { level: string; folder: string; name: string }): Promise<Log> {
  const { default: buildRollingStream } = await import('pino-roll');
  const stream = await buildRollingStream({
    file: join(options.folder, options.name),
    extension: '.log',
    size: fileSize,
    limit: { count: olderFiles, removeOtherLogFiles: true },
    mkdir: true,
    mode: 0o600,
    sync: false,
  });
  return pino(settingsOf(options.level), stream);
}
