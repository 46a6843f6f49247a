import { describe, expect, it } from 'vitest';
import { recordRow } from '../../main/testing/session-record.ts';
import type { SessionRecord } from '../../shared/sessions.ts';

import { lookAt, pagesWanted, placeOf, recordPageSize, rowOf } from './record-rows.ts';

const none: ReadonlySet<string> = new Set();

function read(...records: SessionRecord[]): (SessionRecord | undefined)[] {
  const all: (SessionRecord | undefined)[] = [];
  for (const record of records) all[record.index] = record;
  return all;
}

const conversation = read(
  recordRow({ index: 1, role: 'user', text: 'go' }),
  recordRow({ index: 2, role: 'thinking', text: ' ' }),
  recordRow({ index: 3, role: 'tool', toolName: 'Task', toolUseId: 't1', input: {} }),
  recordRow({ index: 4, role: 'user', text: 'sub', parentToolUseId: 't1' }),
  recordRow({ index: 5, role: 'tool', toolName: 'Bash', toolUseId: 't2', input: {}, parentToolUseId: 't1' }),
  recordRow({ index: 6, role: 'result', text: 'out', toolUseId: 't2', parentToolUseId: 't1' }),
  recordRow({ index: 7, role: 'result', text: 'sub is done', toolUseId: 't1' }),
  recordRow({ index: 8, role: 'assistant', text: 'done', turn: { inputTokens: 1, outputTokens: 1, costUsd: 0.01 } }),
);

describe('rows', () => {
  it('fold what a call answered into the call, and a sub-agent into one row', () => {
    const look = lookAt(8, conversation, none);
    expect(look.shown).toEqual([1, 3, 4, 8]);
    expect(look.runs.get(4)).toBe(3);
    expect(look.results.get('t1')?.text).toBe('sub is done');
  });

  it('show a sub-agent when it is opened', () => {
    expect(lookAt(8, conversation, new Set(['t1'])).shown).toEqual([1, 3, 4, 5, 8]);
  });

  it('show an answer whose call was not read yet, and every record that was not', () => {
    const look = lookAt(5, read(recordRow({ index: 3, role: 'result', text: 'out', toolUseId: 'far' })), none);
    expect(look.shown).toEqual([1, 2, 3, 4, 5]);
  });

  it('never lose the end of a turn', () => {
    const ended = recordRow({
      index: 1,
      role: 'assistant',
      text: '',
      turn: { inputTokens: 1, outputTokens: 2, costUsd: 0 },
    });
    expect(lookAt(1, read(ended), none).shown).toEqual([1]);
  });
});

describe('the row of a record', () => {
  it('is its call’s for an answer, the head of its run inside a sub-agent, else its own', () => {
    const look = lookAt(8, conversation, none);
    expect([1, 2, 5, 6, 7, 8].map((index) => rowOf(index, look, conversation))).toEqual([1, 1, 4, 4, 3, 8]);
  });

  it('is found among many', () => {
    const shown = Array.from({ length: 50_000 }, (_, place) => place * 2 + 1);
    expect(placeOf(1, shown)).toBe(0);
    expect(placeOf(2, shown)).toBe(0);
    expect(placeOf(77_777, shown)).toBe(38_888);
    expect(placeOf(1_000_000, shown)).toBe(49_999);
  });
});

describe('pages', () => {
  it('are those of the range that nobody asked for yet', () => {
    const size = recordPageSize;
    expect(pagesWanted(1, size, 10 * size, new Set())).toEqual([0]);
    expect(pagesWanted(size, size + 1, 10 * size, new Set())).toEqual([0, 1]);
    expect(pagesWanted(1, 3 * size, 10 * size, new Set([1]))).toEqual([0, 2]);
    expect(pagesWanted(-50, size * 99, size + 1, new Set())).toEqual([0, 1]);
  });
});
