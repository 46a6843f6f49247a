import { readFile } from 'node:fs/promises';
import { expect, type Page, test } from '@playwright/test';
import type { ModelStep } from '../../../main/testing/scripted-model.ts';
import type { State } from '../../../shared/events.ts';
import type { Session } from '../../../shared/sessions.ts';
import type { Worker } from '../../../shared/workers.ts';
import { seriousFaults } from '../serious-faults.ts';
import { browserRoom } from './browser-room.ts';

/** Sessions of the real CLI: listed, searched, read, changed, gone on with; and what they used. */

/** What the model does for a prompt, so that the answer is not in the prompt too. */
const plans = new Map<string, ModelStep[]>();

const here = browserRoom({
  maxWorkers: 30,
  plan: (prompt) => [...plans].find(([asked]) => prompt.includes(asked))?.[1],
});

const listed = async (): Promise<Session[]> =>
  (await here.room.call<{ items: Session[] }>('GET', '/api/sessions')).items;

/** A worker that has read a file, has answered and is idle, and its session once the index has all of it. */
async function said(name: string, answer: string): Promise<{ worker: Worker; session: Session }> {
  const prompt = `Look after the quokka counter of ${name}.`;
  plans.set(prompt, [
    { thinking: 'The file comes first.', tools: [{ name: 'Read', input: { file_path: 'README.md' } }] },
    { text: answer },
  ]);
  const { id } = await here.room.spawnWorker({ projectId: here.projectId, name, prompt });
  let found: { worker: Worker; session: Session } | undefined;
  await expect
    .poll(
      async () => {
        const { workers } = await here.room.call<State>('GET', '/api/state');
        const worker = workers.find((candidate) => candidate.id === id);
        const session = (await listed()).find((candidate) => candidate.workerId === id);
        if (worker?.state !== 'idle') return `${worker?.state}: ${worker?.evidence}`;
        if (!session || session.turns === 0) return session ? 'in the index without a turn' : 'not in the index';
        found = { worker, session };
        return 'found';
      },
      { timeout: 60_000 },
    )
    .toBe('found');
  if (!found) throw new Error(`${name} has no session`);
  return found;
}

test('a session is found by what was said, opened at the place and marked there', async () => {
  await said('counting', 'The **wombat limiter** counts each marsupial once.');
  const page = await here.open('#/board');
  await page.keyboard.press('ControlOrMeta+Shift+f');
  const box = page.getByLabel('Search all sessions');
  await expect(box).toBeFocused();
  await box.fill('"wombat limiter" mars*');
  await expect(page.getByText(/1 place in 1 session, (< )?\d+ ms/)).toBeVisible();
  await expect(page.locator('mark').filter({ hasText: 'wombat' }).first()).toBeVisible();
  await expect(page).toHaveURL(/#\/sessions\?q=%22wombat\+limiter%22\+mars\*$/);
  await box.press('Enter');
  await expect(page).toHaveURL(/#\/sessions\/[0-9a-f-]+\?at=\d+&find=/);
  await expect(page.getByRole('log').getByText('counts each marsupial once')).toBeVisible();
  await expect(page.getByRole('search').getByText('1 of 1')).toBeVisible();
  // The same place by its link alone.
  const again = await here.open(new URL(page.url()).hash);
  await expect(again.getByRole('log').getByText('counts each marsupial once')).toBeVisible();
  // Inside of words.
  await again.goto(`${new URL(page.url()).origin}/#/sessions?q=ombat+lim&mode=substring`);
  await expect(again.getByText(/1 place in 1 session/)).toBeVisible();
});

test('a session shows prompt, call with its output, thought and answer, and what the turn cost', async () => {
  const { session } = await said('reading', 'Numbats sleep at night.');
  const page = await here.open(`#/sessions/${session.id}`);
  const log = page.getByRole('log');
  await expect(log.getByText('Look after the quokka counter of reading.')).toBeVisible();
  await expect(log.getByText('Numbats sleep at night.')).toBeVisible();
  await expect(log.getByText('The file comes first.')).toBeVisible();
  const call = log.getByRole('button', { name: /Read/ });
  await expect(call).toHaveAttribute('aria-expanded', /true|false/);
  await expect(log.getByText(/ in, .* out · /)).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Prompts' }).getByRole('link')).toHaveCount(1);
  await page.keyboard.press('ControlOrMeta+f');
  const find = page.getByRole('textbox', { name: 'Find in this session' });
  await find.fill('umbat');
  await expect(page.getByRole('search').getByText('1 places').or(page.getByText('1 of 1'))).toBeVisible();
  await find.press('Enter');
  await expect(page.getByText('1 of 1')).toBeVisible();
});

test('a session is renamed, tagged, pinned, archived and had back', async () => {
  const { session } = await said('changing', 'Bilbies dig.');
  const page = await here.open(`#/sessions/${session.id}`);
  const more = page.getByRole('main').getByRole('button', { name: 'More' });
  await more.click();
  await page.getByRole('menuitem', { name: 'Rename…' }).click();
  await page.getByLabel('Title').fill('Bilby burrows');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Bilby burrows' })).toBeVisible();
  await more.click();
  await page.getByRole('menuitem', { name: 'Tags…' }).click();
  await page.getByLabel('Tags, parted by commas').fill('digging, to read again');
  await page.keyboard.press('Enter');
  const row = async () => (await listed()).find(({ id }) => id === session.id);
  await expect.poll(async () => (await row())?.tags).toEqual(['digging', 'to read again']);
  await page.getByRole('log').focus();
  await page.keyboard.press('p');
  await expect.poll(async () => (await row())?.pinned).toBe(true);
  expect((await row())?.title).toBe('Bilby burrows');
  await page.keyboard.press('Shift+E');
  await expect.poll(row).toBeUndefined();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(async () => (await row())?.archived).toBe(false);
  await page.goto(`${here.room.origin}/#/sessions`);
  await expect(page.getByRole('region', { name: 'List of sessions' }).getByText('Pinned')).toBeVisible();
});

test('a session is saved as a file in three forms', async () => {
  const { session } = await said('saving', 'Potoroos hop.');
  const page = await here.open(`#/sessions/${session.id}`);
  for (const form of ['Markdown', 'HTML', 'JSON']) {
    const download = page.waitForEvent('download');
    await page.getByRole('main').getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: `Save as ${form}` }).click();
    const path = await (await download).path();
    expect(await readFile(path, 'utf8'), form).toContain('Potoroos hop.');
  }
});

test('the menu has a session compressed, and what it says stands beside it', async () => {
  const { session } = await said('bilby', 'The counter starts at one, because the first quokka was missed.');
  const page = await here.open('#/sessions?q=bilby');
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Compress' }).click();
  await expect(page).toHaveURL(new RegExp(`#/sessions/${session.id}$`));
  const words = page.getByRole('article', { name: 'The session in few words' });
  await expect(words).toContainText('quokka', { timeout: 60_000 });
  await page.context().close();
});

test('a fork goes on as another worker and leaves the session as it was', async () => {
  const { worker, session } = await said('forking', 'Gliders glide.');
  const page = await here.open(`#/sessions/${session.id}`);
  await page.getByRole('main').getByRole('button', { name: 'Fork', exact: true }).click();
  await expect(page).toHaveURL(/#\/worker\//);
  const forked = new URL(page.url()).hash.split('/')[2];
  expect(forked).not.toBe(worker.id);
  const { workers } = await here.room.call<State>('GET', '/api/state');
  const made = workers.find(({ id }) => id === forked);
  expect(made?.worktreeId).not.toBe(worker.worktreeId);
  expect(workers.find(({ id }) => id === worker.id)?.sessionId).toBe(session.id);
});

test('chosen messages are the beginning of a new worker’s prompt', async () => {
  const { session } = await said('choosing', 'Quolls are spotted.');
  const page = await here.open(`#/sessions/${session.id}`);
  await expect(page.getByRole('log').getByText('Quolls are spotted.')).toBeVisible();
  await page.keyboard.press('c');
  await page.getByRole('button', { name: 'All prompts and answers' }).click();
  await expect(page.getByText(/about [\d.]+.* tokens/)).toBeVisible();
  await page.getByRole('button', { name: /Start a worker with/ }).click();
  await expect(page.getByLabel('What should it do?')).toHaveValue(/Quolls are spotted\./);
});

test('a search that one browser keeps is there in the other at once, and so is what one kept by itself before', async () => {
  const { session } = await said('numbat', 'Termites it is.');
  const one = await here.open('#/sessions?q=numbat');
  await expect(one.getByRole('link', { name: /title of the session/ })).toHaveAttribute(
    'href',
    `#/sessions/${session.id}?find=numbat`,
  );
  const other = await here.open('#/sessions', {}, (page) =>
    page.addInitScript(() =>
      localStorage.setItem(
        'control-room.preferences',
        JSON.stringify({ savedSearches: [{ name: 'From before', query: 'q=before' }] }),
      ),
    ),
  );
  const kept = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
  await expect(kept(one, 'From before')).toBeVisible();
  await one.getByRole('button', { name: 'Keep this search' }).click();
  await one.getByRole('textbox', { name: 'Name of the search' }).fill('Numbats');
  await one.keyboard.press('Enter');
  await expect(kept(other, 'Numbats')).toBeVisible();
  await one.getByRole('button', { name: 'Rename the search Numbats' }).click();
  await one.getByRole('textbox', { name: 'New name of the search Numbats' }).fill('Marsupials');
  await one.keyboard.press('Enter');
  await kept(other, 'Marsupials').click();
  await expect(other).toHaveURL(/#\/sessions\?q=numbat$/);
  await one.getByRole('button', { name: 'Forget the search Marsupials' }).click();
  await expect(kept(other, 'Marsupials')).toHaveCount(0);
  const own = () =>
    other.evaluate(() => JSON.parse(localStorage.getItem('control-room.preferences') ?? '{}').savedSearches);
  await expect.poll(own).toEqual([]);
  await one.context().close();
  await other.context().close();
});

test('usage says what the sessions used, and saves it', async () => {
  await said('using', 'Dunnarts eat.');
  const page = await here.open('#/usage');
  await expect(page.getByRole('img', { name: /Cost by day, last 30 days/ })).toBeVisible();
  await page.getByRole('radio', { name: 'Model' }).click();
  await expect(page.getByRole('columnheader', { name: 'Model' })).toBeVisible();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as CSV' }).click();
  const csv = await readFile(await (await download).path(), 'utf8');
  const { items } = await here.room.call<{ items: { label: string }[] }>('GET', '/api/usage?by=model');
  for (const { label } of items) expect(csv).toContain(label);
});

test('axe finds no serious fault in any of these views', async () => {
  const { session } = await said('axe', 'Echidnas curl up.');
  for (const look of ['dark', 'light', 'phone'] as const) {
    const page = await here.open('#/sessions', {
      colorScheme: look === 'light' ? 'light' : 'dark',
      ...(look === 'phone' ? { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } : {}),
    });
    for (const [hash, shows] of [
      ['#/sessions', 'worker/axe'],
      ['#/sessions?q=quokka', 'message 1'],
      [`#/sessions/${session.id}?at=1`, 'Echidnas curl up.'],
      ['#/usage', 'Today’s limit'],
    ] as const) {
      await page.evaluate((to) => location.assign(to), hash);
      await expect(page.getByRole('main').getByText(shows).first()).toBeVisible();
      // What is being asked anew is paler meanwhile.
      await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
      expect(await seriousFaults(page), `${look} ${hash}`).toEqual([]);
    }
    await page.context().close();
  }
});
