import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, type Page, test } from '@playwright/test';
import { script } from '../../../main/testing/scripted-model.ts';
import type { Worker } from '../../../shared/workers.ts';
import { seriousFaults } from '../serious-faults.ts';
import { browserRoom } from './browser-room.ts';

/** What two workers changed: reviewed by keys alone, delivered, gone back, compared, cleaned up. In the page, on real worktrees. */

const lines = Array.from({ length: 60 }, (_, index) => `export const limit${index} = ${index};`);
const source = `${lines.join('\n')}\n`;
const here = browserRoom({ maxWorkers: 4, repository: { name: 'shop', files: { 'src/limits.ts': source } } });

// Each goes on with what the one before it left.
test.describe.configure({ mode: 'serial' });

let first: Worker;
let second: Worker;

const at = (worker: Worker, path: string): string => join(worker.worktreePath ?? '', path);
async function put(worker: Worker, path: string, text: string): Promise<void> {
  await mkdir(dirname(at(worker, path)), { recursive: true });
  await writeFile(at(worker, path), text);
}
const text = (worker: Worker, path: string): Promise<string> => readFile(at(worker, path), 'utf8').catch(() => '');
const git = async (worker: Worker, ...args: string[]): Promise<string> =>
  (await promisify(execFile)('git', args, { cwd: worker.worktreePath ?? '' })).stdout;

async function worker(name: string): Promise<Worker> {
  const { id } = await here.room.spawnWorker({ projectId: here.projectId, name, prompt: script([{ text: 'Ready.' }]) });
  const present = () => here.room.call<Worker>('GET', `/api/workers/${id}`);
  await expect.poll(async () => (await present()).state).toBe('idle');
  return present();
}

test.beforeAll(async () => {
  first = await worker('limits');
  second = await worker('quotas');
});

const code = (page: Page) => page.getByRole('region', { name: /^Difference of/ });
const files = (page: Page) => page.getByRole('navigation', { name: 'Changed files' });

test('a review from end to end by keys: look, expand, comment, send, stage, discard, undo', async () => {
  await put(
    first,
    'src/limits.ts',
    source.replace('limit3 = 3', 'limit3 = 30').replace('limit50 = 50', 'limit50 = 500'),
  );
  await put(first, 'src/extra.ts', 'export const extra = 1;\n');
  const page = await here.open(
    `#/review/${first.worktreeId}?scope=unstaged&file=${encodeURIComponent('src/limits.ts')}`,
  );
  await expect(code(page)).toContainText('limit3 = 30;');
  await expect(code(page)).not.toContainText('limit20');
  await page.keyboard.press('n');
  await page.keyboard.press('n');
  await page.keyboard.press('e');
  await expect(code(page)).toContainText('limit20 = 20');
  // The change it stands on is staged, the other one is left.
  await page.keyboard.press('s');
  await expect.poll(() => git(first, 'diff', '--cached')).toContain('+export const limit50 = 500;');
  expect(await git(first, 'diff', '--cached')).not.toContain('limit3 = 30');
  await expect(code(page)).not.toContainText('limit50 = 500');
  // A comment on the other one, sent as a message.
  await page.keyboard.press('n');
  await page.keyboard.press('c');
  await page.keyboard.type('Why thirty?');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('article', { name: /^Comment on line/ })).toContainText('Why thirty?');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('article', { name: /^Comment on line/ })).toContainText('sent');
  const said = () => here.room.call('GET', `/api/workers/${first.id}/messages`).then(JSON.stringify);
  await expect.poll(said).toContain('Why thirty?');
  // Discarded after a question, and had back by one key.
  await page.keyboard.press('n');
  await page.keyboard.press('x');
  await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).press('Enter');
  await expect.poll(() => text(first, 'src/limits.ts')).not.toContain('limit3 = 30');
  expect(await text(first, 'src/limits.ts')).toContain('limit50 = 500');
  await expect(page.getByRole('status').filter({ hasText: 'discarded' })).toBeVisible();
  await page.keyboard.press('u');
  await expect.poll(() => text(first, 'src/limits.ts')).toContain('limit3 = 30');
  // The whole review again: another file, viewed.
  await expect(files(page)).toContainText('limits.ts');
  await page.keyboard.press('k');
  await expect(code(page)).toContainText('extra = 1');
  await page.keyboard.press('v');
  await expect(page.getByText('1 of 2 viewed')).toBeVisible();
  // What is written now appears by itself.
  await put(first, 'src/later.ts', 'export const later = 1;\n');
  await expect(files(page).getByText('later.ts')).toBeVisible();
  expect(await seriousFaults(page)).toEqual([]);
});

test('commit and merge with a dry run first, undone again; a rewind that is undone', async () => {
  const page = await here.open(`#/review/${first.worktreeId}`);
  await page.getByRole('button', { name: /^Deliver/ }).click();
  const panel = page.getByRole('complementary', { name: 'Deliver' });
  await panel.getByLabel('Commit message').fill('Limits as measured');
  await git(first, 'add', '-A');
  await panel.getByRole('button', { name: /^Commit \d/ }).click();
  await expect.poll(() => git(first, 'log', '-1', '--format=%s')).toBe('Limits as measured\n');
  await expect(panel.getByText(/Dry run: 1 commit.*no conflict/)).toBeVisible();
  const base = await git(first, 'rev-parse', 'main');
  await panel.getByRole('button', { name: 'Merge into main' }).click();
  await expect(panel.getByRole('button', { name: 'Archive the worktree' })).toBeVisible();
  expect(await git(first, 'rev-parse', 'main')).not.toBe(base);
  expect(await git(first, 'show', 'main:src/limits.ts')).toContain('limit50 = 500');
  await panel.getByRole('button', { name: 'Undo the merge' }).click();
  await expect.poll(() => git(first, 'rev-parse', 'main')).toBe(base);
  await expect(panel.getByText('Push', { exact: true })).toBeVisible();
  await expect(panel.getByText(/no remote/).first()).toBeVisible();

  await page.evaluate((to) => location.assign(to), `#/worker/${first.id}/checkpoints`);
  await expect(page.getByRole('listitem').filter({ hasText: 'turn 1' })).toBeVisible();
  await page.getByRole('listitem').filter({ hasText: 'turn 1' }).getByRole('button', { name: 'Rewind' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rewind' }).click();
  await expect.poll(() => text(first, 'src/limits.ts')).toBe(source);
  await page
    .locator('[role="status"] > div', { hasText: 'went back to' })
    .getByRole('button', { name: 'Undo' })
    .click();
  await expect.poll(() => text(first, 'src/limits.ts')).toContain('limit50 = 500');
  expect(await seriousFaults(page)).toEqual([]);
});

test('two who change the same line are seen on the radar, with an order to merge in', async () => {
  const page = await here.open('#/overlaps');
  await put(second, 'src/limits.ts', source.replace('limit3 = 3', 'limit3 = 33'));
  const matrix = page.getByRole('table');
  await expect(matrix.getByRole('button', { name: /conflict/ })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Files in common' })).toContainText('src/limits.ts');
  const order = page.getByRole('region', { name: 'Merge order' });
  await order
    .getByRole('button', { name: /later$/ })
    .first()
    .click();
  await order.getByRole('button', { name: 'Dry run of this order' }).click();
  await expect(order).toContainText('1 step of 2 would conflict');
  expect(await seriousFaults(page)).toEqual([]);
});

test('a worktree is removed with what is in it, and brought back whole', async () => {
  await here.room.call('POST', `/api/workers/${second.id}/stop`);
  await expect.poll(async () => (await here.room.call<Worker>('GET', `/api/workers/${second.id}`)).state).toBe('ended');
  const page = await here.open('#/disk');
  await page.getByRole('checkbox', { name: 'Choose quotas' }).check();
  await page.getByRole('button', { name: /^Remove 1 worktree/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  const removed = page.getByRole('list', { name: 'Removed worktrees' });
  await expect(removed).toContainText(second.branch ?? '');
  expect(await text(second, 'src/limits.ts')).toBe('');
  await removed.getByRole('button', { name: 'Bring back' }).click();
  await expect.poll(() => text(second, 'src/limits.ts')).toContain('limit3 = 33');
  expect(await seriousFaults(page)).toEqual([]);
});
