import { expect, test } from '@playwright/test';
import { script } from '../../../main/testing/scripted-model.ts';
import { seriousFaults } from '../serious-faults.ts';
import { browserRoom } from './browser-room.ts';

const here = browserRoom({ maxWorkers: 20 });

const asks = (command: string, then = 'It ran.') =>
  script([
    { text: 'I need a command.', tools: [{ name: 'Bash', input: { command, description: 'Needed' } }] },
    { text: then },
  ]);

test('takes the token out of the address, remembers it, and explains a wrong one', async () => {
  const page = await here.open();
  expect(page.url()).not.toContain('token');
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Board' })).toBeVisible();

  const stranger = await (await here.browser.newContext()).newPage();
  await stranger.goto(`${here.room.origin}/#token=wrong`);
  await expect(stranger.getByText('This token is not accepted here.')).toBeVisible();
  await stranger.getByLabel('Token, pairing code, or the whole address').fill(here.room.address);
  await stranger.keyboard.press('Enter');
  await expect(stranger.getByRole('heading', { name: 'Board' })).toBeVisible();
});

test('allows by key on the board and shows the answer in the conversation', async () => {
  const page = await here.open('#/board');
  const worker = await here.room.spawnWorker({
    projectId: here.projectId,
    name: 'board ask',
    prompt: asks('touch a.txt && rm a.txt', 'All done here.'),
  });
  await expect(page.getByRole('article', { name: 'board ask, needs you' })).toBeVisible();
  await expect(page).toHaveTitle(/^\(1\) /);
  await page.getByRole('article', { name: 'board ask' }).getByText('touch a.txt && rm a.txt').first().click();
  await page.keyboard.press('a');
  await expect(page.getByRole('article', { name: 'board ask, idle' })).toBeVisible();
  await expect(page).toHaveTitle(/^Board/);
  await page.evaluate((id) => location.assign(`#/worker/${id}`), worker.id);
  await expect(page.getByRole('log').getByText('All done here.', { exact: true })).toBeVisible();
});

test('denies with a reason in the inbox, which the model is told', async () => {
  const page = await here.open('#/inbox');
  const worker = await here.room.spawnWorker({
    projectId: here.projectId,
    name: 'inbox deny',
    prompt: asks('touch c.txt && rm c.txt', 'I stop.'),
  });
  await expect(page.getByRole('heading', { name: 'Run this command?' })).toBeVisible();
  await page.keyboard.press('r');
  await page.keyboard.type('Not from here, please.');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('heading', { name: 'Nothing waits' })).toBeVisible();
  await page.evaluate((id) => location.assign(`#/worker/${id}`), worker.id);
  await expect(page.getByRole('log').getByText('I stop.', { exact: true })).toBeVisible();
  await expect(page.getByRole('log').getByText('Not from here, please.')).toBeVisible();
});

test('starts a worker from the keyboard and streams its words', async () => {
  const page = await here.open('#/board');
  await page.keyboard.press('n');
  await page.keyboard.type(`Tell me more ${script([{ text: 'one two three four five six', perTok: 150 }])}`);
  await page.keyboard.press('Control+Enter');
  await expect(page.getByTestId('partial')).toContainText('one');
  await expect(page.getByRole('log').getByText('one two three four five six', { exact: true }).last()).toBeVisible();
  await expect(page.getByText(/^Turn done/)).toBeVisible();
});

test('keeps the prompt and says beside the field what was refused', async () => {
  const page = await here.open('#/board');
  await page.keyboard.press('n');
  await page.keyboard.type('Keep this prompt');
  await page.getByRole('textbox', { name: 'Name' }).fill('x'.repeat(80));
  await page.getByRole('button', { name: /^More/ }).click();
  await page.getByLabel('Priority').fill('1000');
  await page.getByLabel('Priority').evaluate((field: HTMLInputElement) => field.removeAttribute('max'));
  await page.getByRole('button', { name: 'Start worker' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page.getByLabel('What should it do?')).toHaveValue('Keep this prompt');
  await page.keyboard.press('Escape');
  await page.keyboard.press('n');
  await expect(page.getByLabel('What should it do?')).toHaveValue('Keep this prompt');
});

test('says that the connection is lost, clears nothing, and goes on by itself', async () => {
  const page = await here.open('#/board');
  const before = await page.getByRole('article').count();
  await here.room.restart(async () => {
    await expect(page.getByTestId('connection-line')).toBeVisible();
    await expect(page.getByText(/^as of /)).toBeVisible();
    expect(await page.getByRole('article').count()).toBe(before);
  });
  await expect(page.getByTestId('connection-line')).toBeHidden();
  await here.room.spawnWorker({
    projectId: here.projectId,
    name: 'after the break',
    prompt: script([{ text: 'Here.' }]),
  });
  await expect(page.getByRole('article', { name: /after the break/ })).toBeVisible();
});

test('can be put on a start screen: its manifest, icons and what it begins with are there', async () => {
  const page = await here.open('#/inbox');
  const session = await page.context().newCDPSession(page);
  const { url, data, errors } = await session.send('Page.getAppManifest');
  expect([new URL(url).pathname, errors]).toEqual(['/manifest.webmanifest', []]);
  const { icons, start_url, display } = JSON.parse(data ?? '{}');
  expect([start_url, display]).toEqual(['/', 'standalone']);
  for (const { src, sizes } of icons) {
    const size = await page.evaluate(async (path) => {
      const image = new Image();
      image.src = `/${path}`;
      await image.decode();
      return `${image.naturalWidth}x${image.naturalHeight}`;
    }, src);
    expect(size).toBe(sizes);
  }
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // The browser of a test has no profile to install into.
  expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([]);
});

test('is usable on a phone: inbox first, a thumb allows', async () => {
  await here.room.spawnWorker({
    projectId: here.projectId,
    name: 'phone ask',
    prompt: asks('touch b.txt && rm b.txt'),
  });
  const context = await here.browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true });
  const page = await context.newPage();
  await page.goto(here.room.address);
  await expect(page).toHaveURL(/#\/inbox/);
  const allow = page.getByRole('button', { name: 'Allow once' });
  await expect(allow).toBeVisible();
  expect((await allow.boundingBox())?.height).toBeGreaterThanOrEqual(48);
  await allow.tap();
  await expect(page.getByRole('heading', { name: 'Nothing waits' })).toBeVisible();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
});

for (const theme of ['dark', 'light'] as const) {
  test(`has no serious fault that axe finds, ${theme}`, async () => {
    const worker = await here.room.spawnWorker({
      projectId: here.projectId,
      name: `axe ${theme}`,
      prompt: asks('touch d.txt && rm d.txt'),
    });
    const page = await here.open('#/board', { colorScheme: theme, reducedMotion: 'reduce' });
    await expect(page.getByRole('article', { name: `axe ${theme}, needs you` })).toBeVisible();
    const places = [
      '#/board',
      '#/inbox',
      `#/worker/${worker.id}/conversation`,
      `#/worker/${worker.id}/changes`,
      `#/worker/${worker.id}/facts`,
      '#/settings/workers',
      '#/settings/permissions',
      '#/settings/tester',
      '#/settings/roles',
      '#/settings/roles/reviewer',
      '#/settings/limits',
      '#/settings/projects',
      '#/settings/notifications',
      '#/settings/audit',
      '#/settings/keys',
      '#/health',
      '#/health/alerts',
      '#/doctor',
      '#/logs',
      '#/settings/configuration',
    ];
    for (const place of places) {
      await page.evaluate((to) => location.assign(to), place);
      await page.locator('main').first().waitFor();
      expect(await seriousFaults(page), place).toEqual([]);
    }
    await here.room.call('POST', `/api/workers/${worker.id}/stop`, {});
  });
}
