import { parentPort } from 'node:worker_threads';
import { AppError } from '../../shared/errors.ts';
import type { ThreadCall, ThreadFunctions, ThreadReply } from './thread-protocol.ts';

/** Answers what the main loop asks this thread, one after the other. */
export function serveThread<Api extends ThreadFunctions<Api>>(api: Api): void {
  parentPort?.on('message', ({ call, name, args }: ThreadCall) => {
    let reply: ThreadReply;
    try {
      reply = { call, result: (api[name as keyof Api] as unknown as (...values: unknown[]) => unknown)(...args) };
    } catch (error) {
      reply =
        error instanceof AppError
          ? { call, refused: { code: error.code, message: error.message, details: error.details } }
          : { call, failed: error instanceof Error ? error : new Error(String(error)) };
    }
    parentPort?.postMessage(reply);
  });
}
