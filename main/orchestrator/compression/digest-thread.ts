import { serveThread } from '../serve-thread.ts';
import { createDigest, type Digest } from './digest.ts';

/* A worker thread that takes one session in: its sentences are compared each with each, which is no work for the main loop. */

serveThread<Digest>(createDigest());
