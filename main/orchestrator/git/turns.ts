export type Turns = ReturnType<typeof createTurns>;

/** One changing command at a time in a repository: git's own locks fail rather than wait. */
export function createTurns() {
  const queues = new Map<string, Promise<unknown>>();
  return {
    inTurn<T>(repository: string, work: () => Promise<T>): Promise<T> {
      const before = queues.get(repository) ?? Promise.resolve();
      const turn = before.then(work, work);
      const settled = turn.then(
        () => undefined,
        () => undefined,
      );
      queues.set(repository, settled);
      return turn;
    },
  };
}
