import { describe, expect, it } from 'vitest';
import { type ChosenMessage, contextText, estimateTokens } from './context-text.ts';

const message = (part: Partial<ChosenMessage>): ChosenMessage => ({
  sessionId: 's',
  title: 'Retry policy',
  index: 1,
  role: 'assistant',
  toolName: null,
  text: 'Keys live for 24 hours.',
  ...part,
});

describe('a context of chosen messages', () => {
  it('says from which session and by whom', () => {
    const { text, cut } = contextText(
      [
        message({ role: 'user', text: 'How long?' }),
        message({ index: 2 }),
        message({ sessionId: 't', title: 'Other', role: 'result', toolName: 'Bash', text: '12 passed' }),
      ],
      1000,
    );
    expect(text).toBe(
      '## From the session “Retry policy”\n\n### User\n\nHow long?\n\n### Claude\n\nKeys live for 24 hours.\n\n## From the session “Other”\n\n### Tool output (Bash)\n\n12 passed',
    );
    expect(cut).toBe(0);
  });

  it('keeps to its budget by cutting the longest, and says how many', () => {
    const long = message({ text: `begin${'x'.repeat(400_000)}end` });
    const { text, tokens, cut } = contextText([message({}), long], 5000);
    expect(tokens).toBeLessThanOrEqual(5000);
    expect(tokens).toBeGreaterThan(4900);
    expect(cut).toBe(1);
    expect(text).toContain('Keys live for 24 hours.');
    expect(text).toContain('begin');
    expect(text).toContain('characters left out');
    expect(text.endsWith('end')).toBe(true);
  });

  it('stays over a budget that nothing fits into', () => {
    const many = Array.from({ length: 100 }, (_, index) => message({ index, text: 'y'.repeat(5000) }));
    expect(contextText(many, 1000).tokens).toBeGreaterThan(1000);
  });
});

describe('estimated tokens', () => {
  it('are about a quarter of the letters, and about one for a sign', () => {
    expect(estimateTokens('a'.repeat(400))).toBe(100);
    expect(estimateTokens('語'.repeat(100))).toBe(90);
    expect(estimateTokens('')).toBe(0);
  });
});
