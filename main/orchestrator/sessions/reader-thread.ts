import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../../../shared/errors.ts';
import { openDatabase } from '../database/database.ts';
import { createIndexReader, type IndexReader } from './index-reader.ts';

/* A worker thread that answers questions from the index, so that none of them holds up the main loop. */

export interface ReaderStart {
  file: string;
}

export type ReaderCall = {
  [Name in keyof IndexReader]: { call: number; name: Name; args: Parameters<IndexReader[Name]> };
}[keyof IndexReader];
export type ReaderReply =
  | { call: number; result: unknown }
  | { call: number; refused: { code: AppError['code']; message: string; details: AppError['details'] } }
  | { call: number; failed: Error };

const database = openDatabase((workerData as ReaderStart).file, { durable: false, readonly: true });
// Pages are read as memory, as far as the system has them at hand.
database.exec('PRAGMA mmap_size = 1073741824');
const reader = createIndexReader({ database, now: () => performance.now() });

parentPort?.on('message', (request: ReaderCall | 'close') => {
  if (request === 'close') {
    database.close();
    parentPort?.close();
    return;
  }
  const { call, name, args } = request;
  try {
    const answer = reader[name] as (...values: unknown[]) => unknown;
    reply({ call, result: answer(...args) });
  } catch (error) {
    if (error instanceof AppError)
      reply({ call, refused: { code: error.code, message: error.message, details: error.details } });
    else reply({ call, failed: error instanceof Error ? error : new Error(String(error)) });
  }
});

function reply(message: ReaderReply): void {
  parentPort?.postMessage(message);
}
