import { expect, type Page, test } from '@playwright/test';
import { seriousFaults } from '../serious-faults.ts';
import { browserRoom } from './browser-room.ts';

/** The port's settings, keys and devices as a person meets them: real sockets, real Chromium. */

const here = browserRoom({});
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

async function openSettings(options = {}): Promise<Page> {
  const page = await here.open('#/settings/port', options);
  await expect(page.getByRole('region', { name: 'Paired devices' })).toBeVisible();
  return page;
}

test('a phone comes in by the code, is listed, and is cut off the moment it is revoked', async () => {
  const page = await openSettings();
  await page.getByRole('button', { name: 'Pair a device' }).click();
  const dialog = page.getByRole('dialog', { name: 'Pair a device' });
  await expect(dialog.getByRole('img', { name: 'QR code for pairing' })).toBeVisible();
  expect(await seriousFaults(page)).toEqual([]);
  const code = (await dialog.getByText(/^[A-Z2-9]{4} [A-Z2-9]{4}$/).textContent()) ?? '';

  const context = await here.browser.newContext(phone);
  const other = await context.newPage();
  await other.goto(`${here.room.origin}/#pair=${code.replace(' ', '')}`);
  await expect(other.getByRole('link', { name: /Inbox/ }).first()).toBeVisible();
  expect(other.url()).not.toContain('pair');
  await expect(dialog.getByRole('status')).toHaveText(/is paired/);
  await dialog.getByRole('button', { name: 'Done' }).click();
  const devices = page.getByRole('region', { name: 'Paired devices' });
  await expect(devices.getByText('1 connection open')).toBeVisible();
  await devices.getByRole('button', { name: /^Revoke/ }).click();
  await expect(other.getByText('Token, pairing code, or the whole address')).toBeVisible();
  await expect(devices.getByText(/None yet/)).toBeVisible();
  // A code works once.
  await other.goto(`${here.room.origin}/?again#pair=${code.replace(' ', '')}`);
  await expect(other.getByRole('alert')).toHaveText(/used already/);
  await context.close();
});

test('a typed code lets in where the camera cannot', async () => {
  const { code } = await here.room.call<{ code: string }>('POST', '/api/devices/pairings', { access: 'view' });
  const context = await here.browser.newContext();
  const page = await context.newPage();
  await page.goto(here.room.origin);
  await page.getByLabel(/Token, pairing code/).fill(`${code.slice(0, 4).toLowerCase()} ${code.slice(4)}`);
  await page.getByRole('button', { name: 'Open' }).click();
  await expect(page.getByRole('link', { name: /Board/ }).first()).toBeVisible();
  await page.evaluate(() => location.assign('#/settings/port'));
  await expect(page.getByText('An administrator decides who may come in.')).toBeVisible();
  await context.close();
});

test('a key is shown once, works, is changed and revoked; by keyboard, also on a phone', async () => {
  for (const options of [{}, phone]) {
    const page = await openSettings(options);
    const keys = page.getByRole('region', { name: 'Keys', exact: true });
    await keys.getByRole('button', { name: 'New key' }).focus();
    await page.keyboard.press('Enter');
    const name = options === phone ? 'By thumb' : 'By key';
    await page.getByRole('textbox', { name: 'Name' }).fill(name);
    await page.keyboard.press('Enter');
    const shown = page.getByRole('textbox', { name: 'The key' });
    const key = await shown.inputValue();
    expect(key).toMatch(/^cr_k_/);
    expect(await seriousFaults(page)).toEqual([]);
    const ask = () => fetch(`${here.room.origin}/api/workers`, { headers: { 'x-api-key': key } });
    expect((await ask()).status).toBe(200);
    await page.getByRole('button', { name: 'I have it' }).click();
    await expect(keys.getByText(name)).toBeVisible();
    expect(await page.content()).not.toContain(key);
    await keys.getByRole('button', { name: `Revoke ${name}` }).click();
    await expect(keys.getByText(name)).toBeHidden();
    expect((await ask()).status).toBe(401);
    expect(await seriousFaults(page)).toEqual([]);
    await page.context().close();
  }
});

test('networks are allowed and taken away; one that is none is refused in words', async () => {
  const page = await openSettings();
  const field = page.getByRole('textbox', { name: 'Network to allow' });
  await field.fill('the office');
  await field.press('Enter');
  await expect(page.getByRole('alert')).toContainText('not a network such as 192.168.1.0/24');
  await field.fill('192.168.4.0/24');
  await field.press('Enter');
  await page.getByRole('button', { name: 'Allow 192.168.4.0/24 no more' }).click();
  await expect(page.getByText('192.168.4.0/24', { exact: true })).toBeHidden();
  await page.context().close();
});
