import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { script } from '../../../main/testing/scripted-model.ts';
import type { Worker } from '../../../shared/workers.ts';
import { seriousFaults } from '../serious-faults.ts';
import { browserRoom } from './browser-room.ts';

/** The files of a worker: found, read, changed, compared and had back, in the page alone. */

const here = browserRoom({ maxWorkers: 10 });

let worker: Worker;
const inWorktree = (...parts: string[]): string => join(worker.worktreePath ?? '', ...parts);
const text = (...parts: string[]): Promise<string> => readFile(inWorktree(...parts), 'utf8').catch(() => '');

test.beforeEach(async () => {
  const name = `editor ${Date.now()}`;
  const { id } = await here.room.spawnWorker({ projectId: here.projectId, name, prompt: script([{ text: 'Ready.' }]) });
  const present = () => here.room.call<Worker>('GET', `/api/workers/${id}`);
  await expect.poll(async () => (await present()).state).toBe('idle');
  worker = await present();
  await mkdir(inWorktree('src', 'deep'), { recursive: true });
  await writeFile(inWorktree('src', 'totals.ts'), 'export const total = (a: number, b: number) => a + b;\n');
  await writeFile(inWorktree('src', 'deep', 'notes.md'), '# Notes\n\nThe total is wrong on Sundays.\n');
});

const tree = (page: Page) => page.getByRole('tree');
const item = (page: Page, name: string) => tree(page).getByRole('treeitem', { name });
const editor = (page: Page) => page.locator('.cm-content');

test('a file is opened from the tree, changed, saved and compared; what the worker writes shows by itself', async () => {
  const page = await here.open(`#/worker/${worker.id}/files`);
  await item(page, 'src').click();
  await item(page, 'totals.ts').click();
  await expect(editor(page)).toContainText('a + b');
  // Somebody else writes: nothing was typed, so theirs is shown.
  await writeFile(inWorktree('src', 'totals.ts'), 'export const total = (a: number, b: number) => a - b;\n');
  await expect(editor(page)).toContainText('a - b');
  await editor(page).click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('// mine');
  await expect(page.getByRole('status').filter({ hasText: 'not saved' })).toBeVisible();
  await page.keyboard.press('Control+s');
  await expect
    .poll(() => text('src', 'totals.ts'))
    .toBe('export const total = (a: number, b: number) => a - b;\n// mine');
  await page.getByRole('combobox', { name: 'Compare with' }).selectOption('What is saved');
  await editor(page).click();
  await page.keyboard.press('Control+Home');
  await page.keyboard.type('// first\n');
  await expect(page.locator('.cm-changedLine, .cm-insertedLine').first()).toContainText('// first');
  // A new file of the worker's stands in the tree without asking.
  await writeFile(inWorktree('src', 'another.ts'), '');
  await expect(item(page, 'another.ts')).toBeVisible();
});

test('what two wrote at once is lost on neither side', async () => {
  const page = await here.open(`#/worker/${worker.id}/files/${encodeURIComponent('src/totals.ts')}`);
  await expect(editor(page)).toContainText('a + b');
  await editor(page).click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('// mine');
  await writeFile(inWorktree('src', 'totals.ts'), '// theirs\n');
  const alert = page.getByRole('alert').filter({ hasText: 'Somebody else changed this file' });
  await expect(alert).toBeVisible();
  await expect(page.locator('.cm-deletedChunk')).toContainText('// theirs');
  await expect(editor(page)).toContainText('// mine');
  expect(await text('src', 'totals.ts')).toBe('// theirs\n');
  await alert.getByRole('button', { name: 'Save mine over it' }).click();
  await expect.poll(() => text('src', 'totals.ts')).toContain('// mine');
  await expect(alert).toBeHidden();
  // And the other way round, with what was typed one undo away.
  await editor(page).click();
  await page.keyboard.type('// lost?');
  await writeFile(inWorktree('src', 'totals.ts'), '// theirs again\n');
  await alert.getByRole('button', { name: 'Take theirs' }).click();
  await expect(editor(page)).toHaveText('// theirs again');
  await editor(page).click();
  await page.keyboard.press('Control+z');
  await expect(editor(page)).toContainText('// lost?');
  // Typed and not saved: the page is closed, and it is there again.
  await expect(page.getByRole('status').filter({ hasText: 'not saved' })).toBeVisible();
  await page.reload();
  await expect(editor(page)).toContainText('// lost?');
  await rm(inWorktree('src', 'totals.ts'));
  await expect(page.getByText('This file was deleted while you typed')).toBeVisible();
  await page.getByRole('button', { name: 'Save it again' }).click();
  await expect.poll(() => text('src', 'totals.ts')).toContain('// lost?');
});

test('by keyboard: made, named, renamed, deleted and had back', async () => {
  const page = await here.open(`#/worker/${worker.id}/files`);
  await expect(item(page, 'src')).toBeVisible();
  await page.getByRole('button', { name: 'New file' }).click();
  await page.keyboard.type('plan.md');
  await page.keyboard.press('Enter');
  await expect(item(page, 'plan.md')).toBeVisible();
  await expect(page.getByRole('region', { name: 'plan.md' })).toBeVisible();
  await tree(page).focus();
  await page.keyboard.press('F2');
  await page.keyboard.type('idea');
  await page.keyboard.press('Enter');
  await expect(item(page, 'idea.md')).toBeVisible();
  await expect(page.getByRole('region', { name: 'idea.md' })).toBeVisible();
  await expect.poll(() => readFile(inWorktree('idea.md'), 'utf8').catch(() => null)).toBe('');
  await tree(page).focus();
  await page.keyboard.press('Delete');
  await expect(item(page, 'idea.md')).toBeHidden();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(item(page, 'idea.md')).toBeVisible();
});

test('a file is found by its name, and by words in it', async () => {
  const page = await here.open(`#/worker/${worker.id}/files`);
  await expect(item(page, 'src')).toBeVisible();
  await page.keyboard.press('Control+p');
  await page.keyboard.type('deep not');
  await expect(page.getByRole('button', { name: /^notes\.md/ })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(editor(page)).toContainText('wrong on Sundays');
  await expect(item(page, 'notes.md')).toBeVisible();
  await page.keyboard.press('Control+Shift+H');
  await page.keyboard.type('TOTAL');
  await expect(page.getByText(/lines? in 2 files|2 lines in/)).toBeVisible();
  await page.getByRole('button', { name: /The total is wrong/ }).click();
  await expect(page.locator('.cm-activeLine')).toContainText('The total is wrong');
});

test('dark, light and on a phone it looks as it should, and axe finds no serious fault', async ({
  browserName: _,
}, info) => {
  for (const look of ['dark', 'light', 'phone'] as const) {
    const page = await here.open(`#/worker/${worker.id}/files/${encodeURIComponent('src/totals.ts')}`, {
      ...(look === 'phone' ? { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } : {}),
      colorScheme: look === 'light' ? 'light' : 'dark',
    });
    await expect(editor(page)).toContainText('a + b');
    expect(await seriousFaults(page), look).toEqual([]);
    await page.screenshot({ path: info.outputPath(`files-${look}.png`) });
    if (look === 'phone') {
      await page.getByRole('button', { name: 'To the files' }).click();
      await expect(item(page, 'src')).toBeVisible();
      await page.screenshot({ path: info.outputPath('files-phone-tree.png') });
    } else {
      await page.getByRole('button', { name: 'Show the terminal beside' }).click();
      await page.screenshot({ path: info.outputPath(`files-terminal-${look}.png`) });
    }
  }
});
