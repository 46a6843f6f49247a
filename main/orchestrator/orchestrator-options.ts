import type { AccessOptions } from './access/access.ts';
import type { ConfigSource } from './configuration/configuration.ts';
import type { LogSource } from './logs/log-source.ts';
import type { LockedSettings } from './settings/settings.ts';

/** What an orchestrator is made with. */
export interface OrchestratorOptions {
  version: string;
  dataDir: string;
  worktreesDir: string;
  /** File of the database; null: in the data folder. */
  databasePath?: string | null;
  claudePath: string | null;
  allowedProjectRoots: readonly string[];
  /** The only folders whose files are shown and changed; empty: those of projects, worktrees and `allowedProjectRoots`. */
  allowedFileRoots: readonly string[];
  allowDangerous: boolean;
  /** An address that is told of changes of sessions from the start. */
  notifyWebhook: string | null;
  lockedSettings: LockedSettings;
  /** What it was configured by, to be shown and to be read again when it changes. */
  configuration?: ConfigSource;
  access: AccessOptions;
  /** Where what is written down can be read again, and its level changed. */
  logs?: LogSource;
  /** Our own environment; children see an allow-listed part of it. */
  environment: NodeJS.ProcessEnv;
  /** How to start Node (or Electron as Node) with a script of this build. */
  node: { file: string; env: Record<string, string> };
  /** A process host that has to be started is started no earlier than this settles: what is shown first comes first. */
  startHostAfter?: Promise<unknown>;
  /** Absolute paths of this build's further programs. */
  programs: {
    host: string[];
    screenParser: URL;
    sessionIndexer: URL;
    sessionReader: URL;
    sessionDigest: URL;
    sessionMeaning: URL;
    backup: URL;
    maintenance: URL;
  };
  log: {
    debug(details: object, message: string): void;
    info(details: object, message: string): void;
    warn(details: object, message: string): void;
    error(details: object, message: string): void;
  };
}
