import { useEffect } from 'react';
import { create } from 'zustand';
import type { ContractClient } from '../../shared/contract.ts';
import type { SessionId } from '../../shared/ids.ts';
import type { Session } from '../../shared/sessions.ts';
import { useApp } from '../app/app-context.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';

/** Sessions that were read, by id: every view shows the same row, so that a change is seen in all of them at once. */
export const useSessions = create<{
  byId: Readonly<Record<string, Session>>;
  errors: Readonly<Record<string, string>>;
  /** Deleted here a moment ago: lists that were read before still name them. */
  removed: ReadonlySet<string>;
}>(() => ({ byId: {}, errors: {}, removed: new Set() }));

/** Takes a deleted session out of all lists, or puts a restored one back. */
export function setRemoved(id: string, removed: boolean): void {
  useSessions.setState((before) => {
    const ids = new Set(before.removed);
    if (removed) ids.add(id);
    else ids.delete(id);
    return { removed: ids };
  });
}

/** Takes rows as they are now. */
export function putSessions(rows: readonly Session[]): void {
  if (rows.length === 0) return;
  useSessions.setState(({ byId, errors }) => {
    const left = { ...errors };
    for (const { id } of rows) delete left[id];
    return { byId: { ...byId, ...Object.fromEntries(rows.map((row) => [row.id, row])) }, errors: left };
  });
}

const underWay = new Map<string, Promise<void>>();

/** Reads a session's row; two who ask at once share one call. Its error is kept beside the rows. */
export function readSession(client: ContractClient, id: string): Promise<void> {
  const before = underWay.get(id);
  if (before) return before;
  const call = client.sessions
    .get({ id: id as SessionId })
    .then(
      (row) => putSessions([row]),
      (error: unknown) => useSessions.setState(({ errors }) => ({ errors: { ...errors, [id]: errorText(error) } })),
    )
    .finally(() => underWay.delete(id));
  underWay.set(id, call);
  return call;
}

/** A session's row; it is read when nobody has yet. */
export function useSession(id: string | null): Session | undefined {
  const { connection } = useApp();
  const row = useSessions((state) => (id ? state.byId[id] : undefined));
  const failed = useSessions((state) => (id ? id in state.errors : false));
  const epoch = useStore((state) => state.epoch);
  const missing = id !== null && row === undefined && !failed;
  useEffect(() => {
    if (missing && epoch > 0) void readSession(connection.client, id);
  }, [missing, epoch, id, connection]);
  return row;
}
