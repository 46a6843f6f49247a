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
  /** Tests that failed, at every attempt or at the first alone. */
  faults: Fault[];
}

export interface Fault {
  name: string;
  /** The first error, whole. */
  message: string;
  /** It passed when it was run again. */
  passedAgain: boolean;
}

/**
 * How many tests of a suite of real processes may need a second attempt before the suite is red. Such a test is told by
 * name with its error in any case: it shows a race, in the test or in the program, that is to be found.
 */
const mostAgain = 2;

/** The outcome of a suite that is one test; `message` is told again when it failed. */
export const single = (failed: boolean, message?: string): Outcome => ({
  passed: failed ? 0 : 1,
  failed: failed ? 1 : 0,
  skipped: 0,
  reasons: [],
  faults: failed && message ? [{ name: 'the whole suite', message, passedAgain: false }] : [],
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
    if (!text) return { passed: 0, failed: 1, skipped: 0, reasons: [], faults: [] };
    const outcome = read(JSON.parse(text) as T);
    const ran = outcome.passed + outcome.failed + outcome.skipped;
    const again = outcome.faults.filter(({ passedAgain }) => passedAgain).length;
    if (again > mostAgain) {
      outcome.passed -= again;
      outcome.failed += again;
    }
    // A file that does not load, an error outside of tests, or no test at all: red, though no test failed.
    if (outcome.failed === 0 && (code !== 0 || ran === 0)) outcome.failed = 1;
    return outcome;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
