import { act } from 'react';
import { expect, test } from 'vitest';
import type { LogEntry } from '../../shared/logs.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { render, settled } from '../testing/render.tsx';
import { readLogQuery, writeLogQuery } from './log-query.ts';
import { useLog } from './use-log.ts';

const entry = (number: number): LogEntry => ({
  id: `1-${number}`,
  at: number,
  level: 'info',
  component: null,
  requestId: null,
  workerId: null,
  message: `m${number}`,
  details: {},
});

test('a query of the log can be linked and reopened', () => {
  const query = 'source=host&level=warn&text=a+b%26&component=port&worker=w&request=r';
  expect(writeLogQuery(readLogQuery(query))).toBe(query);
  expect(writeLogQuery(readLogQuery('level=nothing&other=1'))).toBe('');
});

test('what is read and what comes live are one list without gaps or doubles, and what comes while paused waits', async () => {
  let say: (entries: LogEntry[]) => void = () => undefined;
  let log: ReturnType<typeof useLog> | undefined;
  let setPaused: (paused: boolean) => void = () => undefined;
  const asked: unknown[] = [];
  function Shown({ paused }: { paused: boolean }) {
    log = useLog(readLogQuery('level=info'), paused);
    return null;
  }
  const { useState } = await import('react');
  function Holder() {
    const [paused, set] = useState(false);
    setPaused = set;
    return <Shown paused={paused} />;
  }
  const { unmount } = await render(<Holder />, fixtureState(Date.now()), {
    'logs.follow': async function* () {
      yield { entries: [], skipped: 0 };
      for (;;)
        yield await new Promise<{ entries: LogEntry[]; skipped: number }>((resolve) => {
          say = (entries) => resolve({ entries, skipped: 0 });
        });
    },
    'logs.list': (input: { cursor?: string }) => {
      asked.push(input);
      // A page that finds nothing still says where to look next.
      if (input.cursor === undefined) return { items: [entry(5), entry(4)], nextCursor: 'a' };
      if (input.cursor === 'a') return { items: [], nextCursor: 'b' };
      return { items: [entry(3), entry(2)], nextCursor: null };
    },
  });
  await settled();
  const shown = (): string[] => (log?.entries ?? []).map(({ message }) => message);
  const tell = async (...numbers: number[]): Promise<void> => {
    await act(async () => say(numbers.map(entry)));
    await settled();
  };
  expect(shown()).toEqual(['m4', 'm5']);
  // It was read already, and is told live too.
  await tell(5, 6);
  expect(shown()).toEqual(['m4', 'm5', 'm6']);
  await act(async () => setPaused(true));
  await tell(7);
  expect(shown()).toEqual(['m4', 'm5', 'm6']);
  expect(log?.pending.length).toBe(1);
  await act(async () => log?.loadOlder());
  await settled();
  expect(shown()).toEqual(['m2', 'm3', 'm4', 'm5', 'm6']);
  expect(log?.older).toBeNull();
  expect(asked.length).toBe(3);
  await act(async () => setPaused(false));
  expect(shown()).toEqual(['m2', 'm3', 'm4', 'm5', 'm6', 'm7']);
  unmount();
});
