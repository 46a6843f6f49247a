/**
 * What the host and its client say to each other, and nothing else: no code of either side lives here, so that an
 * app can talk to a host of an older version as long as it understands these shapes.
 */

/** Raised when a frame or an operation changes its meaning. Additions (new operations, new fields) do not raise it. */
export const HOST_PROTOCOL_VERSION = 1;

/** The oldest host this client can still drive. */
export const HOST_PROTOCOL_OLDEST = 1;

/** `output`: a PTY's bytes or a pipe's stdout. `errors`: a pipe's stderr. `hooks`: one JSON line per received hook. */
export type HostStream = 'output' | 'errors' | 'hooks';

export const HOST_STREAMS: readonly HostStream[] = ['output', 'errors', 'hooks'];

export type HostMode = 'pty' | 'pipe';

/** The bytes of a stream that the log holds: from `start` (older ones were dropped) up to, not including, `end`. */
export interface HostStreamRange {
  start: number;
  end: number;
}

/** The terminal had this size from this offset of its output on. */
export interface HostTerminalSize {
  offset: number;
  cols: number;
  rows: number;
}

/** One child process as the host knows it. */
export interface HostProcess {
  id: string;
  mode: HostMode;
  /** `null` only when the host died in the instant of starting it. */
  pid: number | null;
  /** Opaque; equal for the same process, different for a later one that got the same pid. `null` where unknown. */
  processStartTime: string | null;
  startedAt: number;
  /** Set once the process is gone and its last byte is in the log. */
  endedAt?: number;
  exitCode?: number;
  /** Name of the signal that ended it, like `SIGKILL`. */
  signal?: string;
  /**
   * `exited`: it ended, `exitCode` or `signal` says how. `failed`: it could not be started, `endMessage` says why.
   * `host-lost`: the host that held it died, so how it ended is unknown.
   */
  endReason?: 'exited' | 'failed' | 'host-lost';
  endMessage?: string;
  streams: Record<HostStream, HostStreamRange>;
  /** PTY only: its size now and, with the offset, at which output it changed (the newest 200). */
  sizes: HostTerminalSize[];
}

/** What to start. The same `id` twice is the same process: the second call starts nothing. */
export interface HostSpawn {
  /** Letters, digits, `.`, `_` and `-`, at most 100: it names a folder. */
  id: string;
  mode: HostMode;
  /** An absolute path, or a name looked up in `env.PATH`. Never a shell line. */
  file: string;
  args: string[];
  cwd: string;
  /** The whole environment: nothing is inherited from the host. */
  env: Record<string, string>;
  /** PTY only. */
  cols?: number;
  /** PTY only. */
  rows?: number;
  /** Adds `CONTROL_ROOM_HOOK_URL` and `CONTROL_ROOM_HOOK_TOKEN` to the environment. */
  hooks?: boolean;
  /**
   * How much of `output` the log keeps, in bytes: 64 MiB for a PTY unless said, everything not yet acknowledged
   * for a pipe. `errors` and `hooks` always keep what is not acknowledged.
   */
  logLimitBytes?: number;
  /**
   * Marks the environment (`CONTROL_ROOM_PROCESS`), so that what the process leaves running in sessions of its own is
   * found when its tree is signalled. Default true; false for a user's shell, whose daemons are the user's affair.
   */
  trackOrphans?: boolean;
}

/** One line of the `hooks` stream. */
export interface HostHookLine {
  hookId: string;
  receivedAt: number;
  /** What was posted: the hook's JSON. Absent on a cancellation. */
  body?: unknown;
  /** The sender of a held hook went away before an answer came: nobody waits for one any more. */
  cancelled?: true;
}

/** `DIR/host/BUILD/host.json`: how to find the host and prove that we may. */
export interface HostAddress {
  pid: number;
  processStartTime: string | null;
  protocolVersion: number;
  socketPath: string;
  token: string;
  hookPort: number;
  startedAt: number;
  /** What tells the folder it stands in from a copy of it. Older hosts do not say. */
  folder?: string;
}

/** Operations by name: what goes in, what comes back. `write` travels as its own binary frame. */
export interface HostOperations {
  spawn: { input: HostSpawn; output: HostProcess };
  closeInput: { input: { id: string }; output: null };
  resize: { input: { id: string; cols: number; rows: number }; output: HostTerminalSize };
  signal: { input: { id: string; signal: string; tree?: boolean }; output: { signalled: number } };
  list: { input: null; output: HostProcess[] };
  /** Looks into its folder for processes it does not know: an app has put there what the host of an older build left. */
  adopt: { input: null; output: HostProcess[] };
  describe: { input: { id: string }; output: HostProcess };
  subscribe: {
    input: { subscriptionId: number; id: string; stream: HostStream; from: number };
    output: HostStreamRange;
  };
  unsubscribe: { input: { subscriptionId: number }; output: null };
  watchExit: { input: { id: string }; output: null };
  acknowledge: { input: { id: string; stream: HostStream; offset: number }; output: null };
  respondHook: { input: { id: string; hookId: string; status: number; body: unknown }; output: { delivered: boolean } };
  release: { input: { id: string }; output: null };
  shutdown: { input: { stopProcesses: boolean }; output: null };
}

export type HostOperation = keyof HostOperations;

/** Why an operation was refused. */
export type HostErrorCode =
  | 'NO_SUCH_PROCESS'
  | 'NO_SUCH_HOOK'
  | 'PROCESS_ENDED'
  | 'PROCESS_ALIVE'
  | 'INPUT_CLOSED'
  | 'INPUT_FULL'
  | 'NOT_A_TERMINAL'
  | 'BAD_REQUEST'
  | 'SHUTTING_DOWN'
  | 'INTERNAL';
