import { describe, expect, it } from 'vitest';
import { ribbonSpans } from './instruments.tsx';

const now = 1_700_000_000_000;
const minute = 60_000;

describe('ribbonSpans', () => {
  it('shows the last hour, a long wait as late, the failure at its moment', () => {
    const spans = ribbonSpans(
      {
        state: 'ended',
        outcome: 'failed',
        endedAt: now - 5 * minute,
        timeline: [
          { state: 'working', at: now - 90 * minute },
          { state: 'waiting', at: now - 30 * minute },
          { state: 'working', at: now - 10 * minute },
          { state: 'ended', at: now - 5 * minute },
        ],
      },
      now,
    );
    expect(spans.map((span) => [span.kind, span.from / minute, span.to / minute])).toEqual([
      ['working', 0, 30],
      ['late', 30, 50],
      ['working', 50, 55],
      ['failed', expect.closeTo(54.58, 1), expect.closeTo(55.42, 1)],
    ]);
  });

  it('draws nothing after a worker ended well', () => {
    const timeline = [
      { state: 'working' as const, at: now - 30 * minute },
      { state: 'ended' as const, at: now - 20 * minute },
    ];
    expect(ribbonSpans({ state: 'ended', outcome: 'done', endedAt: now - 20 * minute, timeline }, now)).toHaveLength(1);
  });
});
