import { join } from 'node:path';
import { pinnedClaude } from '../main/testing/temporary-home.ts';
import { build } from './build.ts';
import { checks } from './check.ts';
import { runDesktopTests, runPlaywright } from './e2e/run-playwright.ts';
import { findElectron } from './electron/find-electron.ts';
import { prepareElectron } from './electron/prepare-electron.ts';
import { findChromium } from './find-chromium.ts';
import { type Outcome, single, withReport } from './outcome.ts';
import { repositoryFolder } from './repository-folder.ts';
import { runCommand } from './run-command.ts';

/**
 * Everything this machine can run, suite by suite; what is missing is fetched where that is allowed (root on Debian), else
 * named. `npm test -- unit browser` runs only those suites. Tests that failed are told once more at the
 * end; the last line is the sum.
 */

interface Suite {
  name: string;
  /** Why it cannot run here, and what to do about it; empty when it can. */
  missing(): Promise<string>;
  run(): Promise<Outcome>;
}

/** Lines of an error that tell what was expected, and where. */
const linesOfError = 12;

const nothingMissing = async () => '';
/** The suites, cheapest first: a type error is told in seconds. */
const suites: Suite[] = [
  ...checks.map(({ name, run }) => ({
    name,
    missing: nothingMissing,
    async run() {
      const problems = await run();
      if (problems) console.log(problems);
      return single(problems !== '');
    },
  })),
  {
    name: 'build',
    missing: nothingMissing,
    async run() {
      const problems = await build();
      if (problems) console.log(problems);
      return single(problems !== '');
    },
  },
  { name: 'unit', missing: nothingMissing, run: () => runVitest('unit') },
  { name: 'page', missing: nothingMissing, run: () => runVitest('page') },
  {
    // Nothing a terminal says is lost, workers outlive the app: the short form of `npm run test:terminals`.
    name: 'terminals',
    missing: async () => (process.platform === 'win32' ? 'its stub workers are Unix programs' : ''),
    async run() {
      const { code, output } = await runCommand(process.execPath, ['scripts/test-terminals.ts', '--short'], {
        output: 'both',
      });
      return single(code !== 0, output.trimEnd().split('\n').slice(-linesOfError).join('\n'));
    },
  },
  {
    // No commit and no byte in no commit is ever lost: the short form of `npm run test:git`.
    name: 'git',
    missing: nothingMissing,
    async run() {
      const { code } = await runCommand(process.execPath, ['scripts/test-git.ts', '--short'], { output: 'show' });
      return single(code !== 0);
    },
  },
  {
    // What the port does with strangers: the short form of `npm run test:security`.
    name: 'security',
    missing: async () =>
      process.platform === 'linux' ? '' : 'its attackers need the many loopback addresses of Linux',
    async run() {
      const { code } = await runCommand(process.execPath, ['scripts/test-security.ts', '--short'], { output: 'show' });
      return single(code !== 0);
    },
  },
  {
    // Nothing is lost when something underneath breaks: the short form of `npm run test:crash`.
    name: 'crash',
    missing: async () => (process.platform === 'win32' ? 'its stub workers are Unix programs' : ''),
    async run() {
      const { code, output } = await runCommand(process.execPath, ['scripts/test-crash.ts', '--short'], {
        output: 'both',
      });
      return single(code !== 0, output.trimEnd().split('\n').slice(-linesOfError).join('\n'));
    },
  },
  { name: 'claude', missing: claudeMissing, run: () => runVitest('claude') },
  {
    name: 'browser',
    missing: async () =>
      (await claudeMissing()) ||
      ((await findChromium()) ? '' : 'no Chromium: apt-get install chromium, or name one in CHROMIUM_PATH'),
    run: () => runPlaywright('browser', process.env),
  },
  { name: 'desktop', missing: desktopMissing, run: () => runDesktopTests() },
  {
    // The packaged program is made and started once.
    name: 'package',
    missing: desktopMissing,
    async run() {
      const { code, output } = await runCommand(process.execPath, ['scripts/package.ts', '--dir']);
      if (code !== 0) console.log(output);
      return single(code !== 0);
    },
  },
];

async function claudeMissing(): Promise<string> {
  return pinnedClaude() ? '' : 'no claude among the development dependencies: npm ci';
}

async function desktopMissing(): Promise<string> {
  const claude = await claudeMissing();
  if (claude) return claude;
  if (!(await findElectron())) return 'no Electron: npm run electron:prepare';
  if (process.platform !== 'linux' || process.env.DISPLAY) return '';
  const { code } = await runCommand('Xvfb', ['-version']);
  return code === null ? 'neither a display nor Xvfb: apt-get install xvfb' : '';
}

/** Fetches what suites need, on a Debian that we may change. */
async function fetchMissing(wanted: Set<string>): Promise<void> {
  const needsElectron = wanted.has('desktop') || wanted.has('package');
  if (
    process.platform === 'linux' &&
    process.getuid?.() === 0 &&
    (await runCommand('apt-get', ['--version'])).code === 0
  ) {
    const packages: string[] = [];
    if (['browser', 'desktop', 'package'].some((name) => wanted.has(name)) && !(await findChromium()))
      packages.push('chromium');
    if (needsElectron && (await runCommand('Xvfb', ['-version'])).code === null) packages.push('xvfb');
    if ((await runCommand('git', ['--version'])).code !== 0) packages.push('git');
    if (['unit', 'browser'].some((name) => wanted.has(name)) && (await runCommand('gh', ['--version'])).code === null)
      packages.push('gh');
    if (wanted.has('unit')) {
      // A proxy before the port, and a network of its own as the LAN.
      if ((await runCommand('nginx', ['-v'])).code === null) packages.push('nginx');
      if ((await runCommand('promtool', ['--version'])).code === null) packages.push('prometheus');
      if ((await runCommand('ip', ['-V'])).code === null) packages.push('iproute2');
    }
    if (wanted.has('crash')) {
      // Pictures of a disk, and a clock that can be set wrong for one program.
      if ((await runCommand('mkfs.btrfs', ['--version'])).code === null) packages.push('btrfs-progs');
      if ((await runCommand('faketime', ['--version'])).code === null) packages.push('faketime');
    }
    if (wanted.has('claude')) {
      // The OS sandbox of Claude Code.
      if ((await runCommand('bwrap', ['--version'])).code === null) packages.push('bubblewrap');
      if ((await runCommand('socat', ['-V'])).code === null) packages.push('socat');
    }
    if (packages.length > 0) {
      console.log(`Installing ${packages.join(', ')}…`);
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      await runCommand('apt-get', ['update', '-q'], { env });
      const { code, output } = await runCommand(
        'apt-get',
        ['install', '-q', '-y', '--no-install-recommends', ...packages],
        { env },
      );
      if (code !== 0) console.log(output.split('\n').slice(-5).join('\n'));
    }
  }
  if (needsElectron && !(await findElectron())) {
    await prepareElectron((line) => console.log(line)).catch((error: unknown) => {
      console.log(error instanceof Error ? error.message : error);
    });
  }
}

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { assertionResults: { status: string; fullName: string; failureMessages: string[] }[] }[];
}

function runVitest(project: string): Promise<Outcome> {
  return withReport<VitestReport>(
    async (file) => {
      const vitest = join(repositoryFolder, 'node_modules', 'vitest', 'vitest.mjs');
      const args = ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
      return (await runCommand(process.execPath, [vitest, ...args], { output: 'show' })).code;
    },
    ({ numPassedTests, numFailedTests, testResults }) => {
      const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
      const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
      return {
        passed: numPassedTests,
        failed: numFailedTests,
        skipped: skipped.length,
        reasons: skipped.map(({ fullName }) => fullName),
        faults: tests
          .filter(({ failureMessages }) => failureMessages.length > 0)
          .map(({ fullName, status, failureMessages: [message = ''] }) => ({
            name: fullName,
            message,
            passedAgain: status === 'passed',
          })),
      };
    },
  );
}

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(`No such suite: ${unknown.join(', ')}. There are: ${suites.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
const wanted = suites.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
await fetchMissing(new Set(wanted.map(({ name }) => name)));

const outcomes: { name: string; outcome: Outcome; seconds: number }[] = [];
for (const suite of wanted) {
  console.log(`\n== ${suite.name}`);
  const startedAt = Date.now();
  const missing = await suite.missing();
  const outcome = missing ? { passed: 0, failed: 0, skipped: 1, reasons: [missing], faults: [] } : await suite.run();
  outcomes.push({ name: suite.name, outcome, seconds: (Date.now() - startedAt) / 1000 });
}

console.log('\nSuite            passed  failed  skipped  seconds');
for (const { name, outcome, seconds } of outcomes) {
  const { passed, failed, skipped } = outcome;
  const columns = [
    String(passed).padStart(6),
    String(failed).padStart(7),
    String(skipped).padStart(8),
    seconds.toFixed(1).padStart(8),
  ];
  console.log(`${name.padEnd(16)} ${columns.join(' ')}`);
}
for (const { name, outcome } of outcomes) {
  for (const reason of outcome.reasons) console.log(`skipped in ${name}: ${reason}`);
}
for (const { name, outcome } of outcomes) {
  for (const { name: test, message, passedAgain } of outcome.faults) {
    console.log(`\n${passedAgain ? 'passed at the second attempt' : 'failed'} in ${name}: ${test}`);
    console.log(message.split('\n').slice(0, linesOfError).join('\n'));
  }
}
const sum = (what: 'passed' | 'failed' | 'skipped') =>
  outcomes.reduce((total, { outcome }) => total + outcome[what], 0);
const skipped = sum('skipped');
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
if (sum('failed') > 0) process.exitCode = 1;
