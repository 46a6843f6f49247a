import { useStream } from '../data/use-stream.ts';

/** Port, keys, devices and sessions, live while this is shown. */
export function useAccess() {
  return useStream('access', (client, signal) => client.access.watch(undefined, { signal }));
}
