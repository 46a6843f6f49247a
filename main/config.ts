import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import * as z from 'zod';
import { AppError } from '../shared/errors.ts';
import { type Settings, settingsSchema } from '../shared/settings.ts';
import { webhookUrlSchema } from '../shared/webhooks.ts';
import { dataDirOf } from './data-dir.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

const absolutePaths = z.array(z.string().refine(isAbsolute, 'must be absolute paths'));

/** What a start can be told, by flag, by variable or in `config.json` of the data folder. */
const optionsSchema = z.object({
  host: z.string().min(1),
  port: z.coerce.number<number | string>().int().min(0).max(65_535),
  token: z.string().min(1).max(512),
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
});
type Options = z.output<typeof optionsSchema>;

/** Options that hold a setting. */
type HeldOptions = 'maxWorkers' | 'ollamaHost' | 'ollamaPort' | 'ollamaTimeout' | 'cacheSizeMb';

export interface Config extends Omit<Options, 'token' | 'claudePath' | 'notifyWebhook' | HeldOptions> {
  dataDir: string;
  token: string | null;
  claudePath: string | null;
  notifyWebhook: string | null;
  /** Settings that were given at the start, and by what; the page cannot change them. */
  lockedSettings: { [Name in keyof Settings]?: { value: Settings[Name]; by: string } };
}

/** The variable of each option. Lists are separated like PATH. */
const variables: Record<keyof Options, string> = {
  host: 'HOST',
  port: 'PORT',
  token: 'LOCAL_TOKEN',
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
};

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
    const variable = variables[name];
    const [given, source] =
      flags[name] !== undefined
        ? [flags[name], `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`]
        : environment[variable]
          ? [environment[variable], variable]
          : [file[name], `${name} in ${join(dataDir, 'config.json')}`];
    if (given === undefined) continue;
    const isList = name === 'allowedProjectRoots' || name === 'allowedFileRoots';
    const value = isList && typeof given === 'string' ? given.split(/[,;]|:(?=\/)/).filter(Boolean) : given;
    const parsed = optionsSchema.shape[name].safeParse(value);
    if (!parsed.success) {
      const shown = name === 'token' ? '' : ` (${JSON.stringify(given)})`;
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
    host: values.host ?? '127.0.0.1',
    port: values.port ?? 3847,
    token: values.token ?? null,
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
  const { maxWorkers, ollamaHost, ollamaTimeout, cacheSizeMb } = values;
  const ollamaPort = values.ollamaPort ?? ollamaHost?.port ?? undefined;
  if (maxWorkers !== undefined) held.maxWorkers = { value: maxWorkers, by: sources.maxWorkers ?? '' };
  if (ollamaHost !== undefined) held.ollamaHost = { value: ollamaHost.host, by: sources.ollamaHost ?? '' };
  if (ollamaPort !== undefined)
    held.ollamaPort = { value: ollamaPort, by: sources.ollamaPort ?? sources.ollamaHost ?? '' };
  if (ollamaTimeout !== undefined)
    held.ollamaTimeoutSeconds = { value: ollamaTimeout, by: sources.ollamaTimeout ?? '' };
  if (cacheSizeMb !== undefined) held.compressionCacheMib = { value: cacheSizeMb, by: sources.cacheSizeMb ?? '' };
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
      `${path} is not a JSON object (${error instanceof Error ? error.message : String(error)}). Mend or remove it.`,
      { path },
      { cause: error },
    );
  }
}
