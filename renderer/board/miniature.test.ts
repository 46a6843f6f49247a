import { describe, expect, it } from 'vitest';
import { withoutPromptBox } from './miniature.tsx';

const rule = '─'.repeat(80);
const hint = '  ? for shortcuts';

describe('withoutPromptBox', () => {
  it('shows what was said above an empty prompt', () => {
    expect(withoutPromptBox(['● I go on.', '', rule, '❯ ', rule, hint])).toEqual(['● I go on.']);
  });

  it('leaves a prompt somebody is typing, an empty screen, and a rule that is part of the text', () => {
    for (const lines of [
      ['● I go on.', rule, '❯ and th', rule, hint],
      ['', rule, '❯ ', rule, hint],
      ['a table', rule, 'a', rule, 'b', 'c', 'd', 'e', 'f', 'g'],
    ]) {
      expect(withoutPromptBox(lines)).toBe(lines);
    }
  });
});
