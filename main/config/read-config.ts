import { join } from 'node:path';
import type { ConfigProblem } from '../../shared/configuration.ts';
import { defaultSettings } from '../../shared/default-settings.ts';
import { AppError } from '../../shared/errors.ts';
import type { Limits } from '../../shared/limits.ts';
import type { Settings } from '../../shared/settings.ts';
import type { AccessOptions } from '../orchestrator/index.ts';
import type { Options } from './options.ts';
import { type Flags, type ResolvedConfig, resolveConfig } from './resolve-config.ts';

const dayMs = 86_400_000;

/** Settings that were given at the start, and by what; the page cannot change them. */
export type HeldSettings = { [Name in keyof Settings]?: { value: Settings[Name]; by: string } };

/** Everything a start is told. */
export interface Config
  extends Pick<Options, 'allowedProjectRoots' | 'allowedFileRoots' | 'worktreesDir' | 'allowDangerous'> {
  dataDir: string;
  access: AccessOptions;
  claudePath: string | null;
  /** Null: in the data folder. */
  databasePath: string | null;
  notifyWebhook: string | null;
  lockedSettings: HeldSettings;
}

/** Variables that give the port: with one of them the desktop opens it too. */
export const portVariables = ['PORT', 'SERVER_PORT', 'CCA__DAEMON__BIND_ADDRESS'] as const;

/**
 * The configuration of a start: flags win over variables, those over `config.json` in the data folder, that over the
 * defaults. BAD_REQUEST names the flag, variable or file of a value that does not fit.
 */
export function readConfig(flags: Flags, environment: NodeJS.ProcessEnv): Config {
  return configOf(resolveConfig(flags, environment));
}

/** The same for who looks what is wrong: what does not fit is told, and passed over. */
export function readConfigAsFarAsItFits(
  flags: Flags,
  environment: NodeJS.ProcessEnv,
): { config: Config; problems: ConfigProblem[] } {
  let resolved: ResolvedConfig;
  const problems: ConfigProblem[] = [];
  try {
    resolved = resolveConfig(flags, environment);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    problems.push({ severity: 'error', name: null, message: error.message });
    resolved = resolveConfig(
      { ...flags, profile: undefined },
      { ...environment, CONTROL_ROOM_PROFILE: undefined },
      (path) => ({
        path,
        exists: false,
        values: {},
        profiles: {},
        profile: null,
      }),
    );
  }
  problems.push(...resolved.problems);
  return { config: configOf({ ...resolved, problems: [] }), problems };
}

/** The configuration of what was resolved; BAD_REQUEST with the first thing that does not fit. */
export function configOf(resolved: ResolvedConfig): Config {
  const wrong = resolved.problems.find(({ severity }) => severity === 'error');
  if (wrong) throw new AppError('BAD_REQUEST', wrong.message, { option: wrong.name });
  const { dataDir, values, by } = resolved;
  return {
    dataDir,
    access: {
      localToken: values.token === undefined ? null : { token: values.token, by: by.token ?? '' },
      furtherTokens: values.apiKeys ?? [],
      jwtSecret:
        values.jwtSecret === undefined
          ? null
          : { secret: values.jwtSecret, previous: values.jwtSecretPrevious ?? null },
      jwtExpiresInMs: values.jwtExpiresIn ?? dayMs,
      defaultKeyRateLimit: values.defaultRateLimit ?? null,
    },
    claudePath: values.claudePath ?? null,
    databasePath: values.databasePath ?? null,
    notifyWebhook: values.notifyWebhook ?? null,
    allowedProjectRoots: values.allowedProjectRoots ?? [],
    allowedFileRoots: values.allowedFileRoots ?? [],
    worktreesDir: values.worktreesDir ?? join(dataDir, 'worktrees'),
    allowDangerous: values.allowDangerous ?? false,
    lockedSettings: heldSettings(values, by),
  };
}

/** The settings that options hold, and by what. */
function heldSettings(values: Partial<Options>, by: ResolvedConfig['by']): HeldSettings {
  const held: HeldSettings = {};
  const hold = <Name extends keyof Settings>(
    name: Name,
    value: Settings[Name] | undefined,
    who: string | undefined,
  ) => {
    if (value !== undefined) Object.assign(held, { [name]: { value, by: who ?? '' } });
  };
  const { bindAddress, ollamaHost } = values;
  hold('maxWorkers', values.maxWorkers, by.maxWorkers);
  hold('ollamaHost', ollamaHost?.host, by.ollamaHost);
  hold('ollamaPort', values.ollamaPort ?? ollamaHost?.port ?? undefined, by.ollamaPort ?? by.ollamaHost);
  hold('ollamaTimeoutSeconds', values.ollamaTimeout, by.ollamaTimeout);
  hold('ollamaRetries', values.ollamaRetries, by.ollamaRetries);
  if (values.ollamaModels)
    hold('compressionModels', { ...defaultSettings.compressionModels, ...values.ollamaModels }, by.ollamaModels);
  hold('listenHost', values.host ?? bindAddress?.host, by.host ?? by.bindAddress);
  hold('listenPort', values.port ?? bindAddress?.port, by.port ?? by.bindAddress);
  hold('allowlist', values.allowlist, by.allowlist);
  hold('corsOrigins', values.corsOrigin, by.corsOrigin);
  hold('trustedProxies', values.trustedProxies, by.trustedProxies);
  hold('tls', values.tls, by.tls);
  hold('rateLimitWindowMs', values.rateLimitWindow, by.rateLimitWindow);
  hold('rateLimitMax', values.rateLimitMax, by.rateLimitMax);
  if (values.rateLimitEnabled === false) hold('rateLimitMax', 0, by.rateLimitEnabled);
  hold('compressionCacheMib', values.cacheSizeMb, by.cacheSizeMb);
  if (values.cacheEnabled === false) hold('compressionCacheMib', 0, by.cacheEnabled);
  hold('backupFolder', values.backupFolder, by.backupFolder);
  hold('backupEveryHours', values.backupInterval, by.backupInterval);
  if (values.autoBackup === false) hold('backupEveryHours', 0, by.autoBackup);
  hold('backupKeep', values.maxBackups, by.maxBackups);
  hold('metricsEnabled', values.metricsEnabled, by.metricsEnabled);
  hold('healthCheckSeconds', values.healthCheckInterval, by.healthCheckInterval);
  hold('logLevel', values.logLevel, by.logLevel);
  hold('allowedTools', values.allowedTools, by.allowedTools);
  hold('deniedTools', values.deniedTools, by.deniedTools);
  hold('allowNetwork', values.allowNetwork, by.allowNetwork);
  const limits: Limits = {
    ...(values.timeoutSeconds === undefined ? {} : { timeoutSeconds: values.timeoutSeconds }),
    ...(values.tokenBudget === undefined ? {} : { tokens: values.tokenBudget }),
  };
  if (Object.keys(limits).length > 0)
    hold('defaultLimits', limits, [by.timeoutSeconds, by.tokenBudget].filter(Boolean).join(' and '));
  return held;
}

/** What of it may stand in no log. */
export function secretsOf({ access, notifyWebhook }: Config): string[] {
  const { localToken, furtherTokens = [], jwtSecret } = access;
  return [localToken?.token, ...furtherTokens, jwtSecret?.secret, jwtSecret?.previous, notifyWebhook].filter(
    (secret): secret is string => typeof secret === 'string',
  );
}
