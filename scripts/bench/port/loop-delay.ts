import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/*
 * Loaded into a program before its own code (`node --import`): at SIGUSR2 it prints to standard error how late its main
 * loop was since the signal before, in milliseconds, as a line `loop-delay {"p50":…,"p99":…,"max":…}`.
 */
const resolutionMs = 1;
if (isMainThread) {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  process.on('SIGUSR2', () => {
    // The measured time holds the waiting itself.
    const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolutionMs);
    const facts = { p50: late(delays.percentile(50)), p99: late(delays.percentile(99)), max: late(delays.max) };
    process.stderr.write(`loop-delay ${JSON.stringify(facts)}\n`);
    delays.reset();
  });
}
