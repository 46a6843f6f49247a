import { expect, test } from 'vitest';
import { cleanTitle, clipboardText, pageAddress, pastable, pasteQuestion } from './untrusted-text.ts';

test('titles lose controls, hidden turns of direction and length', () => {
  expect(cleanTitle('a\u0007b\u001b[2J\u202egpj.exe\n c')).toBe('a b [2J gpj.exe c');
  expect(cleanTitle('x'.repeat(5000))).toHaveLength(120);
});

test('only pages are opened', () => {
  expect(pageAddress('https://example.com/a?b')).toBe('https://example.com/a?b');
  for (const bad of [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'file:///etc/passwd',
    'data:text/html,x',
    'vscode://x',
    'no',
  ])
    expect(pageAddress(bad)).toBeNull();
});

test('clipboard text is decoded, a wish to read it is not answered', () => {
  expect(clipboardText(`c;${btoa('hello')}`)).toBe('hello');
  expect(clipboardText('c;4piD')).toBe('☃');
  for (const bad of ['c;?', 'c;', 'c;***', `c;${btoa('\xff\xfe')}`]) expect(clipboardText(bad)).toBeNull();
});

test('a paste cannot end its own bracket', () => {
  expect(pastable('ls\u001b[201~\nrm -rf x\r\n\tok\u0003')).toBe('ls\nrm -rf x\r\n\tok');
  expect(pastable('\u001b[2\u001b[201~01~')).not.toContain('\u001b');
});

test('asks before lines run at once and before very much', () => {
  expect(pasteQuestion('ls', false)).toBeNull();
  expect(pasteQuestion('ls\n', false)).toBeNull();
  expect(pasteQuestion('ls\nrm x\n', false)).toMatch(/2 lines.*run as it arrives/);
  expect(pasteQuestion('ls\nrm x\n', true)).toBeNull();
  expect(pasteQuestion('x\n'.repeat(200_000), true)).toBe('Paste 200,000 lines (0.4 MB)?');
});
