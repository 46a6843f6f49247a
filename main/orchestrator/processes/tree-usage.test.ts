import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { cpuTimeMs } from './list-processes.ts';
import { createTreeUsage } from './tree-usage.ts';

test('CPU is of the time since the last measurement, of all below the root; the busiest child is named', async () => {
  let at = 0;
  let rows = [
    { pid: 10, parentPid: 1, cpuMs: 500, memoryBytes: 100 },
    { pid: 11, parentPid: 10, cpuMs: 0, memoryBytes: 20 },
    { pid: 12, parentPid: 11, cpuMs: 1000, memoryBytes: 3 },
    { pid: 99, parentPid: 1, cpuMs: 0, memoryBytes: 7 },
  ];
  const meter = createTreeUsage({
    now: () => at,
    list: async () => rows,
    command: async (pid) => `program ${pid}`,
  });
  expect((await meter.measure([10])).get(10)).toMatchObject({ cpuPercent: 0, memoryBytes: 123, processes: 3 });
  at = 2000;
  rows = rows.map((row) => (row.pid === 12 ? { ...row, cpuMs: 2500 } : row.pid === 10 ? { ...row, cpuMs: 600 } : row));
  rows.push({ pid: 13, parentPid: 12, cpuMs: 400, memoryBytes: 1 });
  const measured = await meter.measure([10, 12345]);
  expect([...measured.keys()]).toEqual([10]);
  expect(measured.get(10)).toEqual({
    cpuPercent: 100,
    memoryBytes: 124,
    processes: 4,
    busiest: { name: 'program 12', cpuPercent: 75 },
  });
});

test('however many ask at once, one reading is under way, and each gets one that began after it asked', async () => {
  const open: (() => void)[] = [];
  let most = 0;
  let under = 0;
  const meter = createTreeUsage({
    now: () => 0,
    list: async () => {
      under += 1;
      most = Math.max(most, under);
      await new Promise<void>((resolve) => open.push(resolve));
      under -= 1;
      return [{ pid: 10, parentPid: 1, cpuMs: 0, memoryBytes: open.length }];
    },
  });
  const first = meter.measure([10]);
  const later = [1, 2, 3].map(() => meter.measure([10]));
  open[0]?.();
  expect((await first).get(10)?.memoryBytes).toBe(1);
  await expect.poll(() => open.length).toBe(2);
  open[1]?.();
  for (const one of later) expect((await one).get(10)?.memoryBytes).toBe(2);
  expect(most).toBe(1);
  const last = meter.measure([10]);
  await expect.poll(() => open.length).toBe(3);
  open[2]?.();
  expect((await last).get(10)?.memoryBytes).toBe(3);
});

test('a real process that works is seen to', async () => {
  const child = spawn(process.execPath, ['-e', 'for (;;) Math.random()'], { stdio: 'ignore' });
  try {
    const meter = createTreeUsage({ now: () => performance.now() });
    await meter.measure([process.pid]);
    // What is waited for is CPU time itself: it comes sooner or later on any machine.
    for (;;) {
      const usage = (await meter.measure([process.pid])).get(process.pid);
      expect(usage?.processes).toBeGreaterThanOrEqual(2);
      expect(usage?.memoryBytes).toBeGreaterThan(20e6);
      if (usage?.busiest?.name.includes('Math.random') && usage.busiest.cpuPercent > 0) break;
    }
  } finally {
    child.kill('SIGKILL');
  }
});

test('times of ps are read with days, hours and hundredths', () => {
  expect(cpuTimeMs('0:01.50')).toBe(1500);
  expect(cpuTimeMs('01:02:03')).toBe(3_723_000);
  expect(cpuTimeMs('2-00:00:01')).toBe(172_801_000);
});
