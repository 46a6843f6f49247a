#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { AppError } from '../shared/errors.ts';
import { addDataCommands } from './command-line/data-commands.ts';
import { doctor } from './command-line/doctor.ts';
import { start } from './command-line/start.ts';
import { status } from './command-line/status.ts';
import { version } from './version.ts';

const program = new Command('control-room')
  .description('Runs a team of Claude Code workers side by side, each in its own git worktree.')
  .version(version, '-V, --version')
  .exitOverride();

program
  .command('start', { isDefault: true })
  .description('Run without a window and serve the page; prints its address.')
  .option('--data-dir <folder>', 'where everything is kept (DATA_DIR)')
  .option('--port <number>', 'port to listen on, 0 for any free one (PORT, 3847)')
  .option('--host <address>', 'address to listen on; one that others reach needs an allowlist (HOST, 127.0.0.1)')
  .option('--allowlist <networks>', 'networks that may connect, such as 192.168.1.0/24 (ALLOWLIST)')
  .option('--tls', 'speak TLS with a certificate made here (TLS)')
  .option('--token <secret>', 'credential of this machine’s user (LOCAL_TOKEN)')
  .option('--claude-path, --claude <path>', 'the claude program (CLAUDE_PATH)')
  .option('--worktrees-dir <folder>', 'where worktrees are made (WORKTREES_DIR)')
  .option('--allowed-project-roots <folders>', 'folders that may hold projects (ALLOWED_PROJECT_ROOTS)')
  .option('--allowed-file-roots <folders>', 'the only folders whose files are shown (ALLOWED_FILE_ROOTS)')
  .option('--notify-webhook <address>', 'address told of changes of sessions (NOTIFY_WEBHOOK)')
  .option('--max-workers <number>', 'workers at once (MAX_WORKERS, 5)')
  .option('--allow-dangerous', 'permit workers without any permission checks (ALLOW_DANGEROUS)')
  .option('--log-level <level>', 'trace, debug, info, warn, error or silent (LOG_LEVEL, info)')
  .option('--no-open', 'do not open a browser')
  .option('--stop-workers', 'end the workers too when this program ends')
  .action((options) => start({ ...options, claudePath: options.claude }, import.meta.url));

program
  .command('status')
  .description('Say whether a Control Room runs on a data folder, and how it is.')
  .option('--data-dir <folder>', 'the data folder (DATA_DIR)')
  .option('--token <secret>', 'its credential (LOCAL_TOKEN)')
  .action(status);

program
  .command('doctor')
  .description('Look at everything Control Room depends on and say what to mend.')
  .option('--data-dir <folder>', 'the data folder (DATA_DIR)')
  .option('--claude <path>', 'the claude program (CLAUDE_PATH)')
  .action((options) => doctor({ ...options, claudePath: options.claude }));

addDataCommands(program, import.meta.url);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
  } else if (error instanceof AppError) {
    process.stderr.write(`control-room: ${error.message}\n`);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
