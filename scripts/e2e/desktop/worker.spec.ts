import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, expect, test } from '@playwright/test';
import { script } from '../../../main/testing/scripted-model.ts';
import { chromiumFlags, findChromium } from '../../find-chromium.ts';
import { createDesktopRoom, type DesktopRoom, isWindowVisible, quit } from './desktop-room.ts';

let room: DesktopRoom;

test.beforeEach(async () => {
  room = await createDesktopRoom();
});

// biome-ignore lint/correctness/noEmptyPattern: Playwright wants a pattern for what the test does not use
test.afterEach(async ({}, info) => {
  await room.keepFailure(info);
  await room.close();
});

test('spawn from the window, approve, close to tray, open again, quit, start again: everything is there', async () => {
  let run = await room.start('--port', '0');
  let { page } = run;

  await test.step('add the project and spawn', async () => {
    await page.getByRole('button', { name: 'Add a project' }).first().click();
    await page.getByLabel('Path of the repository').fill(room.repository);
    await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: false }).last().click();
    const prompt = page.getByLabel('What should it do?');
    await prompt.fill(
      `Write the note. ${script([
        {
          text: 'I write it now.',
          tools: [
            { name: 'Bash', input: { command: 'echo from-the-window > note.txt', description: 'Write the note' } },
          ],
        },
        { text: 'The note is written.' },
      ])}`,
    );
    await page.getByLabel('Name').fill('Note writer');
    await page.getByRole('button', { name: 'Start worker' }).click();
  });

  await test.step('it asks, and is allowed in the window', async () => {
    await page
      .getByRole('button', { name: /Allow once/ })
      .first()
      .waitFor();
    await page.screenshot({ path: test.info().outputPath('asks.png') });
    await page
      .getByRole('button', { name: /Allow once/ })
      .first()
      .click();
    await expect(page.getByText('The note is written.', { exact: true }).first()).toBeVisible();
  });

  await test.step('a browser shows the same', async () => {
    const executablePath = await findChromium();
    if (!executablePath) {
      test.info().annotations.push({ type: 'left out', description: 'no Chromium for the browser beside it' });
      return;
    }
    const browser = await chromium.launch({ executablePath, args: chromiumFlags });
    try {
      const other = await browser.newPage();
      await other.goto(await run.address());
      await expect(other.getByText('Note writer').first()).toBeVisible();
      await expect(other.getByText('The note is written.', { exact: true }).first()).toBeVisible();
    } finally {
      await browser.close();
    }
  });

  await test.step('closing the window ends nothing; a second start brings it back', async () => {
    await run.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await expect.poll(() => isWindowVisible(run)).toBe(false);
    const again = await room.startAgain();
    expect(again).toMatchObject({ code: 0 });
    expect(again.output).toContain(`already runs on ${room.dataDir}`);
    await expect.poll(() => isWindowVisible(run)).toBe(true);
    await expect(page.getByText('The note is written.', { exact: true }).first()).toBeVisible();
  });

  await test.step('quit leaves the worker running, and the next start shows all of it', async () => {
    const { pid } = await workerRow(await run.address());
    expect(pid).toEqual(expect.any(Number));
    expect(await quit(run)).toBe(0);
    process.kill(pid as number, 0);
    run = await room.start('--port', '0');
    ({ page } = run);
    await expect(page.getByText('Note writer').first()).toBeVisible();
    const row = await workerRow(await run.address());
    expect(row).toMatchObject({ pid, state: 'idle', name: 'Note writer' });
    await page.evaluate((id) => {
      location.hash = `#/worker/${id}`;
    }, row.id);
    await expect(page.getByRole('log').getByText('The note is written.', { exact: true })).toBeVisible();
    expect(await readFile(join(row.worktreePath as string, 'note.txt'), 'utf8')).toBe('from-the-window\n');
    await page.screenshot({ path: test.info().outputPath('after-restart.png') });
  });

  await test.step('quit and stop: the worker is ended too', async () => {
    const { pid } = await workerRow(await run.address());
    await run.app.evaluate(({ dialog, Menu }) => {
      dialog.showMessageBox = async () => ({ response: 0, checkboxChecked: false });
      Menu.getApplicationMenu()?.getMenuItemById('quit-and-stop')?.click();
    });
    expect(await run.ended).toBe(0);
    expect(() => process.kill(pid as number, 0)).toThrow();
    expect(existsSync(join(room.dataDir, 'holder.json'))).toBe(false);
  });
});

test('an interactive worker and its terminal outlive the app', async () => {
  let run = await room.start('--port', '0');
  const { api } = await apiOf(await run.address());
  const project = (await api('POST', '/api/projects', { path: room.repository })) as { id: string };
  const worker = (await api('POST', '/api/workers', {
    projectId: project.id,
    kind: 'interactive',
    name: 'Terminal worker',
    prompt: `Say it. ${script([{ text: 'HELLO-FROM-THE-TERMINAL' }])}`,
  })) as { id: string };
  const open = async () => {
    await run.page.evaluate((id) => {
      location.hash = `#/worker/${id}/terminal`;
    }, worker.id);
    await expect(run.page.locator('.xterm')).toContainText('HELLO-FROM-THE-TERMINAL');
  };
  await open();
  await run.page.screenshot({ path: test.info().outputPath('terminal.png') });
  const { pid } = await workerRow(await run.address());
  expect(await quit(run)).toBe(0);
  process.kill(pid as number, 0);
  run = await room.start('--port', '0');
  await open();
  expect((await workerRow(await run.address())).pid).toBe(pid);
  await run.page.screenshot({ path: test.info().outputPath('terminal-after-restart.png') });
});

interface Row {
  id: string;
  name: string;
  pid: number | null;
  state: string;
  worktreePath: string | null;
}

async function apiOf(address: string) {
  const url = new URL(address);
  const token = decodeURIComponent(url.hash.replace('#token=', ''));
  return {
    async api(method: string, path: string, body?: unknown): Promise<unknown> {
      const answer = await fetch(`${url.origin}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    },
  };
}

async function workerRow(address: string): Promise<Row> {
  const { api } = await apiOf(address);
  const { items } = (await api('GET', '/api/workers')) as { items: Row[] };
  if (!items[0]) throw new Error('There is no worker.');
  return items[0];
}
