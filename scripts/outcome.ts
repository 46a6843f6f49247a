import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a suite of tests came out. */
export interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
  /** Names of skipped tests, or why a suite was. */
  reasons: string[];
}

/** The outcome of a suite that is one test. */
export const single = (failed: boolean): Outcome => ({
  passed: failed ? 0 : 1,
  failed: failed ? 1 : 0,
  skipped: 0,
  reasons: [],
});

/** Runs a tool that leaves a JSON report, and reads it. A tool that leaves none has failed. */
export async function withReport<T>(
  run: (file: string) => Promise<number | null>,
  read: (report: T) => Outcome,
): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'control-room-report-'));
  try {
    const file = join(folder, 'report.json');
    const code = await run(file);
    const text = await readFile(file, 'utf8').catch(() => '');
    if (!text) return { passed: 0, failed: 1, skipped: 0, reasons: [] };
    const outcome = read(JSON.parse(text) as T);
    const ran = outcome.passed + outcome.failed + outcome.skipped;
    // A file that does not load, an error outside of tests, or no test at all: red, though no test failed.
    if (outcome.failed === 0 && (code !== 0 || ran === 0)) outcome.failed = 1;
    return outcome;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
