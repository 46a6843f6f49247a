import { parseArgs } from 'node:util';
import type { Flags } from '../config/resolve-config.ts';

export interface DesktopFlags extends Flags {
  /** Problems at the start go to standard error alone, as a script that starts the app wants it. */
  dialogs: boolean;
  /** Only the tray (or nothing) at first, as at login. */
  hidden: boolean;
}

/**
 * The flags of a desktop start, the same as those of `control-room start`. Chromium's own switches stand among them, so
 * one that is not known is left to Chromium.
 */
export function readDesktopFlags(argv: readonly string[]): DesktopFlags {
  const { values } = parseArgs({
    args: [...argv],
    strict: false,
    options: {
      'data-dir': { type: 'string' },
      profile: { type: 'string' },
      'db-path': { type: 'string' },
      port: { type: 'string' },
      host: { type: 'string' },
      token: { type: 'string' },
      allowlist: { type: 'string' },
      tls: { type: 'boolean' },
      claude: { type: 'string' },
      'claude-path': { type: 'string' },
      'worktrees-dir': { type: 'string' },
      'allowed-project-roots': { type: 'string' },
      'allowed-file-roots': { type: 'string' },
      'notify-webhook': { type: 'string' },
      'max-workers': { type: 'string' },
      'allow-dangerous': { type: 'boolean' },
      'log-level': { type: 'string' },
      'no-dialogs': { type: 'boolean' },
      hidden: { type: 'boolean' },
    },
  });
  return {
    dataDir: values['data-dir'],
    profile: values.profile,
    databasePath: values['db-path'],
    port: values.port,
    host: values.host,
    token: values.token,
    allowlist: values.allowlist,
    tls: values.tls,
    claudePath: values.claude ?? values['claude-path'],
    worktreesDir: values['worktrees-dir'],
    allowedProjectRoots: values['allowed-project-roots'],
    allowedFileRoots: values['allowed-file-roots'],
    notifyWebhook: values['notify-webhook'],
    maxWorkers: values['max-workers'],
    allowDangerous: values['allow-dangerous'],
    logLevel: values['log-level'],
    dialogs: values['no-dialogs'] !== true,
    hidden: values.hidden === true,
  };
}
