import { expect, test } from 'vitest';
import { readImport } from './read-import.ts';

const id = '0b8a4f1e-3d6c-4a51-9b7e-1c2d3e4f5a6b';
const line = (record: object) => JSON.stringify({ sessionId: id, cwd: '/repo/a', ...record });
const said = line({ type: 'user', message: { role: 'user', content: 'hello' } });

test('a transcript is read line by line; what is wrong with a line is said', () => {
  const read = readImport('a.jsonl', [said, '', '{"cut', '[1]', 'null', line({ type: 'something-new' })].join('\n'));
  expect(read).toMatchObject({
    kind: 'transcript',
    sessionId: id,
    cwd: '/repo/a',
    lines: 5,
    messages: 1,
    skippedLines: 3,
  });
  expect(read.problems.map(({ line: number }) => number)).toEqual([3, 4, 5]);
  expect(read.problems[0]?.problem).toMatch(/^it is no JSON/);
  expect(read.records).toHaveLength(2);
});

test('an id that Claude would not take is not kept', () => {
  expect(readImport('a.jsonl', said.replace(id, '../../etc/passwd')).sessionId).toBeNull();
});

test('a file without a conversation is refused with counts', () => {
  expect(() => readImport('/x/notes.txt', 'some\nnotes\n')).toThrow(
    /^notes.txt holds no conversation: of its 2 lines 2/,
  );
  expect(() => readImport('a.jsonl', line({ type: 'mode' }))).toThrow(/of its 1 lines 0/);
});

test('an exported session becomes a transcript without tokens; a damaged one says what does not fit', () => {
  const record = {
    index: 1,
    role: 'user',
    text: 'hello',
    at: 1,
    toolName: null,
    toolUseId: null,
    input: null,
    failed: false,
    parentToolUseId: null,
    turn: null,
    boundary: null,
  };
  const whole = {
    session: { id, title: 'T', cwd: null },
    records: [
      record,
      { ...record, role: 'nobody' },
      { ...record, role: 'tool', toolName: 'Bash', toolUseId: 't', input: { command: 'ls' } },
    ],
  };
  const read = readImport('a.json', JSON.stringify(whole, null, 2));
  expect(read).toMatchObject({ kind: 'export', lines: 3, messages: 1, skippedLines: 1 });
  expect(read.problems[0]).toMatchObject({ line: 2, problem: expect.stringContaining('role') });
  expect(JSON.stringify(read.records)).not.toContain('usage');
  expect(() => readImport('a.json', JSON.stringify(whole).slice(0, -5))).toThrow(/cut off or damaged/);
  expect(() => readImport('a.json', '{"session":{"id":3},"records":[]}')).toThrow(/session.id does not fit/);
});
