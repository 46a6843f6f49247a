import { createServer } from 'node:net';
import { expect, type Page, test } from '@playwright/test';
import { createDesktopRoom, type DesktopRoom, type OwnRun } from './desktop-room.ts';

/** A restore in the real window: the app starts itself anew on the restored data, and so it does for the undo. */

let room: DesktopRoom;
let run: OwnRun | undefined;

test.beforeAll(async () => {
  room = await createDesktopRoom();
});

test.afterEach(async () => run?.close());

test.afterAll(async () => room?.close());

/** A port of this machine that nobody listens on. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

const prefix = (page: Page) => page.getByLabel('Branch prefix', { exact: false }).first();

async function setPrefix(page: Page, value: string): Promise<void> {
  await page.evaluate(() => location.assign('#/settings/workers'));
  await prefix(page).fill(value);
  await prefix(page).press('Enter');
  await expect(prefix(page)).toHaveValue(value);
}

async function showsPrefix(page: Page, value: string): Promise<void> {
  await page.evaluate(() => location.assign('#/settings/workers'));
  await expect(prefix(page)).toHaveValue(value);
}

test('after a restore the app is back on the restored data by itself, and after its undo on that of before', async () => {
  test.setTimeout(300_000);
  run = await room.startByItself(await freePort());
  const first = await run.page();
  await setPrefix(first.page, 'then/');
  await first.page.evaluate(() => location.assign('#/settings/data'));
  await first.page.getByRole('button', { name: 'Back up now' }).click();
  await first.page.getByRole('textbox', { name: 'What it is for' }).fill('of then');
  await first.page.keyboard.press('Enter');
  await expect(first.page.getByText('of then')).toBeVisible();
  await setPrefix(first.page, 'now/');
  await first.page.evaluate(() => location.assign('#/settings/data'));
  const firstPid = await run.pid();
  await first.page.getByRole('button', { name: /^Restore the backup/ }).click();
  const dialog = first.page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('restore');
  await dialog.getByRole('button', { name: 'Restore' }).click();
  await first.gone;
  await run.firstEnded;

  const second = await run.page();
  await showsPrefix(second.page, 'then/');
  const secondPid = await run.pid();
  expect(secondPid).not.toBe(firstPid);
  await second.page.evaluate(() => location.assign('#/settings/data'));
  const last = second.page.getByRole('region', { name: 'Last restore' });
  await expect(last).toContainText('A backup was restored');
  await last.getByRole('button', { name: 'Undo' }).click();
  await second.page.getByRole('dialog').getByRole('textbox').fill('undo');
  await second.page.getByRole('dialog').getByRole('button', { name: 'Undo the restore' }).click();
  await second.gone;

  const third = await run.page();
  await showsPrefix(third.page, 'now/');
  expect(await run.pid()).not.toBe(secondPid);
});
