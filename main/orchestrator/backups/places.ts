/** Files of the data folder that have to do with backups. */

/** What backups are encrypted with; readable by its owner alone. */
export const passphraseFile = 'backup-passphrase';
/** Where backups were put last: for a start that cannot read its settings. */
export const foldersFile = 'backup-folders.json';
/** How the last drill went. */
export const drillFile = 'backup-drill.json';
/** What of the data folder an encrypted backup takes along: without them the book of the audit cannot be checked elsewhere. */
export const keyFiles = ['signing-key', 'jwt-secrets.json', 'config.json'] as const;
