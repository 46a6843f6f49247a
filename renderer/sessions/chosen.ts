import { create } from 'zustand';
import type { ChosenMessage } from '../../shared/context-text.ts';

const keyOf = (message: Pick<ChosenMessage, 'sessionId' | 'index'>): string => `${message.sessionId} ${message.index}`;

/** The messages chosen for a new worker, from any number of sessions, until they are used or let go. */
export const useChosen = create<{ byKey: Readonly<Record<string, ChosenMessage>>; choosing: boolean }>(() => ({
  byKey: {},
  choosing: false,
}));

/** The chosen messages, session by session as they were first chosen, each in its own order. */
export function inOrder(byKey: Readonly<Record<string, ChosenMessage>>): ChosenMessage[] {
  const sessions = new Map<string, ChosenMessage[]>();
  for (const message of Object.values(byKey)) {
    const all = sessions.get(message.sessionId);
    if (all) all.push(message);
    else sessions.set(message.sessionId, [message]);
  }
  return [...sessions.values()].flatMap((all) => all.sort((a, b) => a.index - b.index));
}

export function choose(messages: readonly ChosenMessage[]): void {
  useChosen.setState(({ byKey }) => ({
    byKey: { ...byKey, ...Object.fromEntries(messages.map((message) => [keyOf(message), message])) },
    choosing: true,
  }));
}

export function letGo(message: Pick<ChosenMessage, 'sessionId' | 'index'>): void {
  useChosen.setState(({ byKey }) => {
    const { [keyOf(message)]: _gone, ...rest } = byKey;
    return { byKey: rest };
  });
}

export function letAllGo(): void {
  useChosen.setState({ byKey: {}, choosing: false });
}

export function isChosen(byKey: Readonly<Record<string, ChosenMessage>>, sessionId: string, index: number): boolean {
  return keyOf({ sessionId, index }) in byKey;
}
