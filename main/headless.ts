#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { AppError } from '../shared/errors.ts';
import { getConfig, importConfig, setConfig, showConfig, unsetConfig, validateConfig } from './command-line/config.ts';
import { addDataCommands } from './command-line/data-commands.ts';
import { diagnostics } from './command-line/diagnostics.ts';
import { doctor } from './command-line/doctor.ts';
import { logs } from './command-line/logs.ts';
import { smoke } from './command-line/smoke.ts';
import { start } from './command-line/start.ts';
import { status } from './command-line/status.ts';
import { flagOf, optionNames, specOf } from './config/options.ts';
import { version } from './version.ts';

const program = new Command('control-room')
  .description('Runs a team of Claude Code workers side by side, each in its own git worktree.')
  .version(version, '-V, --version')
  .exitOverride();

const startCommand = program
  .command('start', { isDefault: true })
  .description('Run without a window and serve the page; prints its address.')
  .option('--data-dir <folder>', 'where everything is kept (DATA_DIR)')
  .option('--profile <name>', 'a profile of the configuration file (CONTROL_ROOM_PROFILE)')
  .option('--db-path <file>', 'file of the database (DB_PATH)')
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
  .action(({ dbPath, ...options }) =>
    start({ ...options, databasePath: dbPath, claudePath: options.claude }, import.meta.url),
  );
// Every option has its flag; those that are seldom given stand in `config show` alone.
for (const name of optionNames)
  if (name !== 'claudePath' && !startCommand.options.some(({ long }) => long === flagOf(name)))
    startCommand.addOption(new Option(`${flagOf(name)} <value>`, specOf(name).about).hideHelp());

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
  .option('--json', 'for programs')
  .option('--fix', 'mend what can be mended without asking: who may read the data folder')
  .action((options) => doctor({ ...options, claudePath: options.claude }));

const config = program.command('config').description('Look at the configuration, check it and change its file.');

/** A command about the configuration of a data folder. */
function configCommand(words: string, description: string): Command {
  return config
    .command(words)
    .description(description)
    .option('--data-dir <folder>', 'the data folder (DATA_DIR)')
    .option('--profile <name>', 'a profile of the file (CONTROL_ROOM_PROFILE)')
    .option('--json', 'for programs');
}
configCommand('show', 'Every option, its value and where that comes from; secrets are hidden.').action(showConfig);
configCommand('validate', 'Whether a start would take it all.').action(validateConfig);
configCommand('get <name>', 'The value of one option.').action(getConfig);
configCommand('set <name> <value>', 'Write an option into the file; "-" reads the value from standard input.').action(
  setConfig,
);
configCommand('unset <name>', 'Take an option out of the file.').action(unsetConfig);
configCommand('import <file>', 'Take over what a .env, YAML or TOML file of another program says.')
  .option('--dry-run', 'only say what would be written')
  .action(importConfig);

program
  .command('logs')
  .description('Print what was written down, and follow it.')
  .option('--data-dir <folder>', 'the data folder (DATA_DIR)')
  .option('-f, --follow', 'go on with what is written from now on')
  .option('--level <level>', 'this level and everything worse')
  .option('--since <time>', 'not older than 10m, 24h, 7d or a date')
  .option('-n, --lines <number>', 'so many at most (200; with --since all)')
  .option('--component <name>', 'what the part of the house wrote, such as workers or port')
  .option('--worker <id>', 'what is about a worker')
  .option('--request <id>', 'what belongs to a request')
  .option('--text <text>', 'what holds a text')
  .option('--source <name>', 'control-room or host')
  .option('--json', 'the lines as they are in the file')
  .action(logs);

program
  .command('diagnostics')
  .description('Write a zip file with what helps to find a fault; without secrets.')
  .option('--data-dir <folder>', 'the data folder (DATA_DIR)')
  .option('--token <secret>', 'credential of the Control Room that runs (LOCAL_TOKEN)')
  .option('--out <file>', 'where to write it')
  .option('--list', 'only say what would be in it')
  .action(diagnostics);
addDataCommands(program, import.meta.url);

program
  .command('smoke')
  .argument('[address]', 'of a Control Room; without it the one that runs on the data folder')
  .description('Ask a running Control Room for a little of everything and say whether all is well.')
  .option('--data-dir <folder>', 'the data folder (DATA_DIR)')
  .option('--token <secret>', 'its credential (LOCAL_TOKEN)')
  .option('--json', 'for programs')
  .action(smoke);

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
