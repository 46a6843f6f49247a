import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bashPatternMatches } from './bash-rules.ts';
import { type EvaluationInput, evaluate } from './evaluate.ts';
import { suggestRules } from './suggest-rules.ts';

/*
 * What the real CLI does is compared call by call in `npm run test:permissions`; here stands what a table cannot show:
 * sources, parts, warnings, versions.
 */

let folder: string;
let cwd: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'control-room-evaluate-')));
  cwd = join(folder, 'repository');
  await mkdir(join(cwd, 'src'), { recursive: true });
  await mkdir(join(folder, 'outside'));
  await symlink(join(folder, 'outside'), join(cwd, 'link'));
});

afterAll(() => rm(folder, { recursive: true }));

function verdictOf(toolName: string, input: Record<string, unknown>, more: Partial<EvaluationInput> = {}) {
  return evaluate({
    toolName,
    input,
    cwd,
    home: folder,
    additionalDirs: [],
    mode: 'allowlist',
    allow: [
      { rule: 'Bash(npm test *)', source: 'allowed tools of the worker' },
      { rule: 'Edit(src/**)', source: 'rule for this project' },
    ],
    deny: [{ rule: 'Bash(rm -rf *)', source: 'role reviewer' }],
    ask: [],
    allowNetwork: false,
    osSandbox: true,
    cliVersion: '2.1.329',
    ...more,
  });
}

const bash = (command: string, more?: Partial<EvaluationInput>) => verdictOf('Bash', { command }, more);

test('names the rule that decided and where it stands', () => {
  expect(bash('npm test')).toMatchObject({
    decision: 'allow',
    rule: 'Bash(npm test *)',
    source: 'allowed tools of the worker',
  });
  expect(bash('ls; rm -rf gone')).toMatchObject({ decision: 'deny', rule: 'Bash(rm -rf *)', source: 'role reviewer' });
  expect(bash('ls')).toMatchObject({ decision: 'allow', rule: null, source: null });
});

test('a command made of several has a verdict for each', () => {
  expect(bash('npm test && npm install && ls').parts).toEqual([
    { text: 'npm test', decision: 'allow', rule: 'Bash(npm test *)' },
    { text: 'npm install', decision: 'ask', rule: null },
    { text: 'ls', decision: 'allow', rule: null },
  ]);
});

test('what the mode and the network take away is named as such', () => {
  expect(verdictOf('Write', { file_path: 'src/a' }, { mode: 'sandbox' })).toMatchObject({
    decision: 'deny',
    source: 'permission mode sandbox (read only)',
  });
  expect(verdictOf('WebFetch', { url: 'https://example.org' })).toMatchObject({
    decision: 'deny',
    source: 'network is off',
  });
});

test('a read-only worker has Bash where the OS sandbox keeps it from writing, and none elsewhere', () => {
  expect(bash('touch a', { mode: 'sandbox', osSandbox: true }).decision).toBe('allow');
  expect(bash('touch a', { mode: 'sandbox', osSandbox: false }).decision).toBe('deny');
  expect(bash('rm -rf a', { mode: 'sandbox', osSandbox: true }).decision).toBe('deny');
});

test('says when nothing keeps programs from the network', () => {
  expect(bash('npm test', { osSandbox: false }).warnings).toEqual([expect.stringContaining('No OS sandbox')]);
  expect(bash('npm test', { osSandbox: true }).warnings).toEqual([]);
  expect(bash('npm test', { osSandbox: false, allowNetwork: true }).warnings).toEqual([]);
});

test('older CLIs do not look into what is nested, and that is said', () => {
  const older = { cliVersion: '2.1.197', mode: 'dangerous' } as const;
  expect(bash('echo $(rm -rf gone)', older)).toMatchObject({ decision: 'allow' });
  expect(bash('echo $(rm -rf gone)', older).warnings.join(' ')).toContain('claude update');
  expect(bash('echo $(rm -rf gone)', { mode: 'dangerous' }).decision).toBe('deny');
});

test('a path is judged by where it leads as well', () => {
  const allow = [{ rule: 'Edit(link/**)', source: 'x' }];
  expect(verdictOf('Write', { file_path: join(cwd, 'link', 'a') }, { allow }).decision).toBe('ask');
  const both = [...allow, { rule: `Edit(/${join(folder, 'outside')}/**)`, source: 'x' }];
  expect(verdictOf('Write', { file_path: join(cwd, 'link', 'a') }, { allow: both }).decision).toBe('allow');
  const deny = [{ rule: `Edit(/${join(folder, 'outside')}/**)`, source: 'x' }];
  expect(verdictOf('Write', { file_path: join(cwd, 'link', 'a') }, { allow, deny }).decision).toBe('deny');
});

test('denial before asking before allowing, whatever the order they were made in', () => {
  const rule = 'Bash(npm test *)';
  const sourced = [{ rule, source: 'x' }];
  expect(bash('npm test', { ask: sourced }).decision).toBe('ask');
  expect(bash('npm test', { ask: sourced, deny: sourced }).decision).toBe('deny');
  expect(bash('npm test', { ask: sourced, mode: 'dangerous' }).decision).toBe('ask');
});

test.each(['', '   ', "echo 'open", 'echo $(', 'if true; then', '((', '\u0000'])('asks for %j', (command) => {
  expect(bash(command).decision).toBe('ask');
});

test('fields that are missing or of another kind do no harm', () => {
  expect(verdictOf('Bash', {}).decision).toBe('ask');
  expect(verdictOf('Bash', { command: 7 }).decision).toBe('ask');
  expect(verdictOf('Write', {}).decision).toBe('ask');
  expect(verdictOf('WebFetch', { url: 'not an address' }, { allowNetwork: true }).decision).toBe('ask');
  expect(verdictOf('__proto__', {}).decision).toBe('ask');
  expect(bash('constructor x').decision).toBe('ask');
});

test('questions and plans always wait for a person', () => {
  for (const mode of ['allowlist', 'sandbox', 'dangerous'] as const) {
    expect(verdictOf('AskUserQuestion', {}, { mode }).decision).toBe('ask');
    expect(verdictOf('ExitPlanMode', {}, { mode }).decision).toBe('ask');
  }
});

test('a server of MCP tools is all of its tools and no other', () => {
  const allow = [{ rule: 'mcp__desk', source: 'x' }];
  expect(verdictOf('mcp__desk__look', {}, { allow }).decision).toBe('allow');
  expect(verdictOf('mcp__desktop__look', {}, { allow }).decision).toBe('ask');
});

test.each([
  ['npm test', 'npm test', true],
  ['npm test', 'npm test x', false],
  ['npm test *', 'npm test', true],
  ['npm test *', 'npm  test  x', true],
  ['npm test *', 'npm testing', false],
  ['npm test*', 'npm testing', true],
  ['git:*', 'git push', true],
  ['git:*', 'gitk', false],
  ['* --version', 'foo bar --version', true],
  ['docker * up', 'docker up', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a*bc*c', 'abc', false],
  ['echo \\*', 'echo *', true],
  ['echo \\*', 'echo x', false],
  ['echo (a|b)+', 'echo ab', false],
])('the pattern %s and the command %s: %s', (pattern, command, matches) => {
  expect(bashPatternMatches(pattern, command)).toBe(matches);
});

test('a pattern of many wildcards does not take long', () => {
  const startedAt = performance.now();
  expect(bashPatternMatches(`${'a*'.repeat(200)}b`, 'a'.repeat(200_000))).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(1000);
});

/** Pieces of shell that are put together in any order. */
const shell = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...['npm test', 'ls', 'touch x', 'rm -rf gone', ' && ', ' | ', '; ', '\n', ' & ', '(', ')', '$('],
      ),
      fc.constantFrom(
        ...['"', "'", '`', '{ ', '; }', '> out', '< in', '<<END\n', '$X', '\\', ' ', 'if ', '; then ', '; fi'],
      ),
      fc.string({ maxLength: 8 }),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''));

test('any command has an answer, and what is suggested for it answers it', () => {
  fc.assert(
    fc.property(shell, (command) => {
      const { decision } = bash(command);
      expect(['allow', 'ask', 'deny']).toContain(decision);
      const call: EvaluationInput = {
        ...{ toolName: 'Bash', input: { command }, cwd, home: folder, additionalDirs: [], mode: 'allowlist' },
        ...{ allow: [], deny: [], ask: [], allowNetwork: true, osSandbox: false, cliVersion: null },
      };
      for (const rule of suggestRules(call))
        expect(evaluate({ ...call, allow: [{ rule, source: 'x' }] }).decision).toBe('allow');
    }),
    { numRuns: 500 },
  );
});

test('a denied command stays denied, whatever follows it', () => {
  fc.assert(
    fc.property(fc.constantFrom(' && ', ' || ', '; ', ' | ', '\n'), shell, (operator, rest) => {
      // What follows may open a quote that swallows nothing before it.
      expect(bash(`rm -rf gone${operator}${rest}`).decision).not.toBe('allow');
    }),
    { numRuns: 500 },
  );
});
