import { workerData } from 'node:worker_threads';
import { serveThread } from '../serve-thread.ts';
import { createMeaningIndex, type MeaningIndex } from './meaning-index.ts';

/* A worker thread that compares meanings: a search looks at every vector there is. */

serveThread<MeaningIndex>(createMeaningIndex(workerData as Parameters<typeof createMeaningIndex>[0]));
