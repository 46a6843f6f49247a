import { AppError } from '../../../shared/errors.ts';
import type { TerminalId } from '../../../shared/ids.ts';
import type { Terminal } from '../../../shared/terminals.ts';

/** After so long a search over all recordings answers with what it has. */
const budgetMs = 4000;

/** Lines shown of one recording: the others want their place too. */
const perTerminal = 20;

/** Looks for a text in the recordings of many terminals, the newest first. */
export async function searchRecordings(
  deps: {
    terminals: readonly Terminal[];
    now: () => number;
    search: (id: TerminalId, query: string, limit: number) => Promise<{ items: { ms: number; line: string }[] }>;
  },
  input: { query: string; limit: number },
) {
  const recorded = deps.terminals
    .filter((terminal) => terminal.recorded)
    .sort((a, b) => b.lastActiveAt - a.lastActiveAt || (a.id < b.id ? -1 : 1));
  const until = deps.now() + budgetMs;
  const items: { terminalId: TerminalId; title: string; ms: number; at: number; line: string }[] = [];
  let searched = 0;
  for (const { id, title, createdAt } of recorded) {
    if (items.length >= input.limit || (searched > 0 && deps.now() > until)) break;
    try {
      const found = await deps.search(id, input.query, Math.min(perTerminal, input.limit - items.length));
      for (const { ms, line } of found.items) items.push({ terminalId: id, title, ms, at: createdAt + ms, line });
    } catch (error) {
      // Its output is not kept any more, or it was removed meanwhile.
      if (!(error instanceof AppError) || error.code !== 'NOT_FOUND') throw error;
    }
    searched += 1;
  }
  return { items, searched, recordings: recorded.length };
}
