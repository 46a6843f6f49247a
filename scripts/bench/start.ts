import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { electronSwitches, findElectron } from '../electron/find-electron.ts';
import { inspectPage } from '../electron/page-inspector.ts';
import { exitCodeOf } from '../program-child.ts';
import { repositoryFolder } from '../repository-folder.ts';
import { startVirtualDisplay } from '../virtual-display.ts';
import { fillDataFolder, shownWorker } from './stored-data.ts';

/**
 * P28 and P29: from the launch to the painted board, and the memory (PSS of all processes, the host among them) some
 * seconds later, against an Electron with one empty window; once more with a million messages stored. All sides take
 * turns; the first rounds only warm the disk and Chromium's cache of compiled scripts.
 * `npm run bench -- start [--json] [--pairs N]`.
 */

/** Until memory has settled after the paint. */
const settleMs = 2500;
/** What a painted page of each side holds. */
const ours = 'Add a first project';
const stored = { workers: 200, messagesEach: 5000 };
/** Chromium keeps a compiled script from its third load on. */
const warmRounds = 3;
const empty = 'An empty window';

interface Sample {
  paintedMs: number;
  pssMiB: number;
}

const json = process.argv.includes('--json');
const pairsAt = process.argv.indexOf('--pairs');
const pairs = pairsAt > 0 ? Number(process.argv[pairsAt + 1]) : 7;

const electron = await findElectron();
if (!electron) throw new Error('There is no Electron: npm run electron:prepare');
const switches = await electronSwitches();
const display = process.platform === 'linux' && !process.env.DISPLAY ? await startVirtualDisplay() : undefined;
const folder = await mkdtemp(join(tmpdir(), 'control-room-bench-'));
try {
  const emptyApp = await writeEmptyApp(join(folder, 'empty-app'));
  const dataDir = join(folder, 'data');
  const filledDir = join(folder, 'filled');
  await fillDataFolder(filledDir, stored);
  const samples: Record<'ours' | 'filled' | 'empty', Sample[]> = { ours: [], filled: [], empty: [] };
  for (let round = -warmRounds; round < pairs; round += 1) {
    const a = await measure([repositoryFolder, '--data-dir', dataDir, '--no-dialogs'], ours);
    const b = await measure([emptyApp, `--user-data-dir=${join(folder, 'profile')}`], empty);
    const c = await measure([repositoryFolder, '--data-dir', filledDir, '--no-dialogs'], shownWorker);
    if (round < 0) continue;
    samples.ours.push(a);
    samples.empty.push(b);
    samples.filled.push(c);
  }
  const messages = `${((stored.workers * stored.messagesEach) / 1e6).toFixed(0)} M messages stored`;
  report('P28 launch to painted board, nothing stored', 'ms', 'ours', 'paintedMs', { goal: 1.3, stretch: 1.15 });
  report(`P28 launch to painted board, ${messages}`, 'ms', 'filled', 'paintedMs', { goal: 1.3, stretch: 1.15 });
  report('P29 memory with one window, nothing stored', 'MiB', 'ours', 'pssMiB', { goal: 1.25, stretch: 1.12 });
  report(`P29 memory with one window, ${messages}`, 'MiB', 'filled', 'pssMiB', { goal: 1.25, stretch: 1.12 });

  function report(
    name: string,
    unit: string,
    side: 'ours' | 'filled',
    key: keyof Sample,
    wanted: { goal: number; stretch: number },
  ): void {
    const a = spreadOf(samples[side].map((sample) => sample[key]));
    const b = spreadOf(samples.empty.map((sample) => sample[key]));
    const ratio = a.median / b.median;
    // A reference that spreads this much says little about either side.
    const noisy = b.p90 / b.median > 1.3;
    if (json) {
      console.log(JSON.stringify({ name, unit, ours: a, reference: b, ratio, ...wanted, noisy, samples: pairs }));
      return;
    }
    const show = ({ median, min, max }: Spread) =>
      `${median.toFixed(0)} [${min.toFixed(0)} to ${max.toFixed(0)}] ${unit}`;
    console.log(
      `${name}: ours ${show(a)}, empty Electron ${show(b)}, ratio ${ratio.toFixed(2)} (goal ${wanted.goal}, stretch ${wanted.stretch})${noisy ? ', noisy' : ''}`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  await display?.close();
}

interface Spread {
  median: number;
  min: number;
  max: number;
  p90: number;
}

function spreadOf(values: number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
  return { median: at(0.5), min: at(0), max: at(1), p90: at(0.9) };
}

/** One start: waits for the page to hold `text`, takes the time of its largest paint, then the memory, and ends it. */
async function measure(args: string[], text: string): Promise<Sample> {
  const startedAt = performance.timeOrigin + performance.now();
  const child = spawn(electron?.executablePath ?? '', [...switches, '--remote-debugging-port=0', ...args], {
    env: { ...process.env, ...(display ? { DISPLAY: display.name } : {}), ELECTRON_RUN_AS_NODE: undefined },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = exitCodeOf(child);
  try {
    const page = await inspectPage(await debuggerAddressOf(child), 20_000);
    // A question that meets a page on its way to the next one fails: it is asked again.
    const holdsText = `document.body?.innerText.includes(${JSON.stringify(text)}) === true`;
    while (!(await page.evaluate<boolean>(holdsText).catch(() => false))) await pause(20);
    await pause(300);
    const paintedAt = await page.evaluate<number>(`new Promise((resolve) => {
      new PerformanceObserver((list) => resolve(performance.timeOrigin + list.getEntries().at(-1).startTime))
        .observe({ type: 'largest-contentful-paint', buffered: true });
    })`);
    page.close();
    await pause(settleMs);
    return { paintedMs: paintedAt - startedAt, pssMiB: (await pssOfTree(child.pid ?? 0)) / 1024 };
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

function debuggerAddressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stderr?.on('data', (data: Buffer) => {
      text += data.toString();
      const found = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (found) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`It ended with ${code}:\n${text}`)));
  });
}

/** Proportional memory of a process and all below it, in KiB. */
async function pssOfTree(root: number): Promise<number> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const parent = /\) \S (\d+)/.exec(stat)?.[1];
    if (parent) parents.set(Number(name), Number(parent));
  }
  const isBelow = (pid: number): boolean => pid === root || (parents.has(pid) && isBelow(parents.get(pid) ?? 0));
  let sum = 0;
  for (const pid of parents.keys()) {
    if (!isBelow(pid)) continue;
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
    sum += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0);
  }
  return sum;
}

/** The smallest app with a window, as locked in as ours. */
async function writeEmptyApp(path: string): Promise<string> {
  await mkdir(path);
  await writeFile(
    join(path, 'package.json'),
    JSON.stringify({ name: 'empty', version: '1.0.0', type: 'module', main: 'main.js' }),
  );
  await writeFile(join(path, 'index.html'), `<!doctype html><meta charset="utf-8"><title>Empty</title><p>${empty}</p>`);
  await writeFile(
    join(path, 'main.js'),
    `import { join } from 'node:path';
import { app, BrowserWindow } from 'electron';
app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 1360, height: 860, show: false, webPreferences: { sandbox: true, contextIsolation: true } });
  window.once('ready-to-show', () => window.show());
  window.loadFile(join(app.getAppPath(), 'index.html'));
});
process.once('SIGTERM', () => app.quit());
`,
  );
  return path;
}
