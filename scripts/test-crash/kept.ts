import { join } from 'node:path';
import { type Database, openDatabase } from '../../main/orchestrator/database/database.ts';
import type { Message } from '../../shared/conversation.ts';
import type { Rule } from '../../shared/rules.ts';
import type { SavedSearch } from '../../shared/saved-searches.ts';
import type { Worker } from '../../shared/workers.ts';

/** What the state database holds, read from the disk while nobody has it open. */
export interface Kept {
  /** By the names of the ledger; what stands there twice has how often as its value. */
  values: Map<string, string | number | null>;
  workers: Worker[];
  /** What each worker's conversation shows wrongly: a line that is missing, doubled or out of order. */
  wrongLines: string[];
  /** How many lines each worker's conversation holds. */
  lines: Map<string, number>;
  /** What SQLite finds wrong with the file. */
  broken: string[];
}

const rowsOf = <Row>(database: Database, table: string): Row[] =>
  database.all<{ row: string }>(`SELECT row FROM ${table}`).map(({ row }) => JSON.parse(row) as Row);

/** Reads the database of a data folder; nobody else may have it open. */
export function readKept(dataDir: string): Kept {
  const database = openDatabase(join(dataDir, 'control-room.db'), { durable: false });
  try {
    const values: Kept['values'] = new Map();
    const once = (name: string, value: string | number) => values.set(name, values.has(name) ? `${name} twice` : value);
    for (const { rule } of rowsOf<Rule>(database, 'rules')) once(`rule ${rule}`, 'kept');
    for (const { name } of rowsOf<SavedSearch>(database, 'saved_searches')) once(`search ${name.slice(1)}`, 'kept');
    const setting = database.get<{ value: string }>("SELECT value FROM settings WHERE name = 'lateSeconds'");
    if (setting) values.set('setting', Number(setting.value));
    const workers = rowsOf<Worker>(database, 'workers');
    const wrongLines: string[] = [];
    const lines: Kept['lines'] = new Map();
    for (const worker of workers) {
      if (/^w\d+$/.test(worker.name)) values.set(`name of ${worker.id}`, worker.name);
      let last = 0;
      const messages = database
        .all<{ row: string }>('SELECT row FROM messages WHERE worker_id = ? ORDER BY id', worker.id)
        .map(({ row }) => JSON.parse(row) as Message);
      for (const message of messages) {
        if (message.kind === 'prompt' && message.text.startsWith('prompt '))
          once(`${message.text} to ${worker.id}`, 'said');
        if (message.kind !== 'text') continue;
        const number = Number(/^line (\d+)$/.exec(message.text)?.[1]);
        if (number !== last + 1) wrongLines.push(`${worker.id}: line ${number} after line ${last}`);
        last = number;
      }
      lines.set(worker.id, last);
    }
    const broken = [
      ...database
        .all<{ integrity_check: string }>('PRAGMA integrity_check')
        .map((row) => row.integrity_check)
        .filter((text) => text !== 'ok'),
      ...database.all('PRAGMA foreign_key_check').map((row) => `points nowhere: ${JSON.stringify(row)}`),
    ];
    return { values, workers, wrongLines, lines, broken };
  } finally {
    database.close();
  }
}
