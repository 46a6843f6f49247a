import { expect, test } from 'vitest';
import { headlessArguments, interactiveArguments } from './command.ts';
import { asEffectiveRule, dangerousProblem, type Permissions, permissionFlags, usesOsSandbox } from './permissions.ts';
import { formatRule, notationProblem, parseRule } from './rule-notation.ts';

const permissions: Permissions = {
  mode: 'allowlist',
  allowedTools: ['Read', 'Write(src/**)', 'WebFetch(domain:example.org)'],
  deniedTools: ['Write(.env*)', 'Write'],
  askedTools: ['Edit(/release/**)'],
  allowNetwork: false,
  osSandbox: false,
  gitExcludesFile: null,
};

function valuesAfter(args: string[], flag: string): string[] {
  const rest = args.slice(args.indexOf(flag) + 1);
  const end = rest.findIndex((value) => value.startsWith('--'));
  return end === -1 ? rest : rest.slice(0, end);
}

test('rules go out as the CLI heeds them', () => {
  const { arguments: args, settings } = permissionFlags(permissions);
  expect(valuesAfter(args, '--permission-mode')).toEqual(['default']);
  expect(valuesAfter(args, '--allowedTools')).toEqual(['Read', 'Edit(/src/**)', 'WebFetch(domain:example.org)']);
  expect(valuesAfter(args, '--disallowedTools')).toEqual([
    ...['Edit(.env*)', 'Edit', 'Write', 'NotebookEdit'],
    ...['WebFetch', 'WebSearch', 'Bash(curl *)', 'Bash(wget *)', 'Bash(nc *)'],
  ]);
  expect(settings).toEqual({ permissions: { ask: ['Edit(./release/**)'] } });
});

test('a read-only worker changes nothing, and has Bash only inside the OS sandbox', () => {
  const without = permissionFlags({ ...permissions, mode: 'sandbox', deniedTools: [] });
  expect(valuesAfter(without.arguments, '--allowedTools')).toEqual(['Read', 'Glob', 'Grep']);
  expect(valuesAfter(without.arguments, '--disallowedTools')).toEqual(
    expect.arrayContaining(['Edit', 'Write', 'NotebookEdit', 'Bash']),
  );
  const inside = permissionFlags({
    ...permissions,
    mode: 'sandbox',
    deniedTools: [],
    osSandbox: true,
    readOnlyFolders: ['/srv/tree', '/srv/repository'],
  });
  expect(valuesAfter(inside.arguments, '--allowedTools')).toEqual(['Read', 'Glob', 'Grep', 'Bash']);
  expect(valuesAfter(inside.arguments, '--disallowedTools')).not.toContain('Bash');
  expect(inside.settings.sandbox).toMatchObject({
    enabled: true,
    failIfUnavailable: true,
    autoAllowBashIfSandboxed: false,
    allowUnsandboxedCommands: false,
    filesystem: { denyWrite: ['/srv/tree', '/srv/repository'] },
  });
});

test('programs are shut off from the network where that is possible and wanted', () => {
  const possible = { ...permissions, osSandbox: true, gitExcludesFile: '/srv/excludes' };
  expect(usesOsSandbox(possible)).toBe(true);
  expect(permissionFlags(possible).settings).toMatchObject({
    sandbox: { network: { allowedDomains: [] }, filesystem: { disabled: true, allowWrite: ['/'] } },
    env: { GIT_CONFIG_KEY_0: 'core.excludesFile', GIT_CONFIG_VALUE_0: '/srv/excludes' },
  });
  expect(usesOsSandbox({ ...possible, allowNetwork: true })).toBe(false);
  expect(usesOsSandbox({ ...possible, gitExcludesFile: null })).toBe(false);
  expect(usesOsSandbox({ ...possible, mode: 'dangerous' })).toBe(false);
});

test('a dangerous worker is refused as root, with the way out', () => {
  expect(dangerousProblem({}, 1000)).toBeNull();
  expect(dangerousProblem({ IS_SANDBOX: '1' }, 0)).toBeNull();
  expect(dangerousProblem({}, 0)).toContain('IS_SANDBOX=1');
  const { arguments: args } = permissionFlags({ ...permissions, mode: 'dangerous' });
  expect(args).toContain('--dangerously-skip-permissions');
  expect(valuesAfter(args, '--disallowedTools')).toContain('Edit(.env*)');
});

test('hooks and permissions share one --settings', () => {
  const input = { sessionId: 'x', resume: false, model: null, permissions, systemPrompt: 'Be brief.', trusted: false };
  const hooks = { url: 'http://127.0.0.1:1/', nodePath: '/usr/bin/node' };
  const args = interactiveArguments({ ...input, hooks, prompt: '-x' });
  expect(args.filter((value) => value === '--settings')).toHaveLength(1);
  expect(Object.keys(JSON.parse(args[args.indexOf('--settings') + 1] ?? ''))).toEqual(['hooks', 'permissions']);
  expect(args.slice(-2)).toEqual(['--', '-x']);
  expect(valuesAfter(args, '--append-system-prompt')).toEqual(['Be brief.']);
  const headless = headlessArguments({ ...input, permissions: { ...permissions, askedTools: [] }, systemPrompt: ' ' });
  expect(headless).not.toContain('--settings');
  expect(headless).not.toContain('--append-system-prompt');
  expect(headless).toContain('--strict-mcp-config');
  const trusted = headlessArguments({ ...input, permissions: { ...permissions, askedTools: [] }, trusted: true });
  expect(trusted).not.toContain('--strict-mcp-config');
  expect(trusted[trusted.indexOf('--settings') + 1]).toBe('{"enableAllProjectMcpServers":true}');
});

test.each(['Read', 'Bash(npm test *)', 'Bash(echo "\\(a\\)" \\\\*)', 'mcp__desk__look'])(
  '%s reads and writes alike',
  (rule) => {
    expect(formatRule(parseRule(rule))).toBe(rule);
  },
);

test.each([
  ['Write(a)', 'Edit(a)'],
  ['MultiEdit(a)', 'Edit(a)'],
  ['Write', 'Write'],
  ['Bash(Write(a\\))', 'Bash(Write(a\\))'],
])('%s is heeded as %s', (rule, effective) => {
  expect(asEffectiveRule(rule)).toBe(effective);
});

test.each([
  'Read',
  'Bash',
  'Bash(git:*)',
  'Edit(//srv/**)',
  'Read(~/x)',
  'WebFetch(domain:*.example.org)',
  'mcp__a.b',
  'mcp__a__*',
])('%s is understood', (rule) => expect(notationProblem(rule, 'allow')).toBeNull());

test.each(['', 'Bash(', 'Bash)', 'b', 'Ba*', 'mcp__a(b)', 'WebSearch(x)', 'Bash(a:* b)', 'Edit(C:\\x)'])(
  '%j is not, and it says why',
  (rule) => expect(notationProblem(rule, 'allow')).toEqual(expect.stringMatching(/.{20}/)),
);
