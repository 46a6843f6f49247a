import { type Config, readConfig } from '../config/read-config.ts';
import type { Flags } from '../config/resolve-config.ts';
import { programsBeside } from '../launch.ts';
import { readHolder } from '../orchestrator/database/data-folder.ts';
import { openWithoutHouse, type WithoutHouse } from '../orchestrator/without-house.ts';
import { version } from '../version.ts';
import { askRunning } from './running.ts';

/** A backup of a large database takes its time, in milliseconds. */
const workWithinMs = 60 * 60_000;

/** What a command about the data is done with: the Control Room that runs, or the folder itself where none does. */
export interface DataHouse {
  config: Config;
  /** Calls the one that runs; `alone` is done where none does. */
  does<T>(
    call: { method: 'GET' | 'POST' | 'DELETE'; path: string; body?: unknown },
    alone: (house: WithoutHouse) => T | Promise<T>,
  ): Promise<{ result: T; running: boolean }>;
  /** Opens the folder once more, by which what was asked for is done; nothing where one runs. */
  again(): Promise<WithoutHouse['restored']>;
}

/** The house of a data folder. Messages of what is done on the folder itself go to standard error. */
export function dataHouse(flags: Flags, entryUrl: string): DataHouse {
  const config = readConfig(flags, process.env);
  const say = (details: object, message: string): void =>
    void process.stderr.write(`${message}${'error' in details ? `: ${String(details.error)}` : ''}\n`);
  const open = () =>
    openWithoutHouse({
      ...config,
      version,
      programs: programsBeside(entryUrl),
      log: { debug: () => undefined, info: () => undefined, warn: say, error: say },
    });
  return {
    config,
    async does(call, alone) {
      const answer = await askRunning<Awaited<ReturnType<typeof alone>>>({
        dataDir: config.dataDir,
        token: config.access.localToken?.token ?? null,
        withinMs: workWithinMs,
        ...call,
      });
      if (answer !== undefined) return { result: answer, running: true };
      const house = open();
      try {
        return { result: await alone(house), running: false };
      } finally {
        await house.close();
      }
    },
    async again() {
      if (readHolder(config.dataDir)) return undefined;
      const house = open();
      await house.close();
      return house.restored;
    },
  };
}

/** A size for people. */
export function sizeOf(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export function print(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
