import { parentPort } from 'node:worker_threads';
import { createDigest, type Digest } from './digest.ts';

/* A worker thread that takes one session in: its sentences are compared each with each, which is no work for the main loop. */

export type DigestCall = {
  [Name in keyof Digest]: { call: number; name: Name; args: Parameters<Digest[Name]> };
}[keyof Digest];
export type DigestReply = { call: number; result: unknown } | { call: number; failed: Error };

const digest = createDigest();

parentPort?.on('message', ({ call, name, args }: DigestCall) => {
  let reply: DigestReply;
  try {
    reply = { call, result: (digest[name] as (...values: unknown[]) => unknown)(...args) };
  } catch (error) {
    reply = { call, failed: error instanceof Error ? error : new Error(String(error)) };
  }
  parentPort?.postMessage(reply);
});
