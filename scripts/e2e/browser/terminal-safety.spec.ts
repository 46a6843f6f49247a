import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import { traceFrames } from '../frame-cost.ts';
import { browserRoom } from './browser-room.ts';

/** What a program writes is data: it runs nothing, opens nothing, reads nothing and blocks nothing. Real xterm, real Chromium. */

const here = browserRoom({ maxWorkers: 4 });
let context: BrowserContext;
let page: Page;
const problems: string[] = [];
const opened: string[] = [];

test.beforeEach(async () => {
  context = await here.browser.newContext({ viewport: { width: 1200, height: 800 } });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await context.route(/example\.invalid/, (route) => route.fulfill({ body: 'a page' }));
  problems.length = 0;
  opened.length = 0;
  page = await here.openIn(context, undefined, async (fresh) => {
    fresh.on('dialog', (dialog) => {
      problems.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    fresh.on('pageerror', (error) => problems.push(`the page threw: ${error.message}`));
    context.on('page', (other) => opened.push(other.url()));
  });
  await page.evaluate(() => navigator.clipboard.writeText('mine'));
});

test.afterEach(async () => {
  await context.close();
});

const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
const rows = () => page.locator('.xterm-rows');

/** Opens a shell in the page, and gives a way to have it write bytes. */
async function openShell() {
  const { id } = await here.room.call<{ id: string }>('POST', '/api/terminals', { projectId: here.projectId });
  await page.evaluate((to) => location.assign(`#/terminal/${to}`), id);
  await expect(page.locator(`[data-terminal-id="${id}"] .xterm-helper-textarea:focus`)).toHaveCount(1);
  let count = 0;
  const run = async (command: string): Promise<void> => {
    count += 1;
    const marker = `ready-${count * 7}-`;
    await here.room.call('POST', `/api/terminals/${id}/input`, { data: `${command}; echo ready-$((${count}*7))-\r` });
    await expect(rows()).toContainText(marker, { timeout: 120_000 });
  };
  return {
    id,
    run,
    /** Writes these bytes as a program would; what is between them and the next prompt is on the screen then. */
    async write(bytes: string): Promise<void> {
      await writeFile(join(here.room.repository, 'attack.bin'), Buffer.from(bytes, 'utf8'));
      await run('cat attack.bin');
    },
  };
}

test('a program puts nothing on the clipboard without consent, and reads nothing of it', async () => {
  const { write } = await openShell();
  const put = (text: string) => `\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007\r\n`;
  await write(`${put('rm -rf /')}\u001b]52;c;?\u0007`);
  await expect(page.getByRole('alert')).toContainText('A program here wants to put 8 characters on your clipboard');
  expect(await clipboard()).toBe('mine');
  await expect(rows()).not.toContainText(Buffer.from('mine').toString('base64'));
  await page.getByRole('button', { name: 'Never here' }).click();
  await write(put('again'));
  await expect(page.getByRole('alert')).toHaveCount(0);
  expect(await clipboard()).toBe('mine');

  const other = await openShell();
  await other.write(put('allowed'));
  await page.getByRole('button', { name: 'Always here' }).click();
  await expect.poll(clipboard).toBe('allowed');
  await other.write(put('☃ too'));
  await expect.poll(clipboard).toBe('☃ too');
  expect(problems).toEqual([]);
});

test('only pages are opened, with the address shown, and only on purpose', async () => {
  const { write } = await openShell();
  const link = (address: string, text: string) => `\u001b]8;;${address}\u001b\\${text}\u001b]8;;\u001b\\\r\n`;
  await write(
    [
      '\u001b[2J\u001b[H',
      link("javascript:alert('x')", 'press-script'),
      link('data:text/html,<script>alert(1)</script>', 'press-data'),
      link('file:///etc/passwd', 'press-file'),
      link('https://example.invalid/real', 'https://your-bank.example'),
      "<img src=x onerror=alert(1)><script>alert('html')</script>\r\n",
    ].join(''),
  );
  for (const text of ['press-script', 'press-data', 'press-file']) {
    const target = rows().getByText(text);
    await target.hover({ force: true });
    await target.click({ force: true, modifiers: ['Control'] });
  }
  const deceiving = rows().getByText('https://your-bank.example');
  await deceiving.hover({ force: true });
  await expect(page.getByText('click opens')).toContainText('https://example.invalid/real');
  await deceiving.click({ force: true });
  expect(opened).toEqual([]);
  const [tab] = await Promise.all([
    context.waitForEvent('page'),
    deceiving.click({ force: true, modifiers: ['Control'] }),
  ]);
  await tab.waitForLoadState();
  expect(tab.url()).toBe('https://example.invalid/real');
  expect(await tab.evaluate(() => window.opener)).toBeNull();
  expect(problems).toEqual([]);
});

test('titles, questions and images of a program stay what they are', async () => {
  const { write, run } = await openShell();
  await write(`\u001b]0;${'evil\u202e\u0007'}\u001b]2;${'t'.repeat(100_000)}\u0007\u001b[21t\u0005end-of-title`);
  await expect(rows()).toContainText('end-of-title');
  await expect(page).toHaveTitle(/^Terminals/);
  await run('true');
  // Neither the title (CSI 21 t) nor an answerback (ENQ) came back as if it had been typed.
  await expect(rows()).not.toContainText(/evil|not found/);
  // A small sixel image, decoded by WebAssembly under the page's policy.
  await write('\u001bPq"1;1;12;12#0;2;100;0;0#0!12~-!12~\u001b\\\r\nafter-image\r\n');
  await expect(rows()).toContainText('after-image');
  await expect(page.locator('.xterm-image-layer')).toHaveCount(1);
  // What was answered once is not answered again by a page that comes back.
  await write('\u001b[c\u001b[6n\u001b]11;?\u0007questions-done');
  await page.reload();
  await expect(rows()).toContainText('questions-done');
  await page.waitForTimeout(1000);
  const { text } = await here.room.call<{ text: string }>(
    'GET',
    `/api/terminals/${new URL(page.url()).hash.split('/').at(-1)}/screen`,
  );
  const [, after = ''] = text.split('questions-done');
  expect(after.match(/1;2c/g)?.length ?? 0).toBeLessThanOrEqual(1);
  expect(problems).toEqual([]);
});

test('combining characters, deep nesting and a line of 1 GB leave the window responsive', async () => {
  test.setTimeout(400_000);
  const { write, run, id } = await openShell();
  await page.evaluate(() => {
    const gaps: number[] = [];
    let last = performance.now();
    const tick = (now: number): void => {
      gaps.push(now - last);
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    Object.assign(window, { gaps });
  });
  const gaps = async (what: string): Promise<number> => {
    const all = await page.evaluate(() => (window as unknown as { gaps: number[] }).gaps.splice(0));
    const sorted = all.sort((a, b) => a - b);
    const [p99 = 0, max = 0] = [sorted[Math.floor(sorted.length * 0.99)], sorted.at(-1)];
    console.log(
      `${what}: by the clock ${all.length} frames, p99 ${p99.toFixed(1)} ms, longest ${max.toFixed(1)} ms; load ${loadavg()[0]?.toFixed(1)}`,
    );
    return max;
  };
  const cost = async (what: string, during: () => Promise<void>): Promise<number> => {
    const { frames, longestCpuMs, longestTaskMs } = await traceFrames(here.browser, page, during);
    console.log(
      `${what}: the page took at most ${longestCpuMs.toFixed(1)} ms for a frame (${frames} frames; its longest task lasted ${longestTaskMs.toFixed(1)} ms by the clock)`,
    );
    return longestCpuMs;
  };
  await page.waitForTimeout(2000);
  const idle = await gaps('idle');
  const costs = [
    await cost('10,000 combining characters', async () => {
      await write(`e${'\u0301'.repeat(10_000)}\r\nafter-marks\r\n`);
      await expect(rows()).toContainText('after-marks');
    }),
  ];
  const marks = await gaps('10,000 combining characters');
  const nested = `${'\u001bP'.repeat(20_000)}${'\u001b['.repeat(20_000)}${';1'.repeat(50_000)}m${'\u001b]8;;'.repeat(5000)}`;
  costs.push(await cost('deep nesting', () => write(`${nested}\u001b\\\u001b[0m\r\nafter-nest\r\n`)));
  const nest = await gaps('deep nesting');
  let line: Promise<void> | undefined;
  const flow = async (): Promise<void> => {
    line = run("head -c 1000000000 /dev/zero | tr '\\0' a; echo");
    // A trace of all of it could fill its buffer on a slow machine.
    await Promise.race([line, page.waitForTimeout(8000)]);
  };
  costs.push(await cost('a line of 1 GB', flow));
  await line;
  const flood = await gaps('a line of 1 GB');
  await run('true');
  expect(problems).toEqual([]);
  // What the page itself takes for a frame. By the clock the flood, its reader and other tests take part of both cores.
  for (const ms of costs) expect(ms).toBeLessThan(100);
  // And nowhere a page that stands still, as 10,000 marks on one letter make it (7 s without a bound).
  for (const max of [marks, nest, flood]) expect(max).toBeLessThan(1000 + 3 * idle);
  await here.room.call('DELETE', `/api/terminals/${id}`);
});
