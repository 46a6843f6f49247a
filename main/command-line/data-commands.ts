import type { Command } from 'commander';
import {
  createBackup,
  deleteBackup,
  downloadBackup,
  drillBackup,
  listBackups,
  restoreBackup,
  takeInBackup,
  undoRestore,
  verifyBackup,
} from './backup.ts';
import {
  analyzeDatabase,
  checkDatabase,
  checkpointDatabase,
  databaseStatus,
  exportDatabase,
  importDatabase,
  vacuumDatabase,
} from './database.ts';

/** Adds `backup ...` and `database ...`: through the Control Room that runs, or on its folder while none does. */
export function addDataCommands(program: Command, entryUrl: string): void {
  const backup = program.command('backup').description('Copies of the state: make, list, check, restore.');
  const database = program
    .command('database')
    .description('The database: migrations, check, sizes, export and import.');
  const of = (group: Command, words: string, description: string, isDefault = false): Command =>
    group
      .command(words, { isDefault })
      .description(description)
      .option('--data-dir <folder>', 'the data folder (DATA_DIR)')
      .option('--token <secret>', 'credential of the one that runs (LOCAL_TOKEN)');
  const opened = (command: Command): Command =>
    command.option('--passphrase-file <file>', 'holds the passphrase of an encrypted one (BACKUP_PASSPHRASE)');

  of(backup, 'create', 'Make one now.', true)
    .option('--type <word>', 'what kind it is', 'manual')
    .option('--description <text>', 'what it is for', '')
    .option('--json', 'for programs')
    .action((options) => createBackup(options, entryUrl));
  of(backup, 'list', 'All of them, newest first.')
    .option('--json', 'for programs')
    .action((options) => listBackups(options, entryUrl));
  opened(of(backup, 'verify <file>', 'Read one back whole.')).action((file, options) =>
    verifyBackup(file, options, entryUrl),
  );
  of(backup, 'drill', 'Restore the newest one into a temporary place and compare it.').action((options) =>
    drillBackup(options, entryUrl),
  );
  opened(of(backup, 'restore <file>', 'Put the state back; a copy of the present is made first.'))
    .option('--confirm', 'the present state may be replaced')
    .action((file, options) => restoreBackup(file, options, entryUrl));
  of(backup, 'undo', 'Go back to before the last restore.')
    .option('--confirm', 'the present state may be replaced')
    .action((options) => undoRestore(options, entryUrl));
  of(backup, 'download <file> <target>', 'Copy the file of one to another place.').action((file, target, options) =>
    downloadBackup(file, target, options, entryUrl),
  );
  opened(of(backup, 'take-in <path>', 'Take in the file of a backup from another place.'))
    .option('--description <text>', 'what it is', '')
    .action((path, options) => takeInBackup(path, options, entryUrl));
  of(backup, 'delete <file>', 'Remove one.').action((file, options) => deleteBackup(file, options, entryUrl));

  of(database, 'status', 'Schema, migrations and files.', true)
    .option('--json', 'for programs')
    .action((options) => databaseStatus(options, entryUrl));
  of(database, 'check', 'Read all of it and say what is wrong.').action((options) => checkDatabase(options, entryUrl));
  of(database, 'vacuum', 'Write the file anew without free room.').action((options) =>
    vacuumDatabase(options, entryUrl),
  );
  of(database, 'analyze', 'Count anew what statements are planned by.').action((options) =>
    analyzeDatabase(options, entryUrl),
  );
  of(database, 'checkpoint', 'Bring the log into the file.').action((options) => checkpointDatabase(options, entryUrl));
  of(database, 'export <file>', 'Everything that is no secret as one file.').action((file, options) =>
    exportDatabase(file, options, entryUrl),
  );
  of(database, 'import <file>', 'Take an export in; what is there stays.')
    .option('--dry-run', 'only say what would be done')
    .option('--replace', 'write over what is there')
    .action((file, options) => importDatabase(file, options, entryUrl));
}
