import { expect, test } from 'vitest';
import { createLineReader } from './recorded-lines.ts';

function linesOf(...parts: string[]): string[] {
  const lines: string[] = [];
  const reader = createLineReader(({ text }) => lines.push(text));
  let offset = 0;
  for (const part of parts) {
    const bytes = new TextEncoder().encode(part);
    reader.push(offset, bytes);
    offset += bytes.length;
  }
  reader.end(offset);
  return lines;
}

test('drops colours, titles and images, keeps words', () => {
  expect(linesOf('\x1b[1;31mred\x1b[0m alert\r\n\x1b]0;title\x07next\x1bPq#0;2;0~\x1b\\ line\n')).toEqual([
    'red alert',
    'next line',
  ]);
});

test('a jump to the right is blanks, any other move a new line', () => {
  expect(linesOf('two\x1b[1Cwords\x1b[2;1Hbelow\x1b[Kmore')).toEqual(['two words', 'belowmore']);
});

test('sequences and characters may be cut anywhere', () => {
  expect(linesOf('a\x1b', '[3', '1mb\x1b]8;;http://x\x1b', '\\c')).toEqual(['abc']);
  const snow = new TextEncoder().encode('☃');
  const lines: string[] = [];
  const reader = createLineReader(({ text }) => lines.push(text));
  reader.push(0, snow.subarray(0, 1));
  reader.push(1, snow.subarray(1));
  reader.end(3);
  expect(lines).toEqual(['☃']);
});

test('a line without end is cut', () => {
  const lines = linesOf('x'.repeat(10_000));
  expect(lines.length).toBeGreaterThan(2);
  expect(lines.join('')).toBe('x'.repeat(10_000));
});
