import { runDesktopTests } from './e2e/run-playwright.ts';
import { type Attacked, startAttacked } from './test-security/attacked.ts';
import { canarySecrets } from './test-security/canaries.ts';
import { everyRoute } from './test-security/every-route.ts';
import { filePaths } from './test-security/file-paths.ts';
import { foreignPages } from './test-security/foreign-pages.ts';
import { guesses } from './test-security/guesses.ts';
import { malformedFrames, malformedHttp } from './test-security/malformed.ts';
import type { CheckOutcome } from './test-security/outcome-of.ts';
import { createRandom } from './test-security/random.ts';
import { halfOpen, neverReading } from './test-security/slow-clients.ts';

/*
 * `npm run test:security`: attacks the port of a program of its own, and prints what was made, what was seen and what must
 * not be; ends with 1 when something of that was. `--short` makes what `npm test` makes, `--only NAME` one of them,
 * `--seed N` the same attacks again.
 */

function flagValue(flag: string): string | undefined {
  const at = process.argv.indexOf(flag);
  return at > 0 ? process.argv[at + 1] : undefined;
}
const short = process.argv.includes('--short');
const only = flagValue('--only');
const seed = Number(flagValue('--seed') ?? Date.now() % 1_000_000);
const random = createRandom(seed);

const addresses = (count: number) => Array.from({ length: count }, (_, index) => `127.0.1.${index + 1}`);
const checks: Record<string, (attacked: Attacked) => Promise<CheckOutcome>> = {
  routes: (attacked) => everyRoute(attacked, random, short ? 2 : 10),
  foreign: foreignPages,
  secrets: () => canarySecrets(short),
  files: (attacked) => filePaths(attacked, short ? 25 : 1),
  http: (attacked) => malformedHttp(attacked, random, short ? 1000 : 10_000),
  frames: (attacked) => malformedFrames(attacked, random, short ? 1000 : 10_000),
  'guesses-one': (attacked) => guesses(attacked, random, { addresses: ['127.0.0.2'], each: short ? 3000 : 100_000 }),
  'guesses-many': (attacked) => guesses(attacked, random, { addresses: addresses(short ? 10 : 100), each: 100 }),
  'half-open': (attacked) => halfOpen(attacked, short ? 60 : 500),
  'never-reading': (attacked) => neverReading(attacked, short ? 60 : 500),
};

console.log(`seed ${seed}`);
let failed = 0;

async function run(name: string, check: (attacked: Attacked) => Promise<CheckOutcome>): Promise<void> {
  const attacked = await startAttacked();
  // A check that broke must not leave the program running.
  const outcome = await check(attacked).catch(
    (error: unknown): CheckOutcome => ({ made: 'broke', seen: '', wrong: [String((error as Error).stack)] }),
  );
  const wrong = [...outcome.wrong, ...(await attacked.close())];
  console.log(`${name.padEnd(14)} ${wrong.length === 0 ? 'ok    ' : 'FAILED'} ${outcome.made}: ${outcome.seen}`);
  for (const line of wrong.slice(0, 20)) console.log(`  ${line.slice(0, 500)}`);
  if (wrong.length > 20) console.log(`  and ${wrong.length - 20} more`);
  if (wrong.length > 0) failed += 1;
}

const chosen = Object.entries(checks).filter(([name]) => only === undefined || only === name);
// Attackers that only hold a connection leave the machine idle: in the short form they wait side by side.
const waiting = chosen.filter(([name]) => short && (name === 'half-open' || name === 'never-reading'));
for (const [name, check] of chosen) if (!waiting.some(([other]) => other === name)) await run(name, check);
await Promise.all(waiting.map(([name, check]) => run(name, check)));
// The window's wire, in the real desktop; `npm test` makes its short form among the tests of the desktop.
if (!short && (only === undefined || only === 'ipc')) {
  const count = '10000';
  const { passed, failed: broken } = await runDesktopTests('bad-messages', {
    CONTROL_ROOM_BAD_MESSAGES: count,
    CONTROL_ROOM_SEED: String(seed),
  });
  const isWell = broken === 0 && passed > 0;
  console.log(`${'ipc'.padEnd(14)} ${isWell ? 'ok    ' : 'FAILED'} ${count} malformed messages over the window's wire`);
  if (!isWell) failed += 1;
}
console.log(failed === 0 ? 'nothing got through' : `${failed} of the checks failed`);
if (failed > 0) process.exitCode = 1;
