import { Worker as Thread } from 'node:worker_threads';
import type { Digest } from './digest.ts';
import type { DigestReply } from './digest-thread.ts';

export interface DigestClient {
  ask<Name extends keyof Digest>(name: Name, ...args: Parameters<Digest[Name]>): Promise<ReturnType<Digest[Name]>>;
  /** Ends the thread at once; what it was asked is refused. */
  close(): Promise<void>;
}

/** A digest in a thread of its own, for one session. */
export function startDigest(program: URL): DigestClient {
  const thread = new Thread(program);
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: unknown): void }>();
  let lastCall = 0;
  let ended: Error | undefined;
  thread.on('message', (reply: DigestReply) => {
    const call = waiting.get(reply.call);
    waiting.delete(reply.call);
    if ('failed' in reply) call?.reject(reply.failed);
    else call?.resolve(reply.result);
  });
  const end = (error: Error): void => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  thread.on('error', end);
  thread.on('exit', () => end(new Error('the thread that reads the session ended')));
  return {
    async ask(name, ...args) {
      if (ended) throw ended;
      lastCall += 1;
      const call = lastCall;
      const answer = new Promise<unknown>((resolve, reject) => waiting.set(call, { resolve, reject }));
      thread.postMessage({ call, name, args });
      return (await answer) as never;
    },
    async close() {
      await thread.terminate();
    },
  };
}
