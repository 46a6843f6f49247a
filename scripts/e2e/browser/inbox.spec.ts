import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { script } from '../../../main/testing/scripted-model.ts';
import type { Message } from '../../../shared/conversation.ts';
import type { State } from '../../../shared/events.ts';
import type { Worker } from '../../../shared/workers.ts';

/** The inbox, answered from end to end by keys alone: no test here touches a mouse. */

interface Inbox {
  items: { id: string; approvalId: string | null }[];
}

import { browserRoom } from './browser-room.ts';

const here = browserRoom({ maxWorkers: 30 });

/** Workers of one test are no items of the next. */
test.afterEach(async () => {
  const { workers } = await here.room.call<State>('GET', '/api/state');
  for (const { id, state } of workers)
    if (state !== 'ended') await here.room.call('POST', `/api/workers/${id}/stop`, { force: true });
  const left = async () => (await here.room.call<Inbox>('GET', '/api/inbox')).items;
  await expect.poll(async () => (await left()).filter(({ approvalId }) => approvalId !== null)).toEqual([]);
  for (const { id } of await left()) await here.room.call('POST', `/api/inbox/${encodeURIComponent(id)}/dismiss`, {});
});

const asks = (command: string, then = 'It ran.') =>
  script([{ tools: [{ name: 'Bash', input: { command, description: 'Needed' } }] }, { text: then }]);

const spawn = (name: string, prompt: string) => here.room.spawnWorker({ projectId: here.projectId, name, prompt });

/** The item that is open and, a moment after it came up by itself, may be decided. */
async function opened(page: Page, name: string): Promise<void> {
  await expect(
    page.getByRole('region', { name: 'What is asked' }).getByText(name, { exact: true }).first(),
  ).toBeVisible();
  await expect(page.locator('[data-armed="true"]')).toBeVisible();
}

const inFolder = async (worker: Worker, file: string): Promise<boolean> => {
  const { worktreePath } = await here.room.call<Worker>('GET', `/api/workers/${worker.id}`);
  return stat(join(worktreePath ?? '', file)).then(
    () => true,
    () => false,
  );
};

/** What the model was given back for the worker's call. */
const toolResult = async (worker: Worker): Promise<string> => {
  const { items } = await here.room.call<{ items: Message[] }>('GET', `/api/workers/${worker.id}/messages`);
  return items.map((message) => (message.kind === 'tool' ? (message.output ?? '') : '')).join('\n');
};

const waits = (page: Page, name: string) => page.getByRole('region', { name: 'Inbox' }).getByRole('link', { name });

test('20 workers ask at once; each is allowed by a key, none is lost and none is asked twice', async () => {
  const page = await here.open('#/inbox');
  const names = Array.from({ length: 20 }, (_, index) => `asker ${String(index + 1).padStart(2, '0')}`);
  const workers = await Promise.all(names.map((name, index) => spawn(name, asks(`touch ran-${index}.txt`))));
  await expect(page).toHaveTitle(/^\(20\) /, { timeout: 60_000 });
  for (let left = 20; left > 0; left -= 1) {
    await expect(page).toHaveTitle(new RegExp(`^\\(${left}\\) `));
    await expect(page.locator('[data-armed="true"]')).toBeVisible();
    await page.keyboard.press('y');
  }
  await expect(page.getByRole('heading', { name: 'Nothing waits' })).toBeVisible();
  for (const [index, worker] of workers.entries())
    await expect.poll(() => inFolder(worker, `ran-${index}.txt`)).toBe(true);
  const { items } = await here.room.call<{ items: { state: string; decidedBy: string }[] }>(
    'GET',
    '/api/approvals?limit=1000',
  );
  expect(items).toHaveLength(20);
  expect(items.every(({ state }) => state === 'allowed')).toBe(true);
});

test('denies with words that the model reads, and runs what was changed', async () => {
  const page = await here.open('#/inbox');
  const denied = await spawn('denied one', asks('touch no.txt', 'I stop.'));
  await opened(page, 'denied one');
  await page.keyboard.press('m');
  await page.keyboard.type('Not from here, please.');
  await page.keyboard.press('Control+Enter');
  await expect.poll(() => toolResult(denied)).toContain('Not from here, please.');

  const edited = await spawn('edited one', asks('touch first.txt'));
  await opened(page, 'edited one');
  await page.keyboard.press('e');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('touch second.txt');
  await page.keyboard.press('Control+Enter');
  await expect.poll(() => inFolder(edited, 'second.txt')).toBe(true);
  expect(await inFolder(edited, 'first.txt')).toBe(false);
});

test('answers a question by its number', async () => {
  const page = await here.open('#/inbox');
  const question = {
    question: 'Which colour?',
    header: 'Colour',
    multiSelect: false,
    options: [
      { label: 'Blue', description: 'Like the sky' },
      { label: 'Red', description: 'Like a brick' },
    ],
  };
  const worker = await spawn(
    'colour asker',
    script([{ tools: [{ name: 'AskUserQuestion', input: { questions: [question] } }] }, { text: 'Thank you.' }]),
  );
  await opened(page, 'colour asker');
  await page.keyboard.press('2');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Nothing waits' })).toBeVisible();
  await expect.poll(() => toolResult(worker)).toMatch(/"Which colour\?"="Red"/);
});

test('answers equal requests together, and several that were selected', async () => {
  const page = await here.open('#/inbox');
  const workers = await Promise.all(
    ['equal a', 'equal b', 'equal c'].map((name) => spawn(name, asks('touch same.txt'))),
  );
  await expect(page).toHaveTitle(/^\(3\) /);
  await expect(page.getByText('2 others ask for exactly this')).toBeVisible();
  await page.keyboard.press('Shift+X');
  await expect(page.getByRole('button', { name: 'Allow 3 once' })).toBeVisible();
  await page.keyboard.press('a');
  await expect(page.getByRole('heading', { name: 'Nothing waits' })).toBeVisible();
  for (const worker of workers) await expect.poll(() => inFolder(worker, 'same.txt')).toBe(true);

  await Promise.all([spawn('chosen a', asks('touch x.txt')), spawn('chosen b', asks('touch y.txt'))]);
  await expect(page).toHaveTitle(/^\(2\) /);
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await expect(page.getByRole('button', { name: 'Deny 2' })).toBeVisible();
  await page.keyboard.press('n');
  await expect(page.getByRole('heading', { name: 'Nothing waits' })).toBeVisible();
});

test('makes a rule that answers the next time, shows it with the decision, and takes it back', async () => {
  const page = await here.open('#/inbox');
  const twice = script([
    { tools: [{ name: 'Bash', input: { command: 'touch ruled.txt', description: 'First' } }] },
    { tools: [{ name: 'Bash', input: { command: 'touch ruled.txt', description: 'Again' } }] },
    { text: 'Both ran.' },
  ]);
  const worker = await spawn('ruled one', twice);
  await opened(page, 'ruled one');
  await page.keyboard.press('Shift+Y');
  await expect(page.getByLabel('The rule that is made')).toHaveValue(/touch ruled\.txt/);
  await page.keyboard.press('a');
  await expect
    .poll(async () => (await here.room.call<Worker>('GET', `/api/workers/${worker.id}`)).state, { timeout: 30_000 })
    .toBe('idle');
  const { rules, approvals } = await here.room.call<State>('GET', '/api/state');
  expect(rules).toMatchObject([{ scope: 'session', effect: 'allow', workerId: worker.id }]);
  const made = approvals.find((approval) => approval.workerId === worker.id && approval.decidedBy !== 'rule');
  expect(made).toMatchObject({ state: 'allowed', ruleId: rules[0]?.id });
  await page.evaluate((id) => location.assign(`#/inbox/${id}`), made?.id ?? '');
  const remove = page.getByRole('button', { name: 'Remove the rule' });
  await remove.focus();
  await page.keyboard.press('Enter');
  await expect(remove).toBeHidden();
  expect((await here.room.call<State>('GET', '/api/state')).rules).toEqual([]);
});

test('snoozes and brings back; what is withdrawn goes at once and is told', async () => {
  const page = await here.open('#/inbox');
  const worker = await spawn('snoozed one', asks('touch later.txt'));
  await opened(page, 'snoozed one');
  await page.keyboard.press('s');
  await expect(page.getByRole('menu')).toBeVisible();
  await page.keyboard.press('1');
  await expect(page.getByText(/^Snoozed until /)).toBeVisible();
  await expect(page).toHaveTitle(/^Inbox/);
  await expect(waits(page, 'snoozed one')).toBeVisible();
  await page.keyboard.press('s');
  await page.keyboard.press('1');
  await expect(page).toHaveTitle(/^\(1\) /);
  await here.room.call('POST', `/api/workers/${worker.id}/interrupt`, {});
  await expect(page.getByRole('heading', { name: 'Nothing waits' })).toBeVisible();
  await expect(page.getByText(/snoozed one no longer asks/)).toBeVisible();
});

test('puts a failure aside by key, and it stays away', async () => {
  const page = await here.open('#/inbox');
  await spawn('failing one', script([{ err: { status: 404, type: 'not_found_error', msg: 'no such model' } }]));
  await expect(waits(page, 'failing one')).toBeVisible({ timeout: 60_000 });
  await expect(page.locator('[data-armed="true"]')).toBeVisible();
  await page.keyboard.press('Shift+D');
  await expect(page.getByRole('heading', { name: 'Nothing waits' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Nothing waits' })).toBeVisible();
});

test('a request outlives the program, and is answered after it came back', async () => {
  const page = await here.open('#/inbox');
  const worker = await spawn('patient one', asks('touch after.txt'));
  await opened(page, 'patient one');
  await here.room.restart();
  await expect(page.getByTestId('connection-line')).toBeHidden();
  await page.keyboard.press('y');
  await expect.poll(() => inFolder(worker, 'after.txt')).toBe(true);
});

test('notifies of what nobody looks at, once, with a way to it, and not of the worker in focus', async () => {
  interface Shown {
    title: string;
    body: string;
  }
  const shown = (page: Page) =>
    page.evaluate(() => (window as unknown as { shown: Shown[] }).shown.map(({ title, body }) => ({ title, body })));
  const page = await here.open('#/board', {}, (fresh) =>
    fresh.addInitScript(() => {
      const all: unknown[] = [];
      class Recorded extends EventTarget {
        static permission = 'granted';
        title: string;
        body: string | undefined;
        constructor(title: string, options?: { body?: string }) {
          super();
          this.title = title;
          this.body = options?.body;
          all.push(this);
        }
        close(): void {
          this.dispatchEvent(new Event('close'));
        }
      }
      Object.assign(window, { Notification: Recorded, shown: all });
    }),
  );
  await spawn('loud one', asks('touch loud.txt'));
  await expect.poll(() => shown(page)).toEqual([{ title: 'loud one asks · sample', body: 'touch loud.txt' }]);
  await page.evaluate(() => {
    (window as unknown as { shown: EventTarget[] }).shown[0]?.dispatchEvent(new Event('click'));
  });
  await opened(page, 'loud one');
  const seen = await spawn('seen one', asks('touch seen.txt'));
  await expect(page).toHaveTitle(/^\(2\) /);
  await page.evaluate((id) => location.assign(`#/worker/${id}`), seen.id);
  await expect(page.getByRole('heading', { name: 'Run this command?' })).toBeVisible();
  expect(await shown(page)).toHaveLength(1);
});

test('pictures of the inbox for people to look at', async () => {
  await Promise.all([
    spawn('first', asks('npm run build && npm test -- --watch=false')),
    spawn('second', asks('touch b')),
  ]);
  for (const look of ['dark', 'light', 'phone'] as const) {
    const page = await here.open('#/inbox', {
      colorScheme: look === 'light' ? 'light' : 'dark',
      ...(look === 'phone' ? { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } : {}),
    });
    await expect(page.getByRole('button', { name: 'Allow once' })).toBeVisible();
    const path = test.info().outputPath(`inbox-${look}.png`);
    await page.screenshot({ path });
    expect((await readFile(path)).byteLength).toBeGreaterThan(10_000);
  }
});
