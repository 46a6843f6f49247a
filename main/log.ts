import pino from 'pino';

export type Log = pino.Logger;

/** Names of fields that never reach a log, however deep they stand. */
const secretPaths = ['token', 'authorization', 'apiKey', 'password', 'env'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);

/** One JSON line an entry to standard error, or to `file`. */
export function createLog(options: { level: string; file: string | null }): Log {
  const settings: pino.LoggerOptions = {
    level: options.level,
    redact: { paths: secretPaths, censor: '[secret]' },
    serializers: { error: pino.stdSerializers.err },
  };
  return pino(
    settings,
    pino.destination({ dest: options.file ?? 2, sync: options.file === null, mkdir: true, mode: 0o600 }),
  );
}
