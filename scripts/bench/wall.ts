import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { chromium, type Page } from '@playwright/test';
import type { TerminalId } from '../../shared/ids.ts';
import { chromiumFlags, findChromium } from '../find-chromium.ts';
import type { Room } from '../room.ts';
import { reportComparison, spread } from './statistics.ts';
import { serveBareWall } from './terminals/bare-wall.ts';
import { makeBenchShell } from './terminals/bench-shell.ts';
import { createTerminal, startBenchRoom, startRelay } from './terminals/sides.ts';

/**
 * P7 and P8 in a real Chromium that draws in software: from a key to its echo drawn, and the frames of the page, for one
 * terminal, for one beside a flood, and on a wall of 16 of which 15 flood; against a page of bare xterms over a bare relay,
 * which shows every terminal live and records nothing. `npm run bench -- wall [--json] [--rounds N]`.
 */

const roundsAt = process.argv.indexOf('--rounds');
const rounds = roundsAt > 0 ? Number(process.argv[roundsAt + 1]) : 3;
const keysEachRound = 80;
/** A page of bare xterms that is sent more than it can draw may never get to a key: it is given so long. */
const referenceWithinMs = 60_000;
const flood = `exec yes '${'\u001b[32mcompiling\u001b[0m the quick brown fox jumps over the lazy dog and goes on to the next hill'}'`;
const echo = 'stty raw -echo; exec cat';

interface Drawn {
  /** Milliseconds from a key to the frame that shows its echo. */
  keys: number[];
  /** Milliseconds between frames while keys were typed. */
  frames: number[];
}

/** In the page: notes when each "k" is typed and when a frame with it has been drawn. */
function watchKeys(): void {
  const seen = { keys: [] as number[], frames: [] as number[] };
  const typed: number[] = [];
  Object.assign(window, { drawn: seen });
  const count = () => {
    const rows = document.activeElement?.closest('.xterm')?.querySelector('.xterm-rows');
    return rows?.textContent?.split('k').length ?? 1;
  };
  let shown = count();
  document.addEventListener('keydown', () => typed.push(performance.now()), true);
  new MutationObserver(() => {
    const present = count();
    const drawn = typed.splice(0, Math.max(0, present - shown));
    shown = present;
    if (drawn.length === 0) return;
    requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = () => {
        for (const at of drawn) seen.keys.push(performance.now() - at);
      };
      after.port2.postMessage(null);
    });
  }).observe(document.body, { childList: true, characterData: true, subtree: true });
  let last = performance.now();
  const frame = () => {
    const now = performance.now();
    seen.frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** Types into what has the keyboard, as somebody quick does. */
async function type(page: Page): Promise<Drawn> {
  await page.waitForFunction(() => document.activeElement?.classList.contains('xterm-helper-textarea'));
  await page.waitForTimeout(1500);
  await page.evaluate(watchKeys);
  for (let key = 0; key < keysEachRound; key += 1) {
    await page.keyboard.press('k');
    await page.waitForTimeout(30 + (key % 9) * 5);
  }
  await page.waitForFunction((all) => (window as unknown as { drawn: Drawn }).drawn.keys.length === all, keysEachRound);
  return page.evaluate(() => (window as unknown as { drawn: Drawn }).drawn);
}

const bench = await makeBenchShell();
const room = await startBenchRoom(bench.shell);
const relay = await startRelay(bench.shell);
const bare = await serveBareWall(relay.port);
const browser = await chromium.launch({ executablePath: await findChromium(), args: chromiumFlags });
const viewport = { width: 1600, height: 1000 };
const newPage = () => browser.newPage({ viewport });

async function ours(commands: readonly string[]): Promise<Drawn> {
  const opened: TerminalId[] = [];
  const page = await newPage();
  try {
    for (const command of commands) opened.push(await openWith(room, command));
    await page.goto(`${room.address}`);
    await page.getByRole('link', { name: /Board/ }).first().waitFor();
    await page.evaluate(() => location.assign('#/terminals/wall'));
    await page
      .getByRole('button', { name: /^Type in/ })
      .nth(commands.length - 1)
      .waitFor();
    await page
      .getByRole('button', { name: /^Type in/ })
      .first()
      .click();
    return await type(page);
  } finally {
    await page.close();
    for (const id of opened) await room.call('DELETE', `/api/terminals/${id}`);
  }
}

async function openWith(to: Room, command: string): Promise<TerminalId> {
  const { id } = await createTerminal(to);
  await to.call('POST', `/api/terminals/${id}/input`, { data: `${command}\n` });
  return id;
}

/** Undefined when the page has not drawn all keys in time; its browser is then killed. */
async function theirs(commands: readonly string[]): Promise<Drawn | undefined> {
  const server = await chromium.launchServer({ executablePath: await findChromium(), args: chromiumFlags });
  async function drawn(): Promise<Drawn> {
    const page = await (await chromium.connect(server.wsEndpoint())).newPage({ viewport });
    await page.goto(`${bare.address}#${encodeURIComponent(JSON.stringify(commands))}`);
    await page.locator('.xterm-helper-textarea').first().focus();
    return type(page);
  }
  try {
    const drawing = drawn();
    drawing.catch(() => undefined);
    return await Promise.race([drawing, pause(referenceWithinMs).then(() => undefined)]);
  } finally {
    await server.kill();
  }
}

try {
  for (const [name, commands, goals] of [
    ['P7 one terminal', [echo], 'goal: key p99 16.7 ms'],
    ['P7 one terminal beside a flood', [echo, flood], 'goal: key p99 50 ms'],
    ['P8 wall of 16, 15 of them flood', [echo, ...Array(15).fill(flood)], 'goal: key p99 33 ms, frame p95 33 ms'],
  ] as const) {
    const samples = { ours: [] as Drawn[], reference: [] as Drawn[] };
    for (let round = 0; round < rounds; round += 1) {
      const reference = await theirs(commands);
      if (reference) samples.reference.push(reference);
      samples.ours.push(await ours(commands));
    }
    const all = (side: Drawn[], what: keyof Drawn) => side.flatMap((drawn) => drawn[what]);
    const p95 = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? Number.NaN;
    const figures = (side: Drawn[]) =>
      side.length > 0
        ? `key p99 ${spread(all(side, 'keys')).p99.toFixed(1)}, frame p95 ${p95(all(side, 'frames')).toFixed(1)}`
        : `not all keys drawn in ${referenceWithinMs / 1000} s`;
    const verdict = `${figures(samples.ours)} against ${figures(samples.reference)}; ${goals}`;
    if (samples.reference.length === 0) console.log(`${name}: ${verdict}; ${rounds} rounds`);
    else
      reportComparison({
        name,
        unit: 'ms from key to drawn',
        ours: all(samples.ours, 'keys'),
        reference: all(samples.reference, 'keys'),
        verdict,
      });
  }
  console.error(
    `load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  );
} finally {
  await browser.close();
  await bare.close();
  await relay.close();
  await room.close();
  await bench.close();
}
