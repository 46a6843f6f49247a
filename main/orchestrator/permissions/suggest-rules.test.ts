import { expect, test } from 'vitest';
import { suggestRules } from './suggest-rules.ts';

function suggest(toolName: string, input: Record<string, unknown>): string[] {
  return suggestRules({
    toolName,
    input,
    cwd: '/repo/tree',
    home: '/home/user',
    additionalDirs: [],
    mode: 'allowlist',
    allow: [],
    deny: [{ rule: 'Bash(rm -rf *)', source: 'denied tools' }],
    ask: [],
    allowNetwork: true,
    osSandbox: false,
    cliVersion: null,
  });
}

test.each([
  [
    'Bash',
    { command: 'npm run db:migrate -- --to 0042' },
    ['Bash(npm run db:migrate -- --to 0042)', 'Bash(npm run db:migrate *)'],
  ],
  ['Bash', { command: 'git push origin main' }, ['Bash(git push origin main)', 'Bash(git push *)']],
  ['Bash', { command: 'node scripts/build.mjs' }, ['Bash(node scripts/build.mjs)', 'Bash(node scripts/build.mjs *)']],
  ['Bash', { command: 'node -e "work()"' }, ['Bash(node -e "work\\(\\)")']],
  ['Bash', { command: '(make install)' }, []],
  ['Bash', { command: 'make install &' }, []],
  [
    'Bash',
    { command: 'ls && make install' },
    ['Bash(ls && make install)', 'Bash(make install)', 'Bash(make install *)'],
  ],
  ['Bash', { command: 'ls > out.txt' }, ['Edit(/out.txt)']],
  ['Bash', { command: 'cat /etc/app/a.conf' }, ['Read(//etc/app/a.conf)', 'Read(//etc/app/**)']],
  ['Write', { file_path: '/repo/tree/.git/hooks/pre-commit', content: '' }, []],
  ['AskUserQuestion', { questions: [] }, []],
  ['Bash', { command: 'touch a.txt && make install' }, ['Bash(touch a.txt && make install)']],
  ['Bash', { command: 'touch a.txt\nmake install' }, []],
  ['Bash', { command: 'rm -rf build' }, []],
  ['Write', { file_path: '/repo/tree/docs/a.md', content: '' }, ['Edit(/docs/a.md)', 'Edit(/docs/**)']],
  ['Edit', { file_path: 'a.md', old_string: 'a', new_string: 'b' }, ['Edit(/a.md)']],
  ['Write', { file_path: '/etc/app/a.conf', content: '' }, ['Edit(//etc/app/a.conf)', 'Edit(//etc/app/**)']],
  ['WebFetch', { url: 'https://docs.example.org/x?y', prompt: 'p' }, ['WebFetch(domain:docs.example.org)']],
  ['mcp__tracker__create_issue', { title: 'x' }, ['mcp__tracker__create_issue', 'mcp__tracker']],
] as const)('%s %j', (toolName, input, rules) => {
  expect(suggest(toolName, input)).toEqual(rules);
});
