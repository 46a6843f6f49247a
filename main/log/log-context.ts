import { AsyncLocalStorage } from 'node:async_hooks';

/** Fields that every entry gets that is written while something runs: the request, the call, the worker it is about. */
export function createLogContext() {
  const storage = new AsyncLocalStorage<Record<string, unknown>>();
  return {
    within<T>(fields: Record<string, unknown>, run: () => T): T {
      return storage.run({ ...storage.getStore(), ...fields }, run);
    },
    fields: (): Record<string, unknown> => storage.getStore() ?? {},
  };
}

export type LogContext = ReturnType<typeof createLogContext>;
