import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type Fault, type Outcome, withReport } from '../outcome.ts';
import { repositoryFolder } from '../repository-folder.ts';
import { runCommand } from '../run-command.ts';
import { startVirtualDisplay } from '../virtual-display.ts';

interface PlaywrightSuite {
  suites?: PlaywrightSuite[];
  specs?: {
    title: string;
    tests: {
      status: string;
      annotations: { type: string; description?: string }[];
      results: { error?: { message?: string; stack?: string } }[];
    }[];
  }[];
}
interface PlaywrightReport {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number };
  suites: PlaywrightSuite[];
}

function skippedSpecs({ suites = [], specs = [] }: PlaywrightSuite): string[] {
  const own = specs.flatMap(({ title, tests }) =>
    tests
      .filter(({ status }) => status === 'skipped')
      .map(({ annotations }) => `${title}${annotations[0]?.description ? `: ${annotations[0].description}` : ''}`),
  );
  return [...own, ...suites.flatMap(skippedSpecs)];
}

function faultsOf({ suites = [], specs = [] }: PlaywrightSuite): Fault[] {
  const own = specs.flatMap(({ title, tests }) =>
    tests
      .filter(({ status }) => status === 'unexpected' || status === 'flaky')
      .map(({ status, results }) => {
        const error = results.find((result) => result.error)?.error;
        return {
          name: title,
          message: stripVTControlCharacters(error?.stack ?? error?.message ?? 'no error was told'),
          passedAgain: status === 'flaky',
        };
      }),
  );
  return [...own, ...suites.flatMap(faultsOf)];
}

/** Runs the tests of a project of `playwright.config.ts`, or only those of one file. */
export function runPlaywright(project: string, env: NodeJS.ProcessEnv, file?: string): Promise<Outcome> {
  return withReport<PlaywrightReport>(
    async (report) => {
      const playwright = join(repositoryFolder, 'node_modules', '@playwright', 'test', 'cli.js');
      const args = [
        'test',
        // A file run for its own sake counts rounds: none is run again.
        ...(file ? [file, '--retries=0'] : []),
        '-c',
        'scripts/e2e/playwright.config.ts',
        '--project',
        project,
        '--reporter=list,json',
      ];
      const options = {
        output: 'show',
        env: { ...env, PLAYWRIGHT_JSON_OUTPUT_FILE: report, FORCE_COLOR: '0' },
      } as const;
      return (await runCommand(process.execPath, [playwright, ...args], options)).code;
    },
    ({ stats, suites }) => ({
      passed: stats.expected + stats.flaky,
      failed: stats.unexpected,
      skipped: stats.skipped,
      reasons: suites.flatMap(skippedSpecs),
      faults: suites.flatMap(faultsOf),
    }),
  );
}

/** The tests of the desktop app, on a display of their own where there is none; `file` names the only one to run. */
export async function runDesktopTests(file?: string, environment: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const env = { ...process.env, ...environment };
  if (process.platform !== 'linux' || env.DISPLAY) return runPlaywright('desktop', env, file);
  const display = await startVirtualDisplay();
  try {
    return await runPlaywright('desktop', { ...env, DISPLAY: display.name }, file);
  } finally {
    await display.close();
  }
}
