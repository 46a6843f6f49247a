import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@playwright/test';
import { script } from '../../../main/testing/scripted-model.ts';
import { seriousFaults } from '../serious-faults.ts';
import { browserRoom } from './browser-room.ts';

/** Webhooks and the audit, made, tried, read and checked in the settings. */

const here = browserRoom({ maxWorkers: 10 });

let receiver: Server;
let received: { headers: IncomingHttpHeaders; body: string }[];
let status: number;
let address: string;

test.beforeAll(async () => {
  received = [];
  status = 200;
  receiver = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    received.push({ headers: request.headers, body });
    response.writeHead(status).end('thank you');
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});

test.afterAll(() => receiver.closeAllConnections() ?? receiver.close());

test('an address is added, tested, told of a worker, and what failed is sent again', async () => {
  const page = await here.open('#/settings/webhooks');
  await page.getByRole('button', { name: 'Add a webhook' }).click();
  await page.keyboard.type('http://example.invalid/plain');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.getByRole('alert').getByText(/must be an https address/)).toBeVisible();
  await page.getByRole('textbox', { name: 'Address' }).fill(address);
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Pager');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.getByText('Pager', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await expect(page.getByText('“Pager” took the test (200).')).toBeVisible();
  await page.getByRole('button', { name: 'Show the secret' }).click();
  const secret = await page.getByText(/^whsec_/).innerText();
  const [first] = received;
  const signed = `${first?.headers['webhook-id']}.${first?.headers['webhook-timestamp']}.${first?.body}`;
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  expect(first?.headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);

  status = 500;
  await here.room.spawnWorker({
    projectId: here.projectId,
    name: 'asker',
    prompt: script([{ tools: [{ name: 'Bash', input: { command: 'touch x', description: 'x' } }] }, { text: 'Done.' }]),
  });
  await page.getByRole('button', { name: 'Log', exact: true }).click();
  const failed = page.getByRole('button', { name: /approval\.requested tried 1 times/ });
  await expect(failed).toBeVisible();
  status = 200;
  await failed.click();
  await page.getByRole('button', { name: 'Send it again' }).click();
  await expect(page.getByRole('button', { name: /approval\.requested taken \(200\)/ })).toBeVisible();
  expect(JSON.parse(received.at(-1)?.body ?? '{}')).toMatchObject({
    type: 'approval.requested',
    approval: { summary: expect.stringContaining('touch x') },
  });
  await page.getByRole('switch', { name: 'Tell Pager' }).click();
  await expect(page.getByRole('switch', { name: 'Tell Pager' })).not.toBeChecked();
  await page.getByRole('button', { name: 'Remove Pager' }).click();
  await expect(page.getByText('Pager', { exact: true })).toBeHidden();
  await page.getByRole('button', { name: 'Add it again' }).click();
  await expect(page.getByText('Pager', { exact: true })).toBeVisible();
});

test('the audit says who did it, is checked and saved', async () => {
  const page = await here.open('#/settings/audit');
  await expect(page.getByText('added a webhook').first()).toBeVisible();
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(page.getByText(/entries: all as they were written/)).toBeVisible();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'CSV', exact: true }).click(),
  ]);
  expect(file.suggestedFilename()).toMatch(/^audit-\d{4}-\d\d-\d\d\.csv$/);
  expect(await readFile(await file.path(), 'utf8')).toContain('"webhooks.add"');
});

test('dark, light and on a phone they look as they should, and axe finds no serious fault', async ({
  browserName: _,
}, info) => {
  for (const look of ['dark', 'light', 'phone'] as const) {
    const page = await here.open('#/settings/webhooks', {
      ...(look === 'phone' ? { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } : {}),
      colorScheme: look === 'light' ? 'light' : 'dark',
    });
    await page.getByRole('button', { name: 'Log', exact: true }).click();
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await expect(page.getByRole('form', { name: 'Edit Pager' })).toBeVisible();
    expect(await seriousFaults(page), look).toEqual([]);
    await page.screenshot({ path: info.outputPath(`webhooks-${look}.png`) });
    await page.evaluate(() => location.assign('#/settings/audit'));
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await expect(page.getByText(/all as they were written/)).toBeVisible();
    expect(await seriousFaults(page), look).toEqual([]);
    await page.screenshot({ path: info.outputPath(`audit-${look}.png`) });
  }
});
