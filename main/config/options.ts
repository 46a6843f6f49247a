import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { limitsSchema } from '../../shared/limits.ts';
import { type Settings, settingsSchema } from '../../shared/settings.ts';
import { webhookUrlSchema } from '../../shared/webhooks.ts';

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const flag = z.stringbool().or(z.boolean());
const absolutePath = z.string().refine(isAbsolute, 'must be an absolute path');
const absolutePaths = z.array(z.string().refine(isAbsolute, 'must be absolute paths'));
const { shape } = settingsSchema;

/** A number that a variable gives as text. */
function numberOf(schema: z.ZodType<number, number>) {
  return z.coerce.number<number | string>().pipe(schema);
}

/** A time such as 24h, in milliseconds; a bare number is seconds. */
function timeOf(leastMs: number, mostMs: number, words: string) {
  return z
    .string()
    .or(z.number())
    .transform((given, context) => {
      const found = /^(\d{1,9})\s*(ms|s|m|h|d)?$/.exec(String(given).trim());
      const ms = Number(found?.[1]) * (unitMs[(found?.[2] ?? 's') as keyof typeof unitMs] ?? Number.NaN);
      if (ms >= leastMs && ms <= mostMs) return ms;
      context.addIssue({ code: 'custom', message: `must be a time such as ${words}` });
      return z.NEVER;
    });
}

/** One thing a start can be told. */
export interface OptionSpec {
  schema: z.ZodType;
  /** Our variable, and what other programs of this kind call the same; ours wins where both are given. */
  variable: string;
  further?: readonly string[];
  /** Never shown, also not in a message that says what is wrong with it. */
  secret?: true;
  /** A list, and what stands between its elements where it is given as one text. */
  list?: RegExp;
  /** The setting of the page that it holds. */
  holds?: keyof Settings;
  /** How that setting is told as this option; as it is, unless this says otherwise. */
  tell?: (settings: Settings) => unknown;
  /** In words, where it is neither given nor a setting. */
  unset?: string;
  about: string;
}

const words = /[,;\s]+/;
const paths = /[,;]|:(?=\/)/;
/** Commas within a rule's parentheses belong to it. */
const rules = /\s*,(?![^(]*\))\s*/;

/** What a start can be told, by flag, by variable or in the configuration file. What holds no setting needs a restart. */
export const options = {
  host: {
    schema: z
      .string()
      .transform((text) => text.replace(/^\[(.*)\]$/, '$1'))
      .pipe(shape.listenHost),
    variable: 'HOST',
    further: ['SERVER_HOST'],
    holds: 'listenHost',
    about: 'address to listen on; one that others reach needs an allowlist',
  },
  port: {
    schema: numberOf(shape.listenPort),
    variable: 'PORT',
    further: ['SERVER_PORT'],
    holds: 'listenPort',
    about: 'port to listen on; 0 for any free one',
  },
  bindAddress: {
    schema: z
      .string()
      .transform((text) => /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text.trim()))
      .transform((found, context) => {
        const host = shape.listenHost.safeParse(found?.[1] ?? found?.[2]);
        const port = shape.listenPort.safeParse(Number(found?.[3]));
        if (host.success && port.success) return { host: host.data, port: port.data };
        context.addIssue({ code: 'custom', message: 'must be an address with its port, such as 127.0.0.1:3847' });
        return z.NEVER;
      }),
    variable: 'CCA__DAEMON__BIND_ADDRESS',
    holds: 'listenHost',
    unset: 'host and port by themselves',
    about: 'address and port in one',
  },
  token: {
    schema: z.string().min(1).max(512),
    variable: 'LOCAL_TOKEN',
    secret: true,
    unset: 'made at the first start, in the file "token"',
    about: 'credential of this machine’s user',
  },
  apiKeys: {
    schema: z.array(z.string().min(16, 'must have 16 characters or more each').max(512)).max(50),
    variable: 'CCA__DAEMON__API_KEYS',
    list: /[,\s]+/,
    secret: true,
    unset: 'none',
    about: 'further credentials with full access',
  },
  allowlist: {
    schema: shape.allowlist,
    variable: 'ALLOWLIST',
    list: words,
    holds: 'allowlist',
    about: 'networks that may connect besides this machine',
  },
  corsOrigin: {
    schema: shape.corsOrigins,
    variable: 'CORS_ORIGIN',
    list: words,
    holds: 'corsOrigins',
    about: 'origins of other pages that may call',
  },
  trustedProxies: {
    schema: shape.trustedProxies,
    variable: 'TRUSTED_PROXIES',
    list: words,
    holds: 'trustedProxies',
    about: 'proxies whose forwarded headers are believed',
  },
  tls: { schema: flag, variable: 'TLS', holds: 'tls', about: 'speak TLS with a certificate made here' },
  // Other programs can be opened to everybody with it; here that cannot be, and is better said than passed over.
  requireAuth: {
    schema: flag.refine((required) => required, 'must be true: nobody comes in here without a credential'),
    variable: 'API_KEY_ENABLED',
    further: ['CCA__DAEMON__REQUIRE_AUTH'],
    unset: 'true',
    about: 'always: every call needs a credential',
  },
  jwtSecret: {
    schema: z.string().min(32, 'must have 32 characters or more; make one with: openssl rand -base64 48').max(512),
    variable: 'JWT_SECRET',
    secret: true,
    unset: 'made at the first start',
    about: 'what tokens are signed with',
  },
  jwtSecretPrevious: {
    schema: z.string().min(32, 'must have 32 characters or more').max(512),
    variable: 'JWT_SECRET_PREVIOUS',
    secret: true,
    unset: 'none',
    about: 'the secret before, whose tokens still hold',
  },
  jwtExpiresIn: {
    schema: timeOf(60_000, 365 * unitMs.d, '24h, from one minute to 365 days'),
    variable: 'JWT_EXPIRES_IN',
    unset: '24h',
    about: 'how long a token holds',
  },
  rateLimitWindow: {
    schema: numberOf(shape.rateLimitWindowMs),
    variable: 'RATE_LIMIT_WINDOW',
    holds: 'rateLimitWindowMs',
    about: 'window of the request limit, in milliseconds',
  },
  rateLimitMax: {
    schema: numberOf(z.number().int().min(0).max(10_000_000)),
    variable: 'RATE_LIMIT_MAX',
    holds: 'rateLimitMax',
    tell: ({ rateLimitMax }: Settings) => rateLimitMax ?? '100, and none for this machine',
    about: 'requests of one address in a window; 0 for no limit',
  },
  rateLimitEnabled: {
    schema: flag,
    variable: 'RATE_LIMIT_ENABLED',
    holds: 'rateLimitMax',
    tell: ({ rateLimitMax }: Settings) => rateLimitMax !== 0,
    about: 'false: no limit of requests',
  },
  defaultRateLimit: {
    schema: numberOf(z.number().int().min(1).max(1_000_000)),
    variable: 'DEFAULT_RATE_LIMIT',
    unset: 'the general limit alone',
    about: 'requests a minute of a key that has no limit of its own',
  },
  claudePath: {
    schema: z.string().min(1),
    variable: 'CLAUDE_PATH',
    further: ['CCA__AGENTS__CLAUDE_PATH'],
    unset: 'as PATH finds it',
    about: 'the claude program',
  },
  allowedProjectRoots: {
    schema: absolutePaths,
    variable: 'ALLOWED_PROJECT_ROOTS',
    list: paths,
    unset: 'everywhere',
    about: 'folders that may hold projects',
  },
  allowedFileRoots: {
    schema: absolutePaths,
    variable: 'ALLOWED_FILE_ROOTS',
    list: paths,
    unset: 'projects and worktrees',
    about: 'the only folders whose files are shown',
  },
  worktreesDir: {
    schema: absolutePath,
    variable: 'WORKTREES_DIR',
    unset: '"worktrees" in the data folder',
    about: 'where worktrees are made',
  },
  databasePath: {
    schema: absolutePath,
    variable: 'DB_PATH',
    further: ['DATABASE_PATH'],
    unset: '"control-room.db" in the data folder',
    about: 'file of the database, on a disk of this machine',
  },
  backupFolder: {
    schema: absolutePath.pipe(shape.backupFolder),
    variable: 'DATABASE_BACKUP_PATH',
    holds: 'backupFolder',
    tell: ({ backupFolder }: Settings) => backupFolder || '"backups" in the data folder',
    about: 'where backups are kept',
  },
  autoBackup: {
    schema: flag,
    variable: 'AUTO_BACKUP',
    holds: 'backupEveryHours',
    tell: ({ backupEveryHours }: Settings) => backupEveryHours > 0,
    about: 'false: backups are made by hand alone',
  },
  backupInterval: {
    schema: timeOf(60_000, 365 * unitMs.d, '24h, from one minute to 365 days').transform((ms) => ms / unitMs.h),
    variable: 'BACKUP_INTERVAL',
    holds: 'backupEveryHours',
    tell: ({ backupEveryHours }: Settings) => `${backupEveryHours}h`,
    about: 'time between backups',
  },
  maxBackups: {
    schema: numberOf(shape.backupKeep),
    variable: 'MAX_BACKUPS',
    holds: 'backupKeep',
    about: 'backups of each type that are kept',
  },
  persist: {
    schema: flag.refine((kept) => kept, 'must be true: everything is kept here, and nothing runs without its database'),
    variable: 'PERSIST',
    unset: 'true',
    about: 'always: everything is kept',
  },
  notifyWebhook: {
    schema: webhookUrlSchema,
    variable: 'NOTIFY_WEBHOOK',
    secret: true,
    unset: 'none',
    about: 'address told of changes of sessions',
  },
  maxWorkers: {
    schema: numberOf(shape.maxWorkers),
    variable: 'MAX_WORKERS',
    further: ['CCA__DAEMON__MAX_AGENTS'],
    holds: 'maxWorkers',
    about: 'workers at once',
  },
  timeoutSeconds: {
    schema: numberOf(limitsSchema.shape.timeoutSeconds.unwrap()),
    variable: 'DEFAULT_TIMEOUT_SECONDS',
    further: ['CCA__AGENTS__DEFAULT_TIMEOUT_SECONDS'],
    holds: 'defaultLimits',
    tell: ({ defaultLimits }: Settings) => defaultLimits.timeoutSeconds ?? 'no limit',
    about: 'seconds at work after which a new worker is stopped',
  },
  tokenBudget: {
    schema: numberOf(limitsSchema.shape.tokens.unwrap()),
    variable: 'TOKEN_BUDGET_PER_TASK',
    further: ['CCA__AGENTS__TOKEN_BUDGET_PER_TASK'],
    holds: 'defaultLimits',
    tell: ({ defaultLimits }: Settings) => defaultLimits.tokens ?? 'no limit',
    about: 'tokens after which a new worker is stopped',
  },
  allowedTools: {
    schema: shape.allowedTools,
    variable: 'ALLOWED_TOOLS',
    list: rules,
    holds: 'allowedTools',
    about: 'tools that workers use unasked',
  },
  deniedTools: {
    schema: shape.deniedTools,
    variable: 'DENIED_TOOLS',
    list: rules,
    holds: 'deniedTools',
    about: 'tools that workers never use',
  },
  allowNetwork: {
    schema: flag,
    variable: 'ALLOW_NETWORK',
    holds: 'allowNetwork',
    about: 'whether programs of workers reach the network',
  },
  allowDangerous: {
    schema: flag,
    variable: 'ALLOW_DANGEROUS',
    unset: 'false',
    about: 'permit workers without any permission checks',
  },
  metricsEnabled: {
    schema: flag,
    variable: 'METRICS_ENABLED',
    holds: 'metricsEnabled',
    about: 'whether the port serves /metrics',
  },
  healthCheckInterval: {
    schema: timeOf(5000, 3_600_000, '30s, from 5 seconds to one hour').transform((ms) => Math.round(ms / 1000)),
    variable: 'HEALTH_CHECK_INTERVAL',
    holds: 'healthCheckSeconds',
    tell: ({ healthCheckSeconds }: Settings) => `${healthCheckSeconds}s`,
    about: 'how often it is looked whether all is well',
  },
  logLevel: {
    schema: shape.logLevel,
    variable: 'LOG_LEVEL',
    holds: 'logLevel',
    about: 'trace, debug, info, warn, error or silent',
  },
  // As Ollama itself takes it: a name, with or without scheme and port.
  ollamaHost: {
    schema: z
      .string()
      .transform((text) => /^(?:https?:\/\/)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/?$/.exec(text.trim()))
      .transform((found, context) => {
        if (found?.[1]) return { host: found[1], port: found[2] ? Number(found[2]) : null };
        context.addIssue({ code: 'custom', message: 'must be a host, or a host and a port' });
        return z.NEVER;
      }),
    variable: 'OLLAMA_HOST',
    holds: 'ollamaHost',
    about: 'where Ollama answers',
  },
  ollamaPort: { schema: numberOf(shape.ollamaPort), variable: 'OLLAMA_PORT', holds: 'ollamaPort', about: 'its port' },
  ollamaTimeout: {
    schema: z
      .string()
      .regex(/^\d+s?$/, 'must be seconds, such as 30s')
      .or(z.number())
      .transform((given) => Number.parseInt(String(given), 10))
      .pipe(shape.ollamaTimeoutSeconds),
    variable: 'OLLAMA_TIMEOUT',
    holds: 'ollamaTimeoutSeconds',
    about: 'seconds without a sign of life after which Ollama is given up',
  },
  ollamaRetries: {
    schema: numberOf(shape.ollamaRetries),
    variable: 'OLLAMA_RETRY_ATTEMPTS',
    holds: 'ollamaRetries',
    about: 'how often a failed call of Ollama is tried again',
  },
  ollamaModels: {
    schema: z
      .record(z.string(), z.string())
      .or(
        z
          .string()
          .transform((text) =>
            Object.fromEntries(text.split(/[,\s]+/).map((pair) => pair.split(/=(.*)/s, 2) as [string, string])),
          ),
      )
      .transform((given) => given as Record<string, unknown>)
      .pipe(z.partialRecord(shape.compressionModels.keyType, shape.compressionModels.valueType)),
    variable: 'OLLAMA_MODELS_BY_PRESET',
    holds: 'compressionModels',
    about: 'the model of each preset, such as fast=llama3.2:3b',
  },
  cacheSizeMb: {
    schema: numberOf(shape.compressionCacheMib),
    variable: 'CACHE_SIZE_MB',
    holds: 'compressionCacheMib',
    about: 'how much of models’ answers is kept, in MiB',
  },
  cacheEnabled: {
    schema: flag,
    variable: 'CACHE_ENABLED',
    holds: 'compressionCacheMib',
    tell: ({ compressionCacheMib }: Settings) => compressionCacheMib > 0,
    about: 'false: none of models’ answers is kept',
  },
} as const satisfies Record<string, OptionSpec>;

export type OptionName = keyof typeof options;
export type Options = { [Name in OptionName]: z.output<(typeof options)[Name]['schema']> };

export const optionNames = Object.keys(options) as OptionName[];

/** The option as its declaration's type, which names what is common to all. */
export function specOf(name: OptionName): OptionSpec {
  return options[name];
}

export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(options, name);
}

/** `--max-workers` */
export function flagOf(name: OptionName): string {
  if (name === 'databasePath') return '--db-path';
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The value of an option as it is given by flag, variable or file, or what is wrong with it. */
export function parseOption(name: OptionName, given: unknown): { value: unknown } | { problem: string } {
  const { schema, list } = specOf(name);
  const value = list && typeof given === 'string' ? listOf(given, list) : given;
  const parsed = schema.safeParse(value);
  return parsed.success ? { value: parsed.data } : { problem: parsed.error.issues[0]?.message ?? 'wrong value' };
}

/** The elements of a list that was given as one text. */
export function listOf(text: string, list: RegExp): string[] {
  return text
    .split(list)
    .map((element) => element.trim())
    .filter(Boolean);
}

/** Whether an option is on or off, and nothing else. */
export function isSwitch(name: OptionName): boolean {
  const [on, off] = [parseOption(name, true), parseOption(name, false)];
  return 'value' in on && on.value === true && 'value' in off && off.value === false;
}
