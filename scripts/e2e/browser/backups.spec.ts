import { readFile } from 'node:fs/promises';
import { expect, test } from '@playwright/test';
import { seriousFaults } from '../serious-faults.ts';
import { browserRoom } from './browser-room.ts';

/** Backups & data in the settings: made, looked into, restored while the page is open, exported and taken in. */

const here = browserRoom({});

test('a backup is made, tried and restored, and the page is back with the state of then', async () => {
  await here.room.call('PATCH', '/api/settings', { branchPrefix: 'then/' });
  const page = await here.open('#/settings/data');
  await page.getByText('None yet.').waitFor();
  await page.getByRole('button', { name: 'Back up now' }).click();
  await page.keyboard.type('before the upgrade');
  await page.keyboard.press('Enter');
  await expect(page.getByText('before the upgrade')).toBeVisible();
  await page.getByRole('button', { name: /^What is in the backup/ }).click();
  await expect(page.getByText(/no keys: those are secrets/)).toBeVisible();
  await page.getByRole('button', { name: 'Try the newest' }).click();
  await expect(page.getByText(/^Restored for trial: /)).toBeVisible();
  expect(await seriousFaults(page)).toEqual([]);

  await here.room.call('PATCH', '/api/settings', { branchPrefix: 'now/' });
  await page.getByRole('button', { name: /^Restore the backup/ }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: 'Restore' })).toBeDisabled();
  await dialog.getByRole('textbox').fill('restore');
  await dialog.getByRole('button', { name: 'Restore' }).click();
  await expect(page.getByRole('region', { name: 'Last restore' })).toContainText('A backup was restored');
  await expect
    .poll(
      async () =>
        (await here.room.call<{ values: { branchPrefix: string } }>('GET', '/api/settings')).values.branchPrefix,
    )
    .toBe('then/');
  await expect(page.getByRole('region', { name: 'Last restore' }).getByRole('button', { name: 'Undo' })).toBeVisible();
});

test('a backup is downloaded, deleted, and taken in again; what is none is refused where it was given', async () => {
  const page = await here.open('#/settings/data');
  await page.getByRole('button', { name: 'Back up now' }).click();
  await page.keyboard.type('for another machine');
  await page.keyboard.press('Enter');
  const row = page.getByRole('listitem').filter({ hasText: 'for another machine' });
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    row.getByRole('button', { name: /^Download/ }).click(),
  ]);
  const path = test.info().outputPath(download.suggestedFilename());
  await download.saveAs(path);
  await row.getByRole('button', { name: /^Delete/ }).click();
  await row.getByRole('button', { name: 'Delete it' }).click();
  await expect(row).toHaveCount(0);
  await page.getByLabel('Backup to take in').setInputFiles(path);
  const taken = page.getByRole('listitem').filter({ hasText: `Taken in from ${download.suggestedFilename()}` });
  await expect(taken).toContainText('imported');
  await expect(page.getByText(/^Taken in: .*It can be restored now/)).toBeVisible();
  const text = { name: 'notes.db.gz', mimeType: 'text/plain', buffer: Buffer.from('no backup') };
  await page.getByLabel('Backup to take in').setInputFiles(text);
  await expect(page.getByRole('alert')).toContainText('notes.db.gz was not taken in. It is none of our backups');
  expect(await seriousFaults(page)).toEqual([]);
});

test('the database is checked and measured, and everything goes out and in as one file', async () => {
  const page = await here.open('#/settings/data');
  const panel = page.getByRole('region', { name: 'Database', exact: true });
  await panel.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(page.getByText(/^The database is whole/)).toBeVisible();
  await panel.getByRole('button', { name: 'Measure' }).click();
  await expect(panel.getByRole('cell', { name: /smaller ones/ })).toBeVisible();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export', exact: true }).click(),
  ]);
  const file = await download.path();
  expect((await readFile(file)).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
  await page.getByLabel('File to import').setInputFiles(file);
  await expect(page.getByText(/projects: 0 new, 1 stay as they are/)).toBeVisible();
  await page.getByRole('button', { name: 'Take it in' }).click();
  await expect(page.getByText('0 rows taken in.')).toBeVisible();
});
