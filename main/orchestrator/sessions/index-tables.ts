import { randomInt } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { type Database, openDatabase } from '../database/database.ts';
import { longestPrefix } from './query.ts';

/** Memory for an index's newest part, and for pages of the file, in bytes. */
const hashBytes = 8 * 1024 * 1024;
const cacheBytes = 32 * 1024 * 1024;

/** Changes with the tables or with what is read out of a line; a file of another version is made anew. */
const version = 1;

/*
 * Words and substrings are two indexes without texts of their own and without positions (`detail=none`): together they
 * take about 1.2 times the text, where positions alone would take more than that for prefixes. What positions would
 * tell (phrases, the place of a match) is looked up in the few texts that are shown. A record's id is its place in the one
 * order of all records, so that "newest first" is the order in which an index gives its rows.
 */
const tables = `
  CREATE TABLE files (
    path TEXT PRIMARY KEY,
    folder TEXT NOT NULL,
    session INTEGER NOT NULL,
    agent TEXT,
    identity TEXT NOT NULL,
    born INTEGER NOT NULL,
    size INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    gone INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX files_by_session ON files (session);

  /* revision: rises with each change, so that a reader takes in only what is new to it. */
  CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    facts TEXT NOT NULL
  ) STRICT;
  CREATE INDEX sessions_by_revision ON sessions (revision);

  CREATE TABLE records (
    id INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,
    place INTEGER NOT NULL,
    role INTEGER NOT NULL,
    at INTEGER,
    tool TEXT,
    tool_use_id TEXT,
    agent TEXT,
    failed INTEGER NOT NULL,
    boundary TEXT,
    path TEXT,
    text TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX records_by_place ON records (session, place);

  /* The tool call that started a sub-agent. */
  CREATE TABLE agents (
    session INTEGER NOT NULL,
    agent TEXT NOT NULL,
    tool_use_id TEXT NOT NULL,
    PRIMARY KEY (session, agent)
  ) STRICT, WITHOUT ROWID;

  /* Tokens of each model message, once for a session. copied: a fork took it over, and it was paid for elsewhere. */
  CREATE TABLE usage (
    message_id TEXT NOT NULL,
    session INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    at INTEGER NOT NULL,
    model TEXT,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    cost_usd REAL NOT NULL,
    copied INTEGER NOT NULL,
    PRIMARY KEY (message_id, session)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX usage_by_turn ON usage (session, turn);

  CREATE TABLE turns (
    session INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    last_place INTEGER NOT NULL,
    PRIMARY KEY (session, turn)
  ) STRICT, WITHOUT ROWID;

  CREATE VIRTUAL TABLE words USING fts5(
    text, content='', columnsize=0, detail=none, prefix='2 3 ${longestPrefix}', tokenize='unicode61 remove_diacritics 2'
  );
  CREATE VIRTUAL TABLE trigrams USING fts5(text, content='', columnsize=0, detail=none, tokenize='trigram');
`;

/**
 * Opens the index for its one writer. It is derived from the transcripts: a file of another version, or one that cannot
 * be read, is thrown away and made anew.
 */
export function openIndex(
  path: string,
  onAnew: (why: 'missing' | 'version' | 'broken') => void = () => undefined,
): Database {
  let database: Database | undefined;
  let why: Parameters<typeof onAnew>[0] = existsSync(path) ? 'version' : 'missing';
  try {
    database = openForWriting(path);
    const found = database.get<{ user_version: number }>('PRAGMA user_version')?.user_version;
    if (found === version) {
      // A torn page is found by whoever reads it, which may be much later: what all answers begin with is looked at now.
      database.get('SELECT max(revision), (SELECT max(id) FROM records), (SELECT count(*) FROM files) FROM sessions');
      return database;
    }
  } catch (error) {
    // Not a database, or a broken one. A full disk is another matter: nothing could be made anew.
    if (error instanceof Error && /full|readonly|permission/i.test(error.message)) throw error;
    why = 'broken';
  }
  database?.close();
  for (const ending of ['', '-wal', '-shm']) rmSync(`${path}${ending}`, { force: true });
  const fresh = openForWriting(path);
  fresh.transaction(() => {
    fresh.exec(tables);
    // Kept in memory before it becomes a segment: larger ones need less merging.
    for (const table of ['words', 'trigrams'])
      fresh.exec(`INSERT INTO ${table} (${table}, rank) VALUES ('hashsize', ${hashBytes})`);
    fresh.exec(`PRAGMA user_version = ${version}`);
    // Tells this index from those before it, whose revisions mean nothing here.
    fresh.exec(`PRAGMA application_id = ${randomInt(1, 2 ** 31 - 1)}`);
  });
  onAnew(why);
  return fresh;
}

function openForWriting(path: string): Database {
  const database = openDatabase(path, { durable: false });
  database.exec(`PRAGMA cache_size = -${cacheBytes / 1024}`);
  return database;
}
