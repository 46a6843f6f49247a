import { expect, test } from 'vitest';
import { createClaudeProgram } from '../../main/orchestrator/claude/claude-program.ts';
import { pinnedClaude } from '../../main/testing/temporary-home.ts';
import { rows } from './calls.ts';
import { compareWithClaude } from './compare.ts';

const claude = pinnedClaude();

// The whole table, on two versions of the CLI: npm run test:permissions.
test.skipIf(!claude)('the tester answers what the real Claude Code does', async () => {
  if (!claude) throw new Error('unreachable');
  const { version } = await createClaudeProgram({ configuredPath: claude, environment: process.env }).look();
  const compared = await compareWithClaude({
    claude,
    version: version ?? '',
    rows: rows.filter(({ short }) => short),
    modes: ['allowlist', 'sandbox', 'dangerous'],
    allowNetwork: false,
  });
  expect(compared.length).toBeGreaterThan(60);
  expect(compared.filter(({ matches }) => !matches)).toEqual([]);
});
