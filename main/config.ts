import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import * as z from 'zod';
import { AppError } from '../shared/errors.ts';
import { type Settings, settingsSchema } from '../shared/settings.ts';
import { webhookUrlSchema } from '../shared/webhooks.ts';
import { dataDirOf } from './data-dir.ts';
import type { AccessOptions } from './orchestrator/index.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

const absolutePaths = z.array(z.string().refine(isAbsolute, 'must be absolute paths'));
const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What a start can be told, by flag, by variable or in `config.json` of the data folder. */
const optionsSchema = z.object({
  host: z
    .string()
    .transform((text) => text.replace(/^\[(.*)\]$/, '$1'))
    .pipe(settingsSchema.shape.listenHost),
  port: z.coerce.number<number | string>().pipe(settingsSchema.shape.listenPort),
  token: z.string().min(1).max(512),
  allowlist: settingsSchema.shape.allowlist,
  corsOrigin: settingsSchema.shape.corsOrigins,
  trustedProxies: settingsSchema.shape.trustedProxies,
  tls: z.stringbool().or(z.boolean()),
  bindAddress: z
    .string()
    .transform((text) => /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text.trim()))
    .transform((found, context) => {
      const host = settingsSchema.shape.listenHost.safeParse(found?.[1] ?? found?.[2]);
      const port = settingsSchema.shape.listenPort.safeParse(Number(found?.[3]));
      if (host.success && port.success) return { host: host.data, port: port.data };
      context.addIssue({ code: 'custom', message: 'must be an address with its port, such as 127.0.0.1:3847' });
      return z.NEVER;
    }),
  // Other programs can be opened to everybody with it; here that cannot be, and is better said than passed over.
  requireAuth: z
    .stringbool()
    .or(z.boolean())
    .refine((required) => required, 'must be true: nobody comes in here without a credential'),
  jwtSecret: z.string().min(32, 'must have 32 characters or more; make one with: openssl rand -base64 48').max(512),
  jwtSecretPrevious: z.string().min(32, 'must have 32 characters or more').max(512),
  jwtExpiresIn: z
    .string()
    .or(z.number())
    .transform((given) => /^(\d{1,9})\s*(s|m|h|d)?$/.exec(String(given).trim()))
    .transform((found, context) => {
      const ms = Number(found?.[1]) * (unitMs[(found?.[2] ?? 's') as keyof typeof unitMs] ?? Number.NaN);
      if (ms >= 60_000 && ms <= 365 * unitMs.d) return ms;
      context.addIssue({ code: 'custom', message: 'must be a time such as 24h, from one minute to 365 days' });
      return z.NEVER;
    }),
  rateLimitWindow: z.coerce.number<number | string>().pipe(settingsSchema.shape.rateLimitWindowMs),
  rateLimitMax: z.coerce.number<number | string>().int().min(0).max(10_000_000),
  rateLimitEnabled: z.stringbool().or(z.boolean()),
  defaultRateLimit: z.coerce.number<number | string>().int().min(1).max(1_000_000),
  claudePath: z.string().min(1),
  allowedProjectRoots: absolutePaths,
  allowedFileRoots: absolutePaths,
  notifyWebhook: webhookUrlSchema,
  worktreesDir: z.string().refine(isAbsolute, 'must be an absolute path'),
  allowDangerous: z.stringbool().or(z.boolean()),
  logLevel: z.enum(logLevels),
  maxWorkers: z.coerce.number<number | string>().pipe(settingsSchema.shape.maxWorkers),
  // As Ollama itself takes it: a name, with or without scheme and port.
  ollamaHost: z
    .string()
    .transform((text) => /^(?:https?:\/\/)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/?$/.exec(text.trim()))
    .transform((found, context) => {
      if (found?.[1]) return { host: found[1], port: found[2] ? Number(found[2]) : null };
      context.addIssue({ code: 'custom', message: 'must be a host, or a host and a port' });
      return z.NEVER;
    }),
  ollamaPort: z.coerce.number<number | string>().pipe(settingsSchema.shape.ollamaPort),
  ollamaTimeout: z
    .string()
    .regex(/^\d+s?$/, 'must be seconds, such as 30s')
    .or(z.number())
    .transform((given) => Number.parseInt(String(given), 10))
    .pipe(settingsSchema.shape.ollamaTimeoutSeconds),
  cacheSizeMb: z.coerce.number<number | string>().pipe(settingsSchema.shape.compressionCacheMib),
  cacheEnabled: z.stringbool().or(z.boolean()),
});
type Options = z.output<typeof optionsSchema>;

/** Options that hold a setting. */
type HeldOptions =
  | 'maxWorkers'
  | 'ollamaHost'
  | 'ollamaPort'
  | 'ollamaTimeout'
  | 'cacheSizeMb'
  | 'cacheEnabled'
  | 'host'
  | 'port'
  | 'bindAddress'
  | 'allowlist'
  | 'corsOrigin'
  | 'trustedProxies'
  | 'tls'
  | 'rateLimitWindow'
  | 'rateLimitMax'
  | 'rateLimitEnabled';

/** Options of `access`. */
type AccessGiven = 'token' | 'requireAuth' | 'jwtSecret' | 'jwtSecretPrevious' | 'jwtExpiresIn' | 'defaultRateLimit';

export interface Config extends Omit<Options, 'claudePath' | 'notifyWebhook' | HeldOptions | AccessGiven> {
  dataDir: string;
  access: AccessOptions;
  claudePath: string | null;
  notifyWebhook: string | null;
  /** Settings that were given at the start, and by what; the page cannot change them. */
  lockedSettings: { [Name in keyof Settings]?: { value: Settings[Name]; by: string } };
}

/** Never shown, also not in a message that says what is wrong with them. */
const secretOptions = new Set<keyof Options>(['token', 'jwtSecret', 'jwtSecretPrevious', 'notifyWebhook']);

/** Options that are lists, separated by commas; paths also like PATH. */
const lists = new Set<keyof Options>([
  'allowedProjectRoots',
  'allowedFileRoots',
  'allowlist',
  'corsOrigin',
  'trustedProxies',
]);

/** The variable of each option. */
const variables: Record<keyof Options, string> = {
  host: 'HOST',
  port: 'PORT',
  token: 'LOCAL_TOKEN',
  allowlist: 'ALLOWLIST',
  corsOrigin: 'CORS_ORIGIN',
  trustedProxies: 'TRUSTED_PROXIES',
  tls: 'TLS',
  jwtSecret: 'JWT_SECRET',
  jwtSecretPrevious: 'JWT_SECRET_PREVIOUS',
  jwtExpiresIn: 'JWT_EXPIRES_IN',
  rateLimitWindow: 'RATE_LIMIT_WINDOW',
  rateLimitMax: 'RATE_LIMIT_MAX',
  rateLimitEnabled: 'RATE_LIMIT_ENABLED',
  bindAddress: 'CCA__DAEMON__BIND_ADDRESS',
  requireAuth: 'API_KEY_ENABLED',
  defaultRateLimit: 'DEFAULT_RATE_LIMIT',
  claudePath: 'CLAUDE_PATH',
  allowedProjectRoots: 'ALLOWED_PROJECT_ROOTS',
  allowedFileRoots: 'ALLOWED_FILE_ROOTS',
  notifyWebhook: 'NOTIFY_WEBHOOK',
  worktreesDir: 'WORKTREES_DIR',
  allowDangerous: 'ALLOW_DANGEROUS',
  logLevel: 'LOG_LEVEL',
  maxWorkers: 'MAX_WORKERS',
  ollamaHost: 'OLLAMA_HOST',
  ollamaPort: 'OLLAMA_PORT',
  ollamaTimeout: 'OLLAMA_TIMEOUT',
  cacheSizeMb: 'CACHE_SIZE_MB',
  cacheEnabled: 'CACHE_ENABLED',
};

/** What other programs of this kind call the same; ours wins where both are given. */
const furtherVariables: Partial<Record<keyof Options, string>> = {
  host: 'SERVER_HOST',
  port: 'SERVER_PORT',
  requireAuth: 'CCA__DAEMON__REQUIRE_AUTH',
  maxWorkers: 'CCA__DAEMON__MAX_AGENTS',
  claudePath: 'CCA__AGENTS__CLAUDE_PATH',
};

/** Variables that give the port: with one of them the desktop opens it too. */
export const portVariables = ['PORT', 'SERVER_PORT', 'CCA__DAEMON__BIND_ADDRESS'] as const;

export type Flags = Partial<Record<keyof Options | 'dataDir', string | boolean | undefined>>;

/**
 * The configuration of a start: flags win over variables, those over `config.json` in the data folder, that over the
 * defaults. BAD_REQUEST names the flag, variable or file of a value that does not fit.
 */
export function readConfig(flags: Flags, environment: NodeJS.ProcessEnv): Config {
  const dataDir = dataDirOf(flags.dataDir, environment);
  const file = readConfigFile(join(dataDir, 'config.json'));
  const values: Partial<Options> = {};
  const sources: Partial<Record<keyof Options, string>> = {};
  for (const name of Object.keys(variables) as (keyof Options)[]) {
    const further = furtherVariables[name];
    const variable = !environment[variables[name]] && further && environment[further] ? further : variables[name];
    const [given, source] =
      flags[name] !== undefined
        ? [flags[name], `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`]
        : environment[variable]
          ? [environment[variable], variable]
          : [file[name], `${name} in ${join(dataDir, 'config.json')}`];
    if (given === undefined) continue;
    const separator = name === 'allowedProjectRoots' || name === 'allowedFileRoots' ? /[,;]|:(?=\/)/ : /[,;\s]+/;
    const value = lists.has(name) && typeof given === 'string' ? given.split(separator).filter(Boolean) : given;
    const parsed = optionsSchema.shape[name].safeParse(value);
    if (!parsed.success) {
      const shown = secretOptions.has(name) ? '' : ` (${JSON.stringify(given)})`;
      throw new AppError(
        'BAD_REQUEST',
        `${source}${shown} does not fit: ${parsed.error.issues[0]?.message ?? 'wrong value'}.`,
        { option: name },
      );
    }
    Object.assign(values, { [name]: parsed.data });
    sources[name] = source;
  }
  return {
    dataDir,
    access: {
      localToken: values.token === undefined ? null : { token: values.token, by: sources.token ?? '' },
      jwtSecret:
        values.jwtSecret === undefined
          ? null
          : { secret: values.jwtSecret, previous: values.jwtSecretPrevious ?? null },
      jwtExpiresInMs: values.jwtExpiresIn ?? unitMs.d,
      defaultKeyRateLimit: values.defaultRateLimit ?? null,
    },
    claudePath: values.claudePath ?? null,
    notifyWebhook: values.notifyWebhook ?? null,
    allowedProjectRoots: values.allowedProjectRoots ?? [],
    allowedFileRoots: values.allowedFileRoots ?? [],
    worktreesDir: values.worktreesDir ?? join(dataDir, 'worktrees'),
    allowDangerous: values.allowDangerous ?? false,
    logLevel: values.logLevel ?? 'info',
    lockedSettings: heldSettings(values, sources),
  };
}

function heldSettings(values: Partial<Options>, sources: Partial<Record<keyof Options, string>>) {
  const held: Config['lockedSettings'] = {};
  const { maxWorkers, ollamaHost, ollamaTimeout, cacheSizeMb, bindAddress } = values;
  const ollamaPort = values.ollamaPort ?? ollamaHost?.port ?? undefined;
  if (maxWorkers !== undefined) held.maxWorkers = { value: maxWorkers, by: sources.maxWorkers ?? '' };
  if (ollamaHost !== undefined) held.ollamaHost = { value: ollamaHost.host, by: sources.ollamaHost ?? '' };
  if (ollamaPort !== undefined)
    held.ollamaPort = { value: ollamaPort, by: sources.ollamaPort ?? sources.ollamaHost ?? '' };
  if (ollamaTimeout !== undefined)
    held.ollamaTimeoutSeconds = { value: ollamaTimeout, by: sources.ollamaTimeout ?? '' };
  const hold = <Name extends keyof Settings>(name: Name, value: Settings[Name] | undefined, by: string | undefined) => {
    if (value !== undefined) Object.assign(held, { [name]: { value, by: by ?? '' } });
  };
  hold('listenHost', values.host ?? bindAddress?.host, sources.host ?? sources.bindAddress);
  hold('listenPort', values.port ?? bindAddress?.port, sources.port ?? sources.bindAddress);
  hold('allowlist', values.allowlist, sources.allowlist);
  hold('corsOrigins', values.corsOrigin, sources.corsOrigin);
  hold('trustedProxies', values.trustedProxies, sources.trustedProxies);
  hold('tls', values.tls, sources.tls);
  hold('rateLimitWindowMs', values.rateLimitWindow, sources.rateLimitWindow);
  hold('rateLimitMax', values.rateLimitMax, sources.rateLimitMax);
  if (values.rateLimitEnabled === false) hold('rateLimitMax', 0, sources.rateLimitEnabled);
  if (cacheSizeMb !== undefined) held.compressionCacheMib = { value: cacheSizeMb, by: sources.cacheSizeMb ?? '' };
  if (values.cacheEnabled === false) hold('compressionCacheMib', 0, sources.cacheEnabled);
  return held;
}

function readConfigFile(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // There need not be one.
    return {};
  }
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (error) {
    throw new AppError(
      'BAD_REQUEST',
      `${path} is not a JSON object${placeOf(error)}. Mend or remove it.`,
      { path },
      { cause: error },
    );
  }
}

/** Where a text stops being JSON; the message itself quotes the text, and secrets stand in it. */
function placeOf(error: unknown): string {
  const place = error instanceof SyntaxError && /line \d+ column \d+/.exec(error.message)?.[0];
  return place ? ` (${place})` : '';
}
