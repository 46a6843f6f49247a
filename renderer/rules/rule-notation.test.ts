import { describe, expect, it } from 'vitest';
import { parseRule, ruleForCall, ruleHint, ruleWords } from './rule-notation.ts';

describe('parseRule', () => {
  it.each([
    ['Bash', { tool: 'Bash', pattern: null }],
    ['Bash(npm test *)', { tool: 'Bash', pattern: 'npm test *' }],
    ['Bash(echo "(a)")', { tool: 'Bash', pattern: 'echo "(a)"' }],
    ['mcp__jira__search', { tool: 'mcp__jira__search', pattern: null }],
  ])('%s', (text, rule) => expect(parseRule(text)).toEqual(rule));

  it.each([
    ['', 'Write a rule'],
    ['npm test', 'did you mean Bash(npm test)?'],
    ['./src/**', 'begins with a tool'],
    ['Bash(npm', 'not closed'],
    ['Bash()', 'every use of it'],
    ['Bash)', 'without its'],
  ])('%s is refused with what is wrong', (text, words) => {
    const rule = parseRule(text);
    expect('problem' in rule ? rule.problem : '').toContain(words);
  });
});

describe('ruleWords', () => {
  it.each([
    ['Bash', 'every shell command'],
    ['Bash(git status)', 'exactly the command git status'],
    ['Bash(npm test *)', 'commands that begin with the words npm test'],
    ['Bash(npm test:*)', 'commands that begin with the words npm test'],
    ['Bash(ls *)', 'commands that begin with the word ls'],
    ['Bash(npm*)', 'commands that begin with the letters npm'],
    ['Bash(* --version)', 'commands that look like * --version'],
    ['Edit(src/**)', 'changing files under src in the worktree'],
    ['Read(//etc/hosts)', 'reading /etc/hosts on this machine'],
    ['Read(~/.ssh/**)', 'reading ~/.ssh/** in your home folder'],
    ['Read(./.env)', 'reading .env in the worktree'],
    ['WebFetch(domain:example.org)', 'pages of example.org'],
    ['mcp__jira', 'every tool of the MCP server jira'],
    ['mcp__jira__search', 'the tool search of the MCP server jira'],
  ])('%s', (rule, words) => expect(ruleWords(rule)).toBe(words));
});

describe('ruleHint', () => {
  it('lets paths of any tool that changes files be: the orchestrator hands them on as Edit', () => {
    expect(ruleHint('Write(./secrets/**)', 'deny')).toBeNull();
    expect(ruleWords('Write(./secrets/**)')).toBe('changing files under secrets in the worktree');
  });
  it('says that a compound command never fits', () => {
    expect(ruleHint('Bash(npm ci && npm test)', 'allow')).toContain('never fits');
  });
  it('says what allowing every command means', () => {
    expect(ruleHint('Bash', 'allow')).toContain('every command');
    expect(ruleHint('Bash(*)', 'allow')).toContain('every command');
    expect(ruleHint('Bash', 'deny')).toBeNull();
  });
  it('knows how tools are written', () => {
    expect(ruleHint('bash(ls)', 'allow')).toBe('The tool is written Bash.');
    expect(ruleHint('Frobnicate', 'allow')).toContain('no tool Frobnicate');
  });
});

describe('ruleForCall', () => {
  it('is the narrowest rule', () => {
    expect(ruleForCall('Bash', { command: 'npm test' })).toBe('Bash(npm test)');
    expect(ruleForCall('Bash', { command: 'a && b' })).toBe('Bash');
    expect(ruleForCall('Write', { file_path: '/repo/a.ts' })).toBe('Edit(//repo/a.ts)');
    expect(ruleForCall('Edit', { file_path: 'src/a.ts' })).toBe('Edit(src/a.ts)');
    expect(ruleForCall('WebFetch', { url: 'https://example.org/a?b' })).toBe('WebFetch(domain:example.org)');
    expect(ruleForCall('mcp__a__b', {})).toBe('mcp__a__b');
  });
});
