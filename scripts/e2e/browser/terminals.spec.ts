import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import { browserRoom } from './browser-room.ts';

/** A person's day with terminals, in real Chromium: what is opened, split, flooded and left stands there the next morning. */

const here = browserRoom({ maxWorkers: 4 });
let context: BrowserContext;

test.beforeAll(async () => {
  context = await here.browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
});

const open = (hash: string): Promise<Page> => here.openIn(context, hash);

const screenOf = (page: Page, id: string) => page.locator(`[data-terminal-id="${id}"] .xterm-rows`);
const current = (page: Page): string => decodeURIComponent(new URL(page.url()).hash.replace('#/terminal/', ''));
const tabs = (page: Page) => page.getByRole('tab');

/** Splits, tabs and which are in front, as the page shows them. */
const layoutOf = (page: Page): Promise<unknown> =>
  page.locator('[data-tabset]').evaluateAll((sets) =>
    sets.map((set) => {
      const { x, y, width, height } = set.getBoundingClientRect();
      return {
        box: [x, y, width, height].map((value) => Math.round(value / 4)),
        tabs: [...set.querySelectorAll('[role="tab"]')].map((tab) => [
          tab.textContent,
          tab.getAttribute('aria-selected'),
        ]),
      };
    }),
  );

test('a day: twelve terminals, splits, floods, find, a paste of 1 MB, and all as left', async () => {
  test.setTimeout(300_000);
  const page = await open('#/terminals');
  await page
    .getByRole('button', { name: /^New terminal/ })
    .first()
    .click();
  await expect(tabs(page)).toHaveCount(1);
  for (let count = 2; count <= 10; count += 1) {
    await expect(page.locator('.xterm-helper-textarea:focus')).toHaveCount(1);
    await page.keyboard.press('Control+Shift+Enter');
    await expect(tabs(page)).toHaveCount(count);
  }
  const hiddenFlood = current(page);
  await page.keyboard.press('Control+Shift+D');
  await expect(tabs(page)).toHaveCount(11);
  await expect.poll(() => current(page)).not.toBe(hiddenFlood);
  const shownFlood = current(page);
  await expect(page.locator(`[data-terminal-id="${shownFlood}"] .xterm-helper-textarea:focus`)).toHaveCount(1);
  await page.keyboard.press('Control+Shift+E');
  await expect(tabs(page)).toHaveCount(12);
  await expect.poll(() => current(page)).not.toBe(shownFlood);
  const third = current(page);
  await expect(page.locator(`[data-terminal-id="${third}"] .xterm-helper-textarea:focus`)).toHaveCount(1);

  // Moves by key between the panes, and back.
  await page.keyboard.press('Control+Alt+ArrowUp');
  await expect.poll(() => current(page)).toBe(shownFlood);
  await page.keyboard.press('Control+Alt+ArrowLeft');
  await expect.poll(() => current(page)).toBe(hiddenFlood);
  await page.keyboard.press('Control+Alt+ArrowRight');
  await page.keyboard.press('Control+Alt+ArrowDown');
  await expect.poll(() => current(page)).toBe(third);

  for (const id of [hiddenFlood, shownFlood])
    await here.room.call('POST', `/api/terminals/${id}/input`, { data: 'yes flood-flood-flood-flood\r' });
  await expect(screenOf(page, shownFlood)).toContainText('flood-flood');

  await page.locator(`[data-terminal-id="${third}"] .xterm-screen`).click();
  await page.keyboard.type('echo mark-$((6*7))');
  await page.keyboard.press('Enter');
  await expect(screenOf(page, third)).toContainText('mark-42');

  await page.keyboard.type('i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo needle-$i; done');
  await page.keyboard.press('Enter');
  await expect(screenOf(page, third)).toContainText('needle-400');
  await page.keyboard.press('Control+Alt+F');
  await page.getByLabel('Find in terminal').fill('needle-17');
  await expect(page.getByText(/^\d+ of 11$/)).toBeVisible();
  await page.keyboard.press('Escape');

  await page.keyboard.type('stty -echo; cat > pasted.txt; echo pasted-$((1+1))');
  await page.keyboard.press('Enter');
  const text = 'The quick brown fox jumps over the lazy dog, 0123456789, again and again.\n'.repeat(14_200);
  await page.evaluate((data) => navigator.clipboard.writeText(data), text);
  await page.locator(`[data-terminal-id="${third}"] .xterm-screen`).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Paste' }).click();
  await expect(page.getByRole('alert')).toContainText('Paste 14,200 lines (1.1 MB)?');
  await page.getByRole('button', { name: 'Paste', exact: true }).click();
  const { cwd } = await here.room.call<{ cwd: string }>('GET', `/api/terminals/${third}`);
  const hash = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
  await expect
    .poll(async () => (await readFile(join(cwd, 'pasted.txt'), 'utf8')).length, { timeout: 60_000 })
    .toBe(text.length);
  await page.keyboard.press('Control+D');
  await expect(screenOf(page, third)).toContainText('pasted-2');
  expect(hash(await readFile(join(cwd, 'pasted.txt')))).toBe(hash(text));
  await page.keyboard.type('stty echo');
  await page.keyboard.press('Enter');

  await page.locator(`[data-terminal-id="${third}"] .xterm-screen`).hover();
  await page.mouse.wheel(0, -1500);
  const firstLine = () => screenOf(page, third).locator('div').first().textContent();
  await expect.poll(firstLine).toMatch(/^needle-\d+/);
  await page.waitForTimeout(600);
  const left = await firstLine();
  const layout = await layoutOf(page);
  await page.close();

  const next = await open('#/terminals');
  await expect(tabs(next)).toHaveCount(12);
  await expect.poll(() => current(next)).toBe(third);
  await expect.poll(() => layoutOf(next)).toEqual(layout);
  await expect.poll(() => screenOf(next, third).locator('div').first().textContent()).toBe(left);
  await expect(screenOf(next, shownFlood)).toContainText('flood-flood');
  await expect(next.locator(`[data-terminal-id="${third}"]`)).not.toContainText('passed over');

  // The flood that nobody saw is there at once, and ends when it is told to.
  await next.evaluate((id) => location.assign(`#/terminal/${id}`), hiddenFlood);
  await expect(screenOf(next, hiddenFlood)).toContainText('flood-flood');
  await next.locator(`[data-terminal-id="${hiddenFlood}"] .xterm-screen`).click();
  await next.keyboard.press('Control+C');
  await next.keyboard.type('echo calm-$((20+3))');
  await next.keyboard.press('Enter');
  await expect(screenOf(next, hiddenFlood)).toContainText('calm-23', { timeout: 30_000 });

  await here.room.call('POST', `/api/terminals/${shownFlood}/input`, { data: '\u0003' });

  // The wall shows all of them; one is typed in where it stands.
  await next.evaluate(() => location.assign('#/terminals/wall'));
  await expect(next.getByRole('article')).toHaveCount(12);
  const { title } = await here.room.call<{ title: string }>('GET', `/api/terminals/${third}`);
  await next.getByRole('button', { name: `Type in ${title}`, exact: true }).click();
  await next.keyboard.type('echo wall-$((2*50))');
  await next.keyboard.press('Enter');
  await expect(next.getByRole('article', { name: title, exact: true })).toContainText('wall-100');

  // Closed by key, taken back, closed for good.
  await next.evaluate((id) => location.assign(`#/terminal/${id}`), third);
  await expect(next.locator(`[data-terminal-id="${third}"] .xterm-helper-textarea:focus`)).toHaveCount(1);
  await next.keyboard.press('Control+Shift+X');
  await expect(tabs(next)).toHaveCount(11);
  await next.getByRole('button', { name: 'Undo' }).click();
  await expect(tabs(next)).toHaveCount(12);
  await expect(screenOf(next, third)).toContainText('wall-100');
  await next.close();
});

test('shells have profiles and names, and are restarted in their place', async () => {
  const page = await open('#/terminals');
  await expect(page.getByRole('heading', { name: 'Terminals' })).toBeVisible();
  if ((await page.getByRole('button', { name: 'Open a terminal' }).count()) === 0)
    await page
      .getByRole('button', { name: /^New terminal/ })
      .first()
      .click();
  await expect(tabs(page).first()).toBeVisible();
  const before = await tabs(page).count();
  await page.getByRole('button', { name: 'Open a terminal' }).first().click();
  await page.getByRole('menuitem').first().click();
  await expect(tabs(page)).toHaveCount(before + 1);
  await expect(page.locator('.xterm-helper-textarea:focus')).toHaveCount(1);
  const id = current(page);
  const { title } = await here.room.call<{ title: string }>('GET', `/api/terminals/${id}`);
  await tabs(page).getByText(title, { exact: true }).dblclick();
  await page.getByLabel('Name of the terminal').fill('builds');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('tab', { name: 'builds' })).toBeVisible();
  await page.locator(`[data-terminal-id="${id}"] .xterm-screen`).click();
  await page.keyboard.type('exit 3');
  await page.keyboard.press('Enter');
  await expect(page.getByText('ended with code 3')).toBeVisible();
  await page.getByRole('button', { name: 'Restart' }).click();
  await expect.poll(() => current(page)).not.toBe(id);
  await expect(tabs(page)).toHaveCount(before + 1);
  await expect(page.getByRole('tab', { name: 'builds' })).toBeVisible();
  await expect(page.getByText('ended with code 3')).toHaveCount(0);
  await page.close();
});

test('a recording is played, found in and saved', async () => {
  await here.room.call('PATCH', '/api/settings', { recordShells: true });
  const { id } = await here.room.call<{ id: string }>('POST', '/api/terminals', {});
  const type = (data: string) => here.room.call('POST', `/api/terminals/${id}/input`, { data });
  await type('echo first-$((1+0))\r');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await type('echo second-$((1+1)) ☃\r');
  const screen = () => here.room.call<{ text: string }>('GET', `/api/terminals/${id}/screen`).then(({ text }) => text);
  await expect.poll(screen).toContain('second-2');
  const page = await open(`#/recording/${id}`);
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect(page.locator('.xterm-rows')).toContainText('second-2');
  await page.getByRole('slider', { name: 'Time' }).focus();
  await page.keyboard.press('Home');
  await expect(page.locator('.xterm-rows')).not.toContainText('second-2');
  await page.getByRole('button', { name: 'Find in the recording' }).click();
  await page.getByLabel('Text to find').fill('second-2');
  await page.getByRole('listitem').filter({ hasText: 'second-2' }).first().click();
  await expect(page.locator('.xterm-rows')).toContainText('second-2');

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save as asciicast' }).click(),
  ]);
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ version: 2 });
  const response = await fetch(`${here.room.origin}/api/terminals/${id}/recording`, {
    headers: { authorization: `Bearer ${here.room.token}` },
  });
  expect(response.headers.get('content-type')).toBe('application/x-asciicast');
  const cast = (await response.text()).trim().split('\n');
  const textOf = (all: string[]) =>
    all
      .slice(1)
      .map((line) => JSON.parse(line) as [number, string, string])
      .map(([, kind, data]) => (kind === 'o' ? data : ''))
      .join('');
  expect(textOf(cast)).toContain('second-2 ☃');
  expect(textOf(lines)).toBe(textOf(cast));
  await page.close();
});
