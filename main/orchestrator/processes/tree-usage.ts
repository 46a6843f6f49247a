import { commandOf, listProcesses, type ProcessRow } from './list-processes.ts';

/** What a process and all below it use. */
export interface TreeUsage {
  /** Of one core, since the sample before; 0 in the first one. */
  cpuPercent: number;
  memoryBytes: number;
  processes: number;
  /** The descendant (not the root) that used most CPU, or the newest when none used any. */
  busiest: { name: string; cpuPercent: number } | null;
}

/** Longest command line that is shown, in characters. */
const nameLength = 80;

interface Reading {
  at: number;
  rows: readonly ProcessRow[];
}

/** Measures process trees; the CPU figures are of the time since the last measurement of the same root. */
export function createTreeUsage(deps: { now: () => number; list?: typeof listProcesses; command?: typeof commandOf }) {
  const { now, list = listProcesses, command = commandOf } = deps;
  const before = new Map<number, { at: number; cpuMs: Map<number, number> }>();
  let reading: Promise<Reading> | undefined;
  let next: Promise<Reading> | undefined;

  async function read(): Promise<Reading> {
    const at = now();
    return { at, rows: await list() };
  }

  /**
   * One reading at a time; who asks while one is under way gets the one after it, with all others who ask meanwhile. A reading
   * opens a file for each process of the machine: one for each turn of each worker has used up all that the program may open.
   */
  function readTogether(): Promise<Reading> {
    if (!reading && !next) return start();
    next ??= (reading ?? Promise.resolve()).then(start, start);
    return next;
  }

  function start(): Promise<Reading> {
    next = undefined;
    const mine = read().finally(() => {
      if (reading === mine) reading = undefined;
    });
    reading = mine;
    return mine;
  }

  async function measureOne(root: ProcessRow, childrenOf: Map<number, ProcessRow[]>, at: number): Promise<TreeUsage> {
    const last = before.get(root.pid);
    const tree = new Set([root]);
    // A set grows while it is walked: children of children are met in the same loop.
    for (const row of tree) for (const child of childrenOf.get(row.pid) ?? []) tree.add(child);
    before.set(root.pid, { at, cpuMs: new Map([...tree].map(({ pid, cpuMs }) => [pid, cpuMs])) });
    const spanMs = last ? at - last.at : 0;
    const percentOf = (row: ProcessRow): number =>
      // A process that began in between used all its time in between.
      last && spanMs > 0 ? (100 * Math.max(0, row.cpuMs - (last.cpuMs.get(row.pid) ?? 0))) / spanMs : 0;
    const shares = [...tree].map((row) => ({ row, percent: percentOf(row) }));
    const top = shares
      .filter(({ row }) => row !== root)
      .sort((a, b) => b.percent - a.percent || b.row.pid - a.row.pid)[0];
    const name = top && (await command(top.row.pid));
    return {
      cpuPercent: shares.reduce((sum, { percent }) => sum + percent, 0),
      memoryBytes: shares.reduce((sum, { row }) => sum + row.memoryBytes, 0),
      processes: tree.size,
      busiest: name && top ? { name: name.slice(0, nameLength), cpuPercent: top.percent } : null,
    };
  }

  return {
    /**
     * Use of the trees below these pids, by pid; those that are gone are left out. Reads the machine's processes once, for all
     * who ask at that time.
     */
    async measure(roots: readonly number[]): Promise<Map<number, TreeUsage>> {
      const { at, rows } = await readTogether();
      const childrenOf = new Map<number, ProcessRow[]>();
      for (const row of rows) {
        const siblings = childrenOf.get(row.parentPid);
        if (siblings) siblings.push(row);
        else childrenOf.set(row.parentPid, [row]);
      }
      const wanted = new Set(roots);
      const measured = new Map<number, TreeUsage>();
      for (const row of rows) {
        if (wanted.has(row.pid)) measured.set(row.pid, await measureOne(row, childrenOf, at));
      }
      return measured;
    },
    forget: (pid: number) => void before.delete(pid),
  };
}

export type TreeUsageMeter = ReturnType<typeof createTreeUsage>;
