import { inspect } from 'node:util';
import { build, isBuilt } from './build.ts';
import { backups } from './test-crash/backups.ts';
import type { CheckInput, CrashCheck } from './test-crash/check.ts';
import { crashLoop } from './test-crash/crash-loop.ts';
import { faultPoints } from './test-crash/fault-points.ts';
import { flippedBytes } from './test-crash/flipped-bytes.ts';
import { fullDisk } from './test-crash/full-disk.ts';
import { halfMadeWorktree } from './test-crash/half-made-worktree.ts';
import { jumpingClock } from './test-crash/jumping-clock.ts';
import { killedProgram } from './test-crash/killed-program.ts';
import { oldSchemas } from './test-crash/old-schemas.ts';
import { powerCut } from './test-crash/power-cut.ts';
import { stoppedProcess } from './test-crash/stopped-process.ts';
import { unusableFolder } from './test-crash/unusable-folder.ts';
import { usedUp } from './test-crash/used-up.ts';
import type { CheckOutcome } from './test-security/outcome-of.ts';
import { createRandom } from './test-security/random.ts';

/*
 * `npm run test:crash`: troubles underneath, made to the built program: what was acknowledged is held against what is there.
 * Prints counts and ends with 1 when something is lost, doubled or left over. `--short` makes what `npm test` makes,
 * `--only NAME` one of them, `--rounds N` that many of it, `--points PREFIX` of the fault points those of that name, `--seed N`
 * the same moments again.
 */

function flagValue(flag: string): string | undefined {
  const at = process.argv.indexOf(flag);
  return at > 0 ? process.argv[at + 1] : undefined;
}
const short = process.argv.includes('--short');
const only = flagValue('--only');
const asked = flagValue('--rounds');
const seed = Number(flagValue('--seed') ?? Date.now() % 1_000_000);

const checks: Record<string, CrashCheck> = {
  'A1 killed': killedProgram,
  'A2 power cut': powerCut,
  'A6 fault points': faultPoints,
  'A7 half a worktree': halfMadeWorktree,
  'B5 crash loop': crashLoop,
  'C1 full disk': fullDisk,
  'C2 flipped bytes': flippedBytes,
  'C3 clock': jumpingClock,
  'C4 stopped': stoppedProcess,
  'C5 used up': usedUp,
  'C6 folders': unusableFolder,
  'C7 schemas': oldSchemas,
  'E4 backups': backups,
};

// So that what the rooms started is ended with this.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

if (!(await isBuilt())) {
  const problems = await build();
  if (problems) throw new Error(problems);
}
console.log(`seed ${seed}${short ? ', short' : ''}`);
let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  if (only !== undefined && !name.split(' ').includes(only)) continue;
  const startedAt = performance.now();
  const input: CheckInput = {
    short,
    random: createRandom(seed),
    rounds: (form) => (asked === undefined ? (short ? form.short : form.full) : Number(asked)),
  };
  const { made, seen, wrong, skipped } = await check(input).catch(
    (error: unknown): CheckOutcome & { skipped?: string } => ({
      made: 'broke',
      seen: '',
      wrong: [inspect(error)],
    }),
  );
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (skipped !== undefined) {
    console.log(`${name.padEnd(20)} skipped: ${skipped}`);
    continue;
  }
  console.log(`${name.padEnd(20)} ${wrong.length === 0 ? 'ok    ' : 'FAILED'} ${made}: ${seen} (${seconds} s)`);
  for (const line of wrong.slice(0, 20)) console.log(`  ${line.slice(0, 3000)}`);
  if (wrong.length > 20) console.log(`  and ${wrong.length - 20} more`);
  if (wrong.length > 0) failed += 1;
}
console.log(failed === 0 ? 'nothing was lost' : `${failed} of the checks failed`);
if (failed > 0) process.exitCode = 1;
