import { Worker as Thread } from 'node:worker_threads';
import { AppError } from '../../shared/errors.ts';
import type { ThreadCall, ThreadFunctions, ThreadReply } from './thread-protocol.ts';

export interface ThreadClient<Api extends ThreadFunctions<Api>> {
  ask<Name extends keyof Api & string>(name: Name, ...args: Parameters<Api[Name]>): Promise<ReturnType<Api[Name]>>;
  /** Ends the thread at once; what it was asked is refused. */
  close(): Promise<void>;
}

/** A worker thread that answers questions; its program says which, with `serveThread`. */
export function startThread<Api extends ThreadFunctions<Api>>(program: URL, workerData?: unknown): ThreadClient<Api> {
  const thread = new Thread(program, { workerData });
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: unknown): void }>();
  let lastCall = 0;
  let ended: Error | undefined;
  thread.on('message', (reply: ThreadReply) => {
    const call = waiting.get(reply.call);
    waiting.delete(reply.call);
    if ('failed' in reply) call?.reject(reply.failed);
    else if ('refused' in reply)
      call?.reject(new AppError(reply.refused.code, reply.refused.message, reply.refused.details));
    else call?.resolve(reply.result);
  });
  const end = (error: Error): void => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  thread.on('error', end);
  thread.on('exit', () => end(new Error('the thread has ended')));
  return {
    async ask(name, ...args) {
      if (ended) throw ended;
      lastCall += 1;
      const call = lastCall;
      const answer = new Promise<unknown>((resolve, reject) => waiting.set(call, { resolve, reject }));
      thread.postMessage({ call, name, args } satisfies ThreadCall);
      return (await answer) as never;
    },
    async close() {
      await thread.terminate();
    },
  };
}
