import { useEffect, useState } from 'react';
import type { Message } from '../../shared/conversation.ts';
import type { WorkerId } from '../../shared/ids.ts';
import type { ConversationUpdate } from '../../shared/workers.ts';
import { useApp } from '../app/app-context.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';

export interface Conversation {
  /** In the order of the conversation. */
  messages: readonly Message[];
  /** What the model is writing now; empty for nothing. */
  partial: string;
  /** Everything up to here is in `messages`. */
  revision: number;
}

export const noConversation: Conversation = { messages: [], partial: '', revision: 0 };

/** A conversation after some updates: a message takes the place of the one with its id, a new one its place by id. */
export function applyUpdates(before: Conversation, updates: readonly ConversationUpdate[]): Conversation {
  let { partial, revision } = before;
  let messages: Message[] | null = null;
  for (const update of updates) {
    if (update.type === 'partial') {
      partial = update.text;
      continue;
    }
    messages ??= [...before.messages];
    const { message } = update;
    revision = Math.max(revision, message.revision);
    // Ids count from 1 without gaps, so a message is nearly always at its id or at the end.
    let index = Math.min(message.id - 1, messages.length);
    while (index > 0 && (messages[index - 1]?.id ?? 0) >= message.id) index -= 1;
    while (index < messages.length && (messages[index]?.id ?? 0) < message.id) index += 1;
    const known = messages[index];
    if (known?.id === message.id) {
      if (message.revision >= known.revision) messages[index] = message;
    } else messages.splice(index, 0, message);
    if (message.kind === 'text' || message.kind === 'turn') partial = '';
  }
  return { messages: messages ?? before.messages, partial, revision };
}

/** Last read conversations, so that going back to a worker shows it at once. */
const kept = new Map<string, Conversation>();
const keptMax = 12;

/** The conversation of a worker, live. After a lost connection it goes on after the last revision it has. */
export function useConversation(workerId: string): Conversation & { loading: boolean; error: string | null } {
  const { connection } = useApp();
  const epoch = useStore((state) => state.epoch);
  const [shown, setShown] = useState<{ id: string; conversation: Conversation }>({
    id: workerId,
    conversation: kept.get(workerId) ?? noConversation,
  });
  const [loading, setLoading] = useState(true);
  const [error, setError] = useState<string | null>(null);

  useEffect(() => {
    if (epoch === 0) return;
    let conversation = kept.get(workerId) ?? noConversation;
    setShown({ id: workerId, conversation });
    setLoading(true);
    setError(null);
    const ended = new AbortController();
    let gathered: ConversationUpdate[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const publish = (): void => {
      timer = undefined;
      conversation = applyUpdates(conversation, gathered);
      gathered = [];
      kept.delete(workerId);
      kept.set(workerId, { ...conversation, partial: '' });
      const oldest = kept.keys().next().value;
      if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);
      if (!ended.signal.aborted) {
        setShown({ id: workerId, conversation });
        setLoading(false);
      }
    };
    const follow = async (): Promise<void> => {
      const stream = await connection.client.workers.conversation(
        { id: workerId as WorkerId, since: conversation.revision },
        { signal: ended.signal },
      );
      setLoading(false);
      for await (const update of stream) {
        gathered.push(update);
        timer ??= setTimeout(publish, 30);
      }
    };
    follow().catch((problem: unknown) => {
      if (ended.signal.aborted || useStore.getState().connection.status !== 'live') return;
      setLoading(false);
      setError(errorText(problem));
    });
    return () => {
      ended.abort();
      if (timer !== undefined) {
        clearTimeout(timer);
        publish();
      }
    };
  }, [connection, workerId, epoch]);

  const conversation = shown.id === workerId ? shown.conversation : (kept.get(workerId) ?? noConversation);
  return { ...conversation, loading, error };
}
