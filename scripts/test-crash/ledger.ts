import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Refused } from './crash-room.ts';

/** What is to be found under a name once it was acknowledged; `null`: nothing any more. */
type Value = string | number | null;

interface Entry {
  acknowledged: Value;
  /** Asked for and not answered: it may have been done or not. */
  asked: Value[];
}

/**
 * The book beside the program: what was asked for, and what was acknowledged, each acknowledgement on disk before the next
 * request. A name is asked for by one client at a time.
 */
export function openLedger(folder: string) {
  const file = openSync(join(folder, 'ledger'), 'a');
  const entries = new Map<string, Entry>();
  let acknowledgements = 0;

  function note(line: object): void {
    writeSync(file, `${JSON.stringify(line)}\n`);
  }

  return {
    acknowledgements: () => acknowledgements,
    /** Does something, and writes down that it was done. Throws what `work` throws. */
    async ask<T>(name: string, value: Value, work: () => Promise<T>): Promise<T> {
      const entry = entries.get(name) ?? { acknowledged: null, asked: [] };
      entries.set(name, entry);
      entry.asked.push(value);
      note({ name, asked: value });
      const result = await work().catch((error: unknown) => {
        // Refused: nothing was done. Any other end leaves that open.
        if (error instanceof Refused && error.status < 500) entry.asked = [];
        throw error;
      });
      note({ name, acknowledged: value });
      fsyncSync(file);
      acknowledgements += 1;
      entry.acknowledged = value;
      entry.asked = [];
      return result;
    },
    /**
     * Holds what is there now against the book; gives what is wrong in words. From then on what is there is what was
     * acknowledged.
     */
    compare(found: Map<string, Value>): string[] {
      const wrong: string[] = [];
      for (const [name, entry] of entries) {
        const present = found.get(name) ?? null;
        if (present !== entry.acknowledged && !entry.asked.includes(present))
          wrong.push(`${name} is ${present}, acknowledged ${entry.acknowledged}, asked for ${entry.asked.join(', ')}`);
        entry.acknowledged = present;
        entry.asked = [];
      }
      for (const name of found.keys()) if (!entries.has(name)) wrong.push(`${name} is there and was never asked for`);
      return wrong;
    },
    /** Names of what was acknowledged and is to be there. */
    acknowledged: () => [...entries].flatMap(([name, entry]) => (entry.acknowledged === null ? [] : [name])),
    /** The book as it is now, to be held against what is found later. */
    snapshot() {
      const then = new Map([...entries].map(([name, { acknowledged }]) => [name, acknowledged]));
      return {
        /**
         * What was acknowledged then and is not there. What was changed since, or is being changed, says nothing: it may be in
         * or not.
         */
        missingIn(found: Map<string, Value>): string[] {
          return [...then].flatMap(([name, value]) => {
            const now = entries.get(name);
            const present = found.get(name) ?? null;
            const isSame = now?.acknowledged === value && now.asked.length === 0;
            return isSame && present !== value ? [`${name} is ${present}, acknowledged ${value}`] : [];
          });
        },
      };
    },
    close: () => closeSync(file),
  };
}

export type Ledger = ReturnType<typeof openLedger>;
