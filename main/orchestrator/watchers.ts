/** Those who look at something that changes: each is given it as it is now, and again after each change. */
export function createWatchers() {
  const wakes = new Set<() => void>();
  let closed = false;

  function tell(): void {
    for (const wake of [...wakes]) wake();
  }

  return {
    /** It has changed. Changes that come faster than they are read are read once. */
    tell,
    async *watch<T>(signal: AbortSignal | undefined, read: () => T | Promise<T>): AsyncGenerator<T, void, void> {
      let changed = true;
      let wake: () => void = () => undefined;
      const note = (): void => {
        changed = true;
        wake();
      };
      wakes.add(note);
      signal?.addEventListener('abort', note);
      try {
        while (!signal?.aborted && !closed) {
          if (changed) {
            changed = false;
            yield await read();
          } else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      } finally {
        signal?.removeEventListener('abort', note);
        wakes.delete(note);
      }
    },
    /** Ends all of them. */
    close(): void {
      closed = true;
      tell();
    },
  };
}
