import fc from 'fast-check';
import { oddRepositories } from './test-git/odd-repositories.ts';
import { actions, runSequence } from './test-git/sequences.ts';
import { troubles } from './test-git/troubles.ts';

/*
 * `npm run test:git`: every trouble that a repository can be in, made for real, and random sequences of actions after each
 * of which every commit and every byte in no commit has to be reachable still. Prints what came of each and how much was
 * lost, and ends with 1 when that is not 0. `--short` makes what `npm test` makes, `--only WORD` the troubles with that word
 * in their names (or `sequences`), `--seed N` the same sequences again.
 */

function flagValue(flag: string): string | undefined {
  const at = process.argv.indexOf(flag);
  return at > 0 ? process.argv[at + 1] : undefined;
}
const short = process.argv.includes('--short');
const only = flagValue('--only');
const seed = Number(flagValue('--seed') ?? Date.now() % 1_000_000);
const rounds = Number(flagValue('--rounds') ?? (short ? 2 : 200));

let failed = 0;
console.log(`seed ${seed}`);
for (const trouble of [...troubles, ...oddRepositories]) {
  if (only === undefined ? short && !trouble.short : !trouble.name.includes(only)) continue;
  const missing = (await trouble.missing?.()) ?? '';
  if (missing) {
    console.log(`skipped  ${trouble.name}: ${missing}`);
    continue;
  }
  const from = Date.now();
  try {
    const outcome = await trouble.run(short);
    console.log(`ok       ${trouble.name}: ${outcome} (${((Date.now() - from) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED   ${trouble.name}: ${(error as Error).stack?.slice(0, 1500)}`);
  }
}

if (only === undefined || only === 'sequences') {
  const lists = fc.sample(fc.array(actions, { minLength: 6, maxLength: short ? 8 : 14 }), { seed, numRuns: rounds });
  let done = 0;
  let refused = 0;
  let lost = 0;
  for (const [place, list] of lists.entries()) {
    const result = await runSequence(list);
    done += result.done;
    refused += result.refused;
    lost += result.lost.length;
    if (result.lost.length === 0 && result.failed === null) continue;
    failed += 1;
    console.log(`FAILED   sequence ${place} of seed ${seed}: ${JSON.stringify(list)}`);
    for (const line of [...result.lost, ...(result.failed ? [result.failed] : [])].slice(0, 10))
      console.log(`  ${line.slice(0, 1000)}`);
  }
  console.log(`sequences: ${rounds}, ${done} actions done, ${refused} refused with a sentence, ${lost} losses`);
}
process.exitCode = failed > 0 ? 1 : 0;
