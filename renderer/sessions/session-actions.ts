import { useMemo } from 'react';
import { type ChosenMessage, contextText } from '../../shared/context-text.ts';
import type { ContractClient } from '../../shared/contract.ts';
import type { Session } from '../../shared/sessions.ts';
import { useApp } from '../app/app-context.ts';
import { go } from '../app/router.ts';
import { showDialog, tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { saveFile } from '../ui/save-file.ts';
import { putSessions, setRemoved, useSessions } from './session-store.ts';

type Changes = Partial<Pick<Session, 'title' | 'tags' | 'pinned' | 'archived'>>;
export type ExportFormat = 'markdown' | 'json' | 'html';

/** What can be done with a session. Changes are shown at once and taken back when they are refused. */
export function createSessionActions(client: ContractClient) {
  async function update(session: Session, changes: Changes): Promise<boolean> {
    putSessions([{ ...session, ...changes }]);
    try {
      putSessions([await client.sessions.update({ id: session.id, ...changes })]);
      return true;
    } catch (error) {
      const now = useSessions.getState().byId[session.id] ?? session;
      const before = Object.fromEntries(Object.keys(changes).map((name) => [name, session[name as keyof Changes]]));
      putSessions([{ ...now, ...before }]);
      tell(errorText(error), { tone: 'error' });
      return false;
    }
  }

  async function restore(session: Pick<Session, 'id' | 'title'>): Promise<boolean> {
    try {
      putSessions([await client.sessions.restore({ id: session.id })]);
      setRemoved(session.id, false);
      tell(`“${session.title}” is back.`);
      return true;
    } catch (error) {
      tell(errorText(error), { tone: 'error' });
      return false;
    }
  }

  return {
    update,
    rename: (session: Session, title: string) => update(session, { title }),
    pin: (session: Session) => update(session, { pinned: !session.pinned }),
    async archive(session: Session, archived = !session.archived): Promise<void> {
      if (!(await update(session, { archived }))) return;
      tell(archived ? `“${session.title}” was archived.` : `“${session.title}” is out of the archive.`, {
        action: {
          label: 'Undo',
          run: () => void update({ ...session, archived }, { archived: !archived }),
        },
      });
    },
    /** Deletes a session; it can be had back. Gives whether it is deleted. */
    async remove(session: Pick<Session, 'id' | 'title'>): Promise<boolean> {
      try {
        const { until } = await client.sessions.remove({ id: session.id });
        setRemoved(session.id, true);
        const day = new Date(until).toLocaleDateString('en-GB', { day: 'numeric', month: 'long' });
        tell(`“${session.title}” was deleted. It can be restored until ${day}.`, {
          action: { label: 'Undo', run: () => void restore(session) },
        });
        return true;
      } catch (error) {
        tell(errorText(error), { tone: 'error' });
        return false;
      }
    },
    restore,
    /** Goes on with a session, or with a copy of it, as a worker, and shows that worker. */
    async resume(
      session: Pick<Session, 'id'>,
      fork: boolean,
      from: { upTo?: number; answered?: boolean; prompt?: string } = {},
    ): Promise<boolean> {
      try {
        const worker = await client.sessions.resume({ id: session.id, fork, ...from });
        go({ view: 'worker', id: worker.id, tab: null, file: null });
        return true;
      } catch (error) {
        tell(errorText(error), { tone: 'error' });
        return false;
      }
    },
    /** Saves the whole session as a file of the browser's downloads. */
    async save(session: Pick<Session, 'id'>, format: ExportFormat): Promise<void> {
      try {
        const { fileName, mediaType, content } = await client.sessions.export({ id: session.id, format });
        saveFile(fileName, mediaType, content);
      } catch (error) {
        tell(errorText(error), { tone: 'error' });
      }
    },
    /** Opens the dialog of a new worker with what was chosen in its prompt. */
    startWith(messages: readonly ChosenMessage[], budgetTokens: number, projectId: string | null): void {
      const { text } = contextText(messages, budgetTokens);
      showDialog({
        kind: 'new-worker',
        ...(projectId ? { projectId } : {}),
        prompt: `What was said before, for you to know:\n\n${text}\n\n---\n\n`,
      });
    },
  };
}

export type SessionActions = ReturnType<typeof createSessionActions>;

export function useSessionActions(): SessionActions {
  const { connection } = useApp();
  return useMemo(() => createSessionActions(connection.client), [connection]);
}
