import { describe, expect, it } from 'vitest';
import type { Message } from '../../shared/conversation.ts';
import type { WorkerId } from '../../shared/ids.ts';
import { fixtureConversation } from '../testing/fixture-conversation.ts';
import { applyUpdates, noConversation } from './use-conversation.ts';

const text = (id: number, revision: number, words: string): Message => ({
  id,
  workerId: 'w' as WorkerId,
  revision,
  at: 0,
  parentToolUseId: null,
  kind: 'text',
  text: words,
});

describe('applyUpdates', () => {
  it('puts a changed message in the place of the old one', () => {
    const before = applyUpdates(noConversation, [
      { type: 'message', message: text(1, 1, 'a') },
      { type: 'message', message: text(2, 2, 'b') },
    ]);
    const after = applyUpdates(before, [{ type: 'message', message: text(1, 3, 'A') }]);
    expect(after.messages.map((message) => message.kind === 'text' && message.text)).toEqual(['A', 'b']);
    expect(after.revision).toBe(3);
    expect(before.messages[0]).toMatchObject({ text: 'a' });
  });

  it('orders by id whatever the order of arrival, and does not go back to an older revision', () => {
    const messages = fixtureConversation(0);
    const updates = [...messages].reverse().map((message) => ({ type: 'message' as const, message }));
    const shuffled = applyUpdates(noConversation, updates);
    expect(shuffled.messages.map((message) => message.id)).toEqual(messages.map((message) => message.id));
    const again = applyUpdates(shuffled, [{ type: 'message', message: { ...text(1, 0, 'old') } }]);
    expect(again.messages[0]).toBe(shuffled.messages[0]);
  });

  it('shows the partial text until its message comes', () => {
    const writing = applyUpdates(noConversation, [{ type: 'partial', text: 'Hel' }]);
    expect(writing.partial).toBe('Hel');
    expect(applyUpdates(writing, [{ type: 'message', message: text(1, 1, 'Hello') }]).partial).toBe('');
  });
});
