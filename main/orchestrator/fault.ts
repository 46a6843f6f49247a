/** A place of the program's own choosing to die at, for the tests of recovery; unset: none. */
const chosen = process.env.CONTROL_ROOM_FAULT;

/**
 * A named place between two steps. `CONTROL_ROOM_FAULT=name` kills the program there, as a power cut would: the next start
 * has to find either the whole of it or nothing. `npm run test:crash` hits each of them.
 */
export function fault(name: string): void {
  if (name === chosen) process.kill(process.pid, 'SIGKILL');
}
