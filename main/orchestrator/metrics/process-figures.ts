import { readdir, readFile } from 'node:fs/promises';
import { constants, monitorEventLoopDelay, type NodeGCPerformanceDetail, PerformanceObserver } from 'node:perf_hooks';
import type { Registry } from './registry.ts';

/** How often the loop is asked how late it is: a finer look costs a third of a percent of a core all the time. */
const resolutionMs = 100;

const gcKinds: Record<number, string> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
};

export type ProcessFigures = ReturnType<typeof createProcessFigures>;

/** What Control Room's own process uses, under the names that Prometheus' own clients give. */
export function createProcessFigures(deps: { registry: Registry; startedAt: number; version: string }) {
  const { registry } = deps;
  const loop = monitorEventLoopDelay({ resolution: resolutionMs });
  loop.enable();
  /** Of the time that was reset away. */
  let earlier = { sum: 0, count: 0 };
  let files: { open: number; most: number } | undefined;
  const gc = registry.summary({
    name: 'nodejs_gc_duration_seconds',
    help: 'Time that the garbage collector took, by kind of collection.',
    labels: ['kind'],
  });
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind = -1 } = (entry as PerformanceEntry & { detail?: NodeGCPerformanceDetail }).detail ?? {};
      gc.observe([gcKinds[kind] ?? 'other'], entry.duration / 1000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });

  /** The histogram counts the time between two looks: what is beyond the time between them is delay. */
  const delay = (nanoseconds: number): number =>
    Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e9 - resolutionMs / 1000) : 0;
  const quantiles = () => ({
    0.5: delay(loop.percentile(50)),
    0.9: delay(loop.percentile(90)),
    0.99: delay(loop.percentile(99)),
  });

  registry.summaryOf(
    { name: 'nodejs_eventloop_delay_seconds', help: 'How late work was begun, in the last ten seconds.' },
    () => ({
      quantiles: quantiles(),
      sum: earlier.sum + (loop.count > 0 ? delay(loop.mean) * loop.count : 0),
      count: earlier.count + loop.count,
    }),
  );
  registry.counterOf({ name: 'process_cpu_seconds_total', help: 'CPU time that this process used, in seconds.' }, () =>
    cpuSeconds(),
  );
  registry.gaugeOf({ name: 'process_resident_memory_bytes', help: 'Memory of this process.' }, () =>
    process.memoryUsage.rss(),
  );
  registry.gaugeOf(
    { name: 'nodejs_heap_bytes', help: 'Memory of JavaScript in this process.', labels: ['part'] },
    () => {
      const { heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
      return [
        [['total'], heapTotal],
        [['used'], heapUsed],
        [['external'], external],
        [['array_buffers'], arrayBuffers],
      ];
    },
  );
  registry.gaugeOf(
    { name: 'process_start_time_seconds', help: 'When this process started, in seconds since 1970.' },
    () => deps.startedAt / 1000,
  );
  registry.gaugeOf({ name: 'process_open_fds', help: 'Files and sockets that are open.' }, () => files?.open);
  registry.gaugeOf({ name: 'process_max_fds', help: 'How many may be open.' }, () => files?.most);
  registry.gaugeOf(
    { name: 'control_room_build_info', help: 'The version that runs; always 1.', labels: ['version', 'node'] },
    () => [[[deps.version, process.versions.node], 1]],
  );

  return {
    /** Reads what only a file tells. */
    async look(): Promise<void> {
      if (process.platform !== 'linux') return;
      const [open, limits] = await Promise.all([readdir('/proc/self/fd'), readFile('/proc/self/limits', 'utf8')]);
      const most = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
      // Reading the list opens one more.
      files = { open: open.length - 1, most: most === 'unlimited' || !most ? Number.POSITIVE_INFINITY : Number(most) };
    },
    /** The 99th percentile of the delay since this was last asked, in seconds; begins anew. */
    takeDelay(): number {
      const p99 = loop.count > 0 ? delay(loop.percentile(99)) : 0;
      earlier = {
        sum: earlier.sum + (loop.count > 0 ? delay(loop.mean) * loop.count : 0),
        count: earlier.count + loop.count,
      };
      loop.reset();
      return p99;
    },
    cpuSeconds,
    close(): void {
      loop.disable();
      observer.disconnect();
    },
  };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
