import { Worker as Thread } from 'node:worker_threads';
import { AppError } from '../../../shared/errors.ts';
import type { IndexState } from '../../../shared/sessions.ts';
import type { IndexReader } from './index-reader.ts';
import type { IndexerReply, IndexerRequest, IndexerStart } from './indexer-thread.ts';
import type { ReaderReply, ReaderStart } from './reader-thread.ts';

export type SearchIndex = ReturnType<typeof createSearchIndex>;

const nothingRead: Omit<IndexState, 'state' | 'folders' | 'problem' | 'rebuilt'> = {
  filesDone: 0,
  filesTotal: 0,
  bytesDone: 0,
  bytesTotal: 0,
  sessions: 0,
  records: 0,
  skippedLines: 0,
};

/** The index of transcripts as the main loop sees it: one thread that writes, one that answers. */
export function createSearchIndex(deps: {
  file: string;
  /** Claude's folders. */
  folders: () => readonly string[];
  /** Whether sessions whose files are gone stay readable, and for how many days after the last word; 0: for ever. */
  keepGone: () => boolean;
  keepDays: () => number;
  /** Where the files of such sessions are kept. */
  keepFolder: string;
  /** Whether there was an index before. */
  expected: () => boolean;
  /** Whether somebody has paused it: that holds until somebody lets it go on. */
  pause: { get(): boolean; set(paused: boolean): void };
  programs: { indexer: URL; reader: URL };
  log: { error(details: object, message: string): void };
}) {
  const { log } = deps;
  const watchers = new Set<() => void>();
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: unknown): void }>();
  let state: IndexState = {
    state: 'reading',
    folders: [...deps.folders()],
    ...nothingRead,
    problem: null,
    rebuilt: null,
  };
  let indexer: Thread | undefined;
  let reader: Thread | undefined;
  const purging = new Map<number, { resolve(): void; reject(error: unknown): void }>();
  let lastCall = 0;
  let closing: Promise<void> | undefined;
  let opened: () => void = () => undefined;
  /** Settles with the first state: then there is a file to read. */
  const isOpen = new Promise<void>((resolve) => {
    opened = resolve;
  });

  function setState(next: IndexState): void {
    state = next;
    opened();
    for (const tell of [...watchers]) tell();
  }

  function fail(problem: string): void {
    setState({ ...state, state: 'failed', problem });
  }

  function start(): void {
    if (indexer || closing) return;
    const thread = new Thread(deps.programs.indexer, {
      workerData: {
        file: deps.file,
        folders: [...deps.folders()],
        keepGone: deps.keepGone(),
        keepDays: deps.keepDays(),
        keepFolder: deps.keepFolder,
        expected: deps.expected(),
        paused: deps.pause.get(),
      } satisfies IndexerStart,
    });
    indexer = thread;
    thread.on('message', (reply: IndexerReply) => {
      if (reply.type === 'state') setState(reply.state);
      if (reply.type === 'purged') {
        const call = purging.get(reply.call);
        purging.delete(reply.call);
        if (reply.problem === null) call?.resolve();
        else call?.reject(new AppError('UNAVAILABLE', reply.problem));
      }
    });
    thread.on('error', (error) => {
      log.error({ error }, 'the index thread ended');
      fail(`Transcripts are not indexed any more: ${error.message} Start Control Room again.`);
    });
    thread.on('exit', () => {
      if (indexer === thread) indexer = undefined;
    });
    thread.unref();
  }

  function readerThread(): Thread {
    if (reader) return reader;
    const thread = new Thread(deps.programs.reader, { workerData: { file: deps.file } satisfies ReaderStart });
    reader = thread;
    thread.on('message', (reply: ReaderReply) => {
      const call = waiting.get(reply.call);
      waiting.delete(reply.call);
      if ('refused' in reply)
        call?.reject(new AppError(reply.refused.code, reply.refused.message, reply.refused.details));
      else if ('failed' in reply) call?.reject(reply.failed);
      else call?.resolve(reply.result);
    });
    thread.on('error', (error) => log.error({ error }, 'the thread that reads the index ended'));
    thread.on('exit', () => {
      if (reader === thread) reader = undefined;
      for (const { reject } of waiting.values()) reject(closed());
      waiting.clear();
    });
    thread.unref();
    return thread;
  }

  function closed(): AppError {
    return new AppError('UNAVAILABLE', 'The index of sessions is being closed. Try again in a moment.');
  }

  return {
    /** Begins to read and to watch. */
    start,
    state: () => state,
    /** Pauses it, or lets it go on, now and after each start to come. */
    pause(paused: boolean): IndexState {
      deps.pause.set(paused);
      indexer?.postMessage({ type: 'pause', paused } satisfies IndexerRequest);
      state = { ...state, state: paused ? 'paused' : 'reading' };
      return state;
    },
    /** Takes up changed folders and retention. */
    settingsChanged(): void {
      indexer?.postMessage({ type: 'folders', folders: [...deps.folders()] } satisfies IndexerRequest);
      indexer?.postMessage({
        type: 'keep-gone',
        keep: deps.keepGone(),
        days: deps.keepDays(),
      } satisfies IndexerRequest);
    },
    /** Removes what was said in sessions; settles when it is gone. */
    async purge(sessionIds: string[]): Promise<void> {
      const thread = indexer;
      if (!thread || closing) throw closed();
      lastCall += 1;
      const call = lastCall;
      const done = new Promise<void>((resolve, reject) => purging.set(call, { resolve, reject }));
      thread.postMessage({ type: 'purge', sessionIds, call } satisfies IndexerRequest);
      await done;
    },
    /** Calls `listener` at each change of the state. Gives a function that ends it. */
    onState(listener: () => void): () => void {
      watchers.add(listener);
      return () => void watchers.delete(listener);
    },
    /** Asks the thread that reads. */
    async ask<Name extends keyof IndexReader>(
      name: Name,
      ...args: Parameters<IndexReader[Name]>
    ): Promise<ReturnType<IndexReader[Name]>> {
      if (closing) throw closed();
      await isOpen;
      if (closing) throw closed();
      lastCall += 1;
      const call = lastCall;
      const answer = new Promise<unknown>((resolve, reject) => waiting.set(call, { resolve, reject }));
      readerThread().postMessage({ call, name, args });
      return (await answer) as ReturnType<IndexReader[Name]>;
    },
    /** The state now and after each change of it. */
    async *watch(signal: AbortSignal | undefined): AsyncGenerator<IndexState, void, void> {
      let changed = true;
      let wake: () => void = () => undefined;
      const tell = () => {
        changed = true;
        wake();
      };
      watchers.add(tell);
      signal?.addEventListener('abort', tell);
      try {
        while (!signal?.aborted && !closing) {
          if (changed) {
            changed = false;
            yield state;
          } else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      } finally {
        signal?.removeEventListener('abort', tell);
        watchers.delete(tell);
      }
    },
    close(): Promise<void> {
      closing ??= (async () => {
        opened();
        for (const tell of [...watchers]) tell();
        const threads = [
          { thread: reader, message: 'close' },
          { thread: indexer, message: { type: 'close' } satisfies IndexerRequest },
        ].map(({ thread, message }) => ({
          thread,
          message,
          ended: thread && new Promise((resolve) => thread.once('exit', resolve)),
        }));
        // The one that writes is the last: what it leaves is one file, without a log beside it.
        for (const { thread, message, ended } of threads) {
          thread?.ref();
          thread?.postMessage(message);
          await ended;
        }
        for (const { reject } of purging.values()) reject(closed());
        purging.clear();
      })();
      return closing;
    },
  };
}
