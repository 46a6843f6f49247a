import type { LogLevel } from '../../../shared/log-levels.ts';

/** What writes the log, as far as the rest of the house needs it. */
export interface LogSource {
  /** Of its files. */
  folder: string;
  setLevel(level: LogLevel): void;
  /** Calls with each line that is written, until the function it gives is called. */
  onLine(listener: (line: string) => void): () => void;
  /** Runs something whose entries all get these fields. */
  within<T>(fields: Record<string, unknown>, run: () => T): T;
  /** Entries that were written since the start, by level. */
  counts(): Readonly<Record<string, number>>;
  /** A text without the secrets that are in it. */
  mask(text: string): string;
}
