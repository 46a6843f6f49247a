import { expect, test } from '@playwright/test';
import { createDesktopRoom, type DesktopRoom } from './desktop-room.ts';

let room: DesktopRoom;

test.beforeAll(async () => {
  room = await createDesktopRoom();
});

test.afterAll(async () => {
  await room?.close();
});

test('the window has no port until its settings open one, and closes it again', async () => {
  const { page, app } = await room.start();
  await expect(page.getByRole('heading', { name: 'Board' })).toBeVisible();
  await page.evaluate(() => location.assign('#/settings/port'));
  const panel = page.getByRole('region', { name: 'Port', exact: true });
  await expect(panel.getByText('closed', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Pair a device' })).toBeDisabled();
  const number = panel.getByRole('spinbutton', { name: 'Port number' });
  await number.fill('0');
  await number.press('Enter');
  await panel.getByRole('switch', { name: 'Port is open' }).click();
  const address = panel.getByText(/^http:\/\/127\.0\.0\.1:\d+$/);
  await expect(address).toBeVisible();
  const origin = (await address.textContent()) ?? '';
  expect((await fetch(`${origin}/live`)).status).toBe(200);
  expect((await fetch(`${origin}/api/workers`)).status).toBe(401);
  // The menu offers the address only while there is one.
  const offered = () => app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('copy-address') != null);
  await expect.poll(offered).toBe(true);
  await panel.getByRole('switch', { name: 'Port is open' }).click();
  await expect(panel.getByText('closed', { exact: true })).toBeVisible();
  await expect(fetch(`${origin}/live`)).rejects.toThrow();
  await expect.poll(offered).toBe(false);
});
