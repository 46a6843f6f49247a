import { createClaudeProgram } from '../main/orchestrator/claude/claude-program.ts';
import { pinnedClaude } from '../main/testing/temporary-home.ts';
import type { PermissionMode } from '../shared/workers.ts';
import { rows } from './test-permissions/calls.ts';
import { compareWithClaude } from './test-permissions/compare.ts';
import { olderClaude } from './test-permissions/older-claude.ts';

/*
 * `npm run test:permissions`: what the rule tester says of each call of the table, against what the real Claude Code does
 * with it, in all three modes, on the pinned version and on an older one where npm has it. Ends with 1 on any difference.
 * `--short` makes the rows that `npm test` makes; `--only-pinned` leaves the older version out.
 */

const modes: PermissionMode[] = ['allowlist', 'sandbox', 'dangerous'];
const short = process.argv.includes('--short');
const chosen = rows.filter((row) => row.short || !short);

const programs: string[] = [];
const pinned = pinnedClaude();
if (pinned) programs.push(pinned);
else console.log('skipped: no claude among the development dependencies. Run: npm ci');
if (!process.argv.includes('--only-pinned')) {
  const older = await olderClaude();
  if ('path' in older) programs.push(older.path);
  else console.log(`skipped: ${older.problem}`);
}

let made = 0;
let different = 0;
for (const path of programs) {
  const { version } = await createClaudeProgram({ configuredPath: path, environment: process.env }).look();
  if (version === null) throw new Error(`${path} does not say its version`);
  const network = chosen.filter(({ toolName, input }) =>
    /^Web|curl|wget|nc /.test(`${toolName} ${input.command ?? ''}`),
  );
  const tables: { title: string; table: Omit<Parameters<typeof compareWithClaude>[0], 'claude' | 'version'> }[] = [
    { title: 'network off', table: { rows: chosen, modes, allowNetwork: false } },
    { title: 'network on', table: { rows: network, modes: ['allowlist', 'sandbox'], allowNetwork: true } },
    ...(['narrowest', 'broadest'] as const).map((suggested) => ({
      title: `calls that ask, with the ${suggested} rule that is suggested for each`,
      table: { rows: chosen, modes: ['allowlist' as const], allowNetwork: false, suggested },
    })),
  ];
  for (const { title, table } of tables) {
    const startedAt = Date.now();
    const compared = await compareWithClaude({ claude: path, version, ...table });
    console.log(`\nClaude Code ${version}, ${title} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
    console.log(`${'mode'.padEnd(10)}${'call'.padEnd(60)}${'Claude'.padEnd(8)}${'tester'.padEnd(8)}rule`);
    for (const { mode, call, real, predicted, matches } of compared) {
      const decisions = `${real.decision.padEnd(8)}${predicted.decision.padEnd(8)}`;
      console.log(`${mode.padEnd(10)}${call.slice(0, 58).padEnd(60)}${decisions}${predicted.rule ?? '-'}`);
      if (!matches)
        console.log(`  DIFFERENT  Claude: ${real.detail.slice(0, 200)}\n             tester: ${predicted.reason}`);
    }
    made += compared.length;
    different += compared.filter(({ matches }) => !matches).length;
  }
}

console.log(`\n${chosen.length} calls, ${made} comparisons: ${made - different} alike, ${different} different`);
if (different > 0 || made === 0) process.exitCode = 1;
