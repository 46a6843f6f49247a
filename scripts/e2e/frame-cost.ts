import type { Browser, Page } from '@playwright/test';

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds: beginning, length by the clock, length on the core. */
  ts: number;
  dur?: number;
  tdur?: number;
  args: { name?: string };
}

/** What a page's main thread took from one frame to the next while something went on, in milliseconds. */
export interface FrameCost {
  frames: number;
  /** Time on the core: what the page itself does. Independent of what else wants the cores. */
  longestCpuMs: number;
  /** Time by the clock of the longest single task: with what it waited for a core. */
  longestTaskMs: number;
}

/**
 * Traces a page while `during` runs. By the clock alone a frame tells more of the machine than of the page: where a flood,
 * its reader, its log and other tests share two cores, a task of 10 ms stands for 100. So what the thread ran is added up.
 */
export async function traceFrames(browser: Browser, page: Page, during: () => Promise<void>): Promise<FrameCost> {
  await browser.startTracing(page, { categories: ['toplevel', 'cc', '__metadata'] });
  await during();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  // Several pages may have a main thread: that of this page is the one that works most.
  const threads = traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
  const costs = threads.map(({ pid, tid }) =>
    costOf(traceEvents.filter((event) => event.pid === pid && event.tid === tid && event.ph === 'X')),
  );
  const busiest = costs.sort((a, b) => b.frames - a.frames)[0];
  if (!busiest || busiest.frames === 0) throw new Error('the trace holds no frame of the page');
  return busiest;
}

function costOf(events: TraceEvent[]): FrameCost {
  const cost: FrameCost = { frames: 0, longestCpuMs: 0, longestTaskMs: 0 };
  const frameStarts = events.filter(({ name }) => name === 'ProxyMain::BeginMainFrame').map(({ ts }) => ts);
  const tasks = events.filter(({ name }) => name.endsWith('RunTask')).sort((a, b) => a.ts - b.ts);
  let outerEnd = 0;
  let cpuMs = 0;
  for (const { ts, dur = 0, tdur = 0 } of tasks) {
    // A task inside another one is counted with that.
    if (ts < outerEnd) continue;
    outerEnd = ts + dur;
    cpuMs += tdur / 1000;
    cost.longestTaskMs = Math.max(cost.longestTaskMs, dur / 1000);
    cost.longestCpuMs = Math.max(cost.longestCpuMs, cpuMs);
    if (!frameStarts.some((start) => start >= ts && start <= outerEnd)) continue;
    cost.frames += 1;
    cpuMs = 0;
  }
  return cost;
}
