import type {
  HostErrorCode,
  HostHookLine,
  HostProcess,
  HostSpawn,
  HostStream,
  HostTerminalSize,
} from '../../host/protocol.ts';

export type { HostHookLine, HostProcess, HostSpawn, HostStream, HostTerminalSize };

/** The host refused (its own codes), died before it answered (`HOST_LOST`), or this client was closed (`CLOSED`). */
export class HostError extends Error {
  readonly code: HostErrorCode | 'HOST_LOST' | 'CLOSED';

  constructor(code: HostErrorCode | 'HOST_LOST' | 'CLOSED', message: string) {
    super(message);
    this.name = 'HostError';
    this.code = code;
  }
}

/** A piece of a stream: `bytes` begin at `offset` of everything the stream ever carried. */
export interface HostChunk {
  offset: number;
  bytes: Uint8Array;
}

/** What is known about a host that died. */
export interface HostLoss {
  /** In words, for the user. */
  reason: string;
  /** The processes it held, as last heard of. Those without `endedAt` ended with it. */
  processes: HostProcess[];
}

/**
 * The orchestrator's hand on the host. Every method waits while the connection is being made again; a method rejects with a
 * `HostError` when the host refuses, or with code `HOST_LOST` when the host died before it answered.
 */
export interface HostClient {
  /** Settles when a host answers for the first time; rejects when none can be found or started. */
  connected: Promise<void>;
  /** Facts of the host that answered last. Throws before `connected`. */
  info(): { pid: number; protocolVersion: number; hookPort: number };
  /** Starts a process, or gives the one that has this id already, alive or ended. */
  spawn(spec: HostSpawn): Promise<HostProcess>;
  /**
   * Gives bytes to the process and settles when the kernel has taken all of them. With a `writeId` (unique for this
   * process) the same write said again, after any crash of ours, is acknowledged and not written twice.
   */
  write(id: string, data: Uint8Array | string, writeId?: string): Promise<void>;
  /** Ends its standard input (pipe: end of file; PTY: control-D). */
  closeInput(id: string): Promise<void>;
  /** Gives the size with the offset of the output it holds from. */
  resize(id: string, cols: number, rows: number): Promise<HostTerminalSize>;
  /** Sends a signal like `SIGTERM`; with `tree` to all descendants too, found before the first one is signalled. Gives how many. */
  signal(id: string, signal: string, options?: { tree?: boolean }): Promise<number>;
  /** All processes, alive, ended and not yet released, and those a dead host left behind (`endReason: 'host-lost'`). */
  list(): Promise<HostProcess[]>;
  /** One process as the host has it now; `undefined` when it has none of that id. */
  describe(id: string): Promise<HostProcess | undefined>;
  /** The newest known state of a process without asking the host; `undefined` for an unknown id. */
  get(id: string): HostProcess | undefined;
  /**
   * Every byte of the stream from `from` on, first from the log, then live: in order, no gap, none twice, across
   * reconnects. When bytes before `from` are gone the first chunk starts at the oldest one there is: compare offsets.
   * `onChunk` runs synchronously; its bytes may be kept, unless it wants them `lent`: then they are its own only until it
   * returns, and no memory is taken for them. Nothing is called after the returned function was.
   */
  subscribe(
    id: string,
    stream: HostStream,
    from: number,
    onChunk: (chunk: HostChunk) => void,
    how?: { lent?: boolean },
  ): () => void;
  /**
   * Calls once when the process has ended and all subscriptions of ours on it have delivered their last byte; at once
   * (in a later turn) when that is so already.
   */
  onExit(id: string, listener: (process: HostProcess) => void): () => void;
  /** The log may drop what lies before `offset`: it has been handled for good. */
  acknowledge(id: string, stream: HostStream, offset: number): Promise<void>;
  /** Answers a held hook. Gives `false` when nobody waits for it any more. */
  respondHook(id: string, hookId: string, status: number, body: unknown): Promise<boolean>;
  /** Forgets an ended process and deletes its log. Fine for an id that is unknown already. */
  release(id: string): Promise<void>;
  /** Ends the host; with `stopProcesses` its processes first (TERM, then KILL of each tree), else refuses while one lives. */
  shutdown(options: { stopProcesses: boolean }): Promise<void>;
  /** Lets go of the host, which keeps its processes. Safe to call twice. */
  close(): Promise<void>;
}

export interface HostClientOptions {
  /** The app's data folder; hosts keep everything in `host/` below it. */
  dataDir: string;
  /** Which build's host: letters, digits, `.`, `_` and `-`. */
  build: string;
  /** How to start a host: `file` is Node (or Electron with `ELECTRON_RUN_AS_NODE` in `env`), `args` end with the path of `host.js`. */
  entry: { file: string; args: string[]; env: Record<string, string> };
  log: {
    info(details: object, message: string): void;
    warn(details: object, message: string): void;
    error(details: object, message: string): void;
  };
  /** A host that has to be started is started no earlier than this settles; one that runs is found at once. */
  startAfter?: Promise<unknown>;
  /** How much of a new terminal's output is kept, in bytes, unless its start says otherwise. */
  terminalLogBytes?: () => number;
  /**
   * The host died. Called once for each death, within a second of it and before its processes' exits are delivered
   * (which follow with `endReason: 'host-lost'`). A fresh host is already being started.
   */
  onLost(loss: HostLoss): void;
}

/** The hand on one host, of one build. */
export interface OneHostClient extends HostClient {
  /** The host takes in what was put into its folder; what that left running is ended. */
  adopt(): Promise<void>;
}
