import { contextText } from '../../../shared/context-text.ts';
import { type BuiltContext, type Context, type ContextPart, contextSchema } from '../../../shared/contexts.ts';
import { AppError } from '../../../shared/errors.ts';
import type { ContextId, ProjectId } from '../../../shared/ids.ts';
import { type SpawnWorkerInput, spawnWorkerInput, type Worker } from '../../../shared/workers.ts';
import type { Database } from '../database/database.ts';
import { newId } from '../new-id.ts';
import type { Sessions } from './sessions.ts';

export type Contexts = ReturnType<typeof createContexts>;

/** Records read at once. */
const pageSize = 2000;

/** A context holds no more messages than this: it has to be read by a model. */
const maxMessages = 20_000;

/** Kept choices of messages and sessions, and what a worker is given of them. */
export function createContexts(deps: {
  database: Database;
  now: () => number;
  sessions: Pick<Sessions, 'get' | 'messages'>;
  spawn: (input: SpawnWorkerInput) => Worker;
}) {
  const { database, now, sessions } = deps;

  function get(id: ContextId): Context {
    const found = database.get<{ row: string }>('SELECT row FROM session_contexts WHERE id = ?', id);
    if (!found) throw new AppError('NOT_FOUND', `There is no context ${id}. It may have been removed.`, { id });
    return contextSchema.parse(JSON.parse(found.row));
  }

  async function messagesOf(part: ContextPart): Promise<BuiltContext['messages']> {
    const { sessionId } = part;
    const { title } = await sessions.get(sessionId);
    const wanted = part.indexes && new Set(part.indexes);
    const last = part.indexes && Math.max(...part.indexes);
    const chosen: BuiltContext['messages'] = [];
    let after: number | null = part.indexes ? Math.min(...part.indexes) - 1 : 0;
    while (after !== null && (last === null || after < last)) {
      const page: Awaited<ReturnType<typeof sessions.messages>> = await sessions.messages({
        id: sessionId,
        after,
        limit: pageSize,
      });
      for (const { index, role, toolName, text, input, parentToolUseId } of page.items) {
        const isSaid = (role === 'user' || role === 'assistant') && parentToolUseId === null;
        const whole = role === 'tool' && input ? JSON.stringify(input, null, 2) : text;
        if ((wanted ? wanted.has(index) : isSaid) && whole.trim())
          chosen.push({ sessionId, title, index, role, toolName, text: whole });
      }
      if (chosen.length > maxMessages) break;
      after = page.nextCursor;
    }
    return chosen;
  }

  async function build(input: { parts: readonly ContextPart[]; budgetTokens: number }): Promise<BuiltContext> {
    const messages: BuiltContext['messages'] = [];
    const missing: BuiltContext['missing'] = [];
    for (const part of input.parts) {
      try {
        messages.push(...(await messagesOf(part)));
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'NOT_FOUND') throw error;
        missing.push(part.sessionId);
      }
      if (messages.length > maxMessages)
        throw new AppError('UNPROCESSABLE', `These are more than ${maxMessages} messages. Choose fewer.`, {});
    }
    const built = contextText(messages, input.budgetTokens);
    if (built.tokens > input.budgetTokens)
      throw new AppError(
        'UNPROCESSABLE',
        `${messages.length} messages are about ${built.tokens} tokens even when each is shortened; the budget is ${input.budgetTokens}. Choose fewer messages, or a larger budget.`,
        { tokens: built.tokens, budgetTokens: input.budgetTokens },
      );
    return { ...built, messages, missing };
  }

  return {
    list: (): Context[] =>
      database
        .all<{ row: string }>('SELECT row FROM session_contexts')
        .map(({ row }) => contextSchema.parse(JSON.parse(row)))
        .sort((a, b) => b.changedAt - a.changedAt || (a.id < b.id ? -1 : 1)),
    save(input: { id?: ContextId | undefined; name: string; parts: ContextPart[]; budgetTokens: number }): Context {
      const before = input.id === undefined ? undefined : get(input.id);
      const { name, parts, budgetTokens } = input;
      const context: Context = {
        id: before?.id ?? newId('x'),
        name,
        parts,
        budgetTokens,
        createdAt: before?.createdAt ?? now(),
        changedAt: now(),
      };
      database.run(
        'INSERT INTO session_contexts (id, row) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET row = excluded.row',
        context.id,
        JSON.stringify(context),
      );
      return context;
    },
    remove(id: ContextId): { id: ContextId } {
      get(id);
      database.run('DELETE FROM session_contexts WHERE id = ?', id);
      return { id };
    },
    build,
    async get(id: ContextId) {
      const context = get(id);
      return { ...context, built: await build(context) };
    },
    /** A new worker whose first prompt begins with the context. */
    async start(input: {
      id: ContextId;
      projectId: ProjectId;
      name: string;
      prompt: string;
      worktree: boolean;
    }): Promise<Worker> {
      const { id, prompt, ...worker } = input;
      const { text, messages } = await build(get(id));
      if (messages.length === 0)
        throw new AppError('UNPROCESSABLE', 'None of the messages of this context is there any more.', { id });
      return deps.spawn(
        spawnWorkerInput.parse({
          ...worker,
          prompt: `What was said before, for you to know:\n\n${text}\n\n---\n\n${prompt}`,
        }),
      );
    },
  };
}
