import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { git } from '../../../main/testing/git-fixture.ts';
import { addGitHubRemote, findProgram, pathWithout } from '../../../main/testing/github-remote.ts';
import { startGitHubStandIn } from '../../../main/testing/github-server.ts';
import { script } from '../../../main/testing/scripted-model.ts';
import type { Worker } from '../../../shared/workers.ts';
import { pictureFile } from '../../screenshots/picture-file.ts';
import { seriousFaults } from '../serious-faults.ts';
import { browserRoom } from './browser-room.ts';

/** Work on its way out, in the page: with the real `gh` against a stand-in of its API, and with what git and hands do to worktrees. */

const environment: NodeJS.ProcessEnv = {};
let folder: string;
let standIn: Awaited<ReturnType<typeof startGitHubStandIn>>;
let gh: string;
let bare: string;
let first: Worker;
let second: Worker;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-room-gh-'));
  standIn = await startGitHubStandIn(folder);
  gh = join(folder, 'bin', 'gh');
  await mkdir(dirname(gh));
  const { HOME: _, ...own } = standIn.environment;
  Object.assign(environment, own, { PATH: [dirname(gh), await pathWithout('gh', folder)].join(delimiter) });
});

const rest = { 'README.md': '# Shop\n', '.github/pull_request_template.md': '## What and why\n' };
const here = browserRoom({
  environment,
  maxWorkers: 4,
  repository: { name: 'shop', files: { ...rest, 'price.js': 'export const price = 1;\n', '.gitignore': 'dist/\n' } },
});

test.beforeAll(async () => {
  bare = (await addGitHubRemote(folder, here.room.repository)).bare;
  first = await worker('prices');
  second = await worker('offers');
});
test.afterAll(async () => {
  await standIn?.close();
  await rm(folder, { recursive: true, force: true });
});

async function worker(name: string): Promise<Worker> {
  const { id } = await here.room.spawnWorker({ projectId: here.projectId, name, prompt: script([{ text: 'Ready.' }]) });
  const present = () => here.room.call<Worker>('GET', `/api/workers/${id}`);
  await expect.poll(async () => (await present()).state).toBe('idle');
  return present();
}

const place = (of: Worker): string => of.worktreePath ?? '';
const panel = (page: Page) => page.getByRole('complementary', { name: 'Deliver' });
const part = (page: Page, name: string | RegExp) => panel(page).getByRole('region', { name });
const show = (page: Page, hash: string) => page.evaluate((to) => location.assign(to), hash);

async function deliver(of: Worker): Promise<Page> {
  const page = await here.open(`#/review/${of.worktreeId}`);
  await page.getByRole('button', { name: /^Deliver/ }).click();
  return page;
}

test('from commit to pull request with the real gh: template, checks, threads; failures and its absence in words', async () => {
  const found = await findProgram('gh');
  test.info().skip(!found, 'the GitHub CLI is not installed: apt-get install gh');
  await symlink(found ?? '', gh);
  await writeFile(join(place(first), 'price.js'), 'export const price = 2;\n');
  const page = await deliver(first);
  await part(page, 'Commit').getByRole('button', { name: 'Suggest' }).click();
  await expect(page.getByRole('textbox', { name: 'Commit message' })).not.toBeEmpty();
  await page.getByRole('textbox', { name: 'Commit message' }).fill('Raise the price');
  await page.keyboard.press('Control+Enter');
  await expect(part(page, 'Commit')).toContainText('everything is committed');
  expect(await git(place(first), 'log', '-1', '--format=%s')).toBe('Raise the price\n');

  // The other side cannot be reached, and then it can.
  await rename(bare, `${bare}.away`);
  await part(page, 'Push').getByRole('button', { name: 'Push to origin' }).click();
  await expect(part(page, 'Push').getByRole('alert')).toContainText('git push to git@github.com:octo/shop.git failed');
  await rename(`${bare}.away`, bare);
  await part(page, 'Push').getByRole('button', { name: 'Push to origin' }).click();
  await expect(part(page, 'Push')).toContainText('has all of its commits');
  expect(await git(bare, 'log', '-1', '--format=%s', first.branch ?? '')).toBe('Raise the price\n');

  await part(page, 'Pull request').getByRole('button', { name: 'Open a pull request' }).click();
  await expect(page.getByRole('textbox', { name: 'Description' })).toHaveValue('## What and why\n');
  await page.getByRole('textbox', { name: 'Title' }).fill('Raise the price');
  standIn.refuse();
  await part(page, 'Pull request').getByRole('button', { name: 'Open it' }).click();
  await expect(part(page, 'Pull request').getByRole('alert')).toContainText('gh auth login');
  standIn.refuse(false);
  await part(page, 'Pull request').getByRole('button', { name: 'Open it' }).click();
  const opened = part(page, 'Pull request 1');
  await expect(opened.getByRole('list', { name: 'Checks' }).getByRole('listitem')).toHaveCount(3);
  await expect(opened).toContainText('changes requested');
  await expect(opened.getByRole('article', { name: 'Thread on a.txt' })).toContainText('Why?');
  expect(standIn.pulls).toEqual([
    { number: 1, title: 'Raise the price', body: '## What and why\n', base: 'main', head: first.branch, draft: false },
  ]);
  standIn.refuse();
  await opened.getByRole('button', { name: 'Look again' }).click();
  await expect(opened.getByRole('alert')).toContainText('gh auth login');
  await expect(opened).toContainText('changes requested');
  standIn.refuse(false);
  expect(await seriousFaults(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'light' });
  expect(await seriousFaults(page)).toEqual([]);
  await rm(gh);
});

test('without gh all that is local works, and what is missing stands there with its fix', async () => {
  await writeFile(join(place(second), 'offer.js'), 'export const offer = 1;\n');
  const page = await deliver(second);
  await page.getByRole('textbox', { name: 'Commit message' }).fill('An offer');
  await part(page, 'Commit').getByRole('button', { name: 'Commit 1 file' }).click();
  await expect(part(page, 'Pull request')).toContainText('is not installed');
  await part(page, 'Push').getByRole('button', { name: 'Push to origin' }).click();
  await expect(part(page, 'Push')).toContainText('has all of its commits');
  await part(page, 'Merge into main').getByRole('button', { name: 'Merge into main' }).click();
  await expect(part(page, 'Merged into main')).toContainText('The base has all of its commits');
  await expect(page.getByText('All of it is in main')).toBeVisible();
});

test('a conflict is shown before, brought in, given to the worker, aborted, resolved, merged, archived', async () => {
  const main = here.room.repository;
  await writeFile(join(main, 'price.js'), 'export const price = 3;\n');
  await git(main, 'commit', '-qam', 'Another price');
  // Its own commit is there already where gh is installed.
  await writeFile(join(place(first), 'price.js'), 'export const price = 2;\n');
  await git(place(first), 'commit', '-q', '--allow-empty', '-am', 'Two');
  const before = await git(place(first), 'rev-parse', 'HEAD');
  const page = await deliver(first);
  await expect(page.getByText('Conflicts with main.')).toBeVisible();
  await expect(part(page, 'Merge into main').getByRole('list', { name: 'Conflicts' })).toContainText('price.js');
  expect(await git(main, 'log', '-1', '--format=%s')).toBe('Another price\n');
  await part(page, 'Merge into main').getByRole('button', { name: 'Bring main in' }).click();
  const halfWay = part(page, 'A merge stands half way');
  await expect(halfWay.getByRole('list', { name: 'Conflicts' })).toContainText('price.js');
  await expect(halfWay.getByRole('button', { name: 'Go on' })).toBeDisabled();
  expect(await seriousFaults(page)).toEqual([]);
  await halfWay.getByRole('textbox', { name: 'A note for the worker' }).fill('Three is right.');
  await halfWay.getByRole('button', { name: 'Ask the worker to resolve' }).click();
  const said = () => here.room.call('GET', `/api/workers/${first.id}/messages`).then(JSON.stringify);
  await expect.poll(said).toContain('Three is right.');
  await expect.poll(said).toContain('price.js');
  const state = async () => (await here.room.call<Worker>('GET', `/api/workers/${first.id}`)).state;
  await expect.poll(state).toBe('idle');
  await halfWay.getByRole('button', { name: 'Abort' }).click();
  await expect(halfWay).toBeHidden();
  expect(await git(place(first), 'rev-parse', 'HEAD')).toBe(before);
  expect(await git(place(first), 'status', '--porcelain')).toBe('');
  // Once more, and to its end.
  await part(page, 'Merge into main').getByRole('button', { name: 'Bring main in' }).click();
  await expect(halfWay).toBeVisible();
  await writeFile(join(place(first), 'price.js'), 'export const price = 3;\nexport const net = 2;\n');
  await git(place(first), 'add', 'price.js');
  await halfWay.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByText('Merges cleanly into main.')).toBeVisible();
  await part(page, 'Merge into main').getByRole('button', { name: 'Merge into main' }).click();
  await expect(part(page, 'Merged into main')).toBeVisible();
  expect(await readFile(join(main, 'price.js'), 'utf8')).toContain('net = 2');
  await here.room.call('POST', `/api/workers/${first.id}/stop`);
  await expect.poll(state).toBe('ended');
  await part(page, 'Merged into main').getByRole('button', { name: 'Archive the worktree' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'was archived' })).toBeVisible();
  await expect(page.getByRole('list', { name: 'Removed worktrees' })).toContainText(first.branch ?? '');
});

test('one made outside is adopted, one moved by hand is found again, one deleted is brought back; pictures are compared', async () => {
  const main = here.room.repository;
  const outside = join(dirname(main), 'outside');
  await git(main, 'worktree', 'add', '-q', '-b', 'hotfix', outside, 'main');
  const page = await here.open('#/disk');
  await page.getByRole('list', { name: 'Worktrees made elsewhere' }).getByRole('button', { name: 'Adopt' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'hotfix' })).toBeVisible();
  const { items } = await here.room.call<{ items: { id: string; path: string; branch: string }[] }>(
    'GET',
    '/api/worktrees',
  );
  const adopted = items.find(({ branch }) => branch === 'hotfix');
  expect(adopted?.path).toBe(outside);

  const look = { ground: [245, 246, 247], disc: [111, 66, 193], ring: 0.2 };
  await writeFile(join(outside, 'logo.png'), pictureFile(32, look));
  await git(outside, 'add', 'logo.png');
  await git(outside, 'commit', '-qm', 'A logo');
  await writeFile(join(outside, 'logo.png'), pictureFile(48, { ...look, disc: [24, 128, 104] }));
  await show(page, `#/review/${adopted?.id}?scope=uncommitted&file=logo.png`);
  const pictures = page.getByRole('region', { name: 'Pictures' });
  await expect(pictures).toContainText('Before 32 × 32');
  await expect(pictures).toContainText('After 48 × 48');
  await pictures.getByRole('radio', { name: 'Swipe' }).click();
  await pictures.getByRole('slider').press('ArrowRight');
  await expect(pictures.getByRole('slider')).toHaveValue('51');
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('c');
  await page.keyboard.type('Why green?');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('article', { name: 'Comment on the file' })).toContainText('Why green?');
  expect(await seriousFaults(page)).toEqual([]);

  const moved = `${place(second)}-by-hand`;
  await here.room.call('POST', `/api/workers/${second.id}/stop`);
  await rename(place(second), moved);
  await rm(outside, { recursive: true });
  await show(page, '#/disk');
  await page.getByRole('button', { name: 'Look', exact: true }).click();
  const findings = page.getByRole('list', { name: /finding/ });
  await expect(findings).toContainText(`was moved to ${moved}`);
  await expect(findings).toContainText(outside);
  expect(await seriousFaults(page)).toEqual([]);
  await page.getByRole('button', { name: /^Repair \d/ }).click();
  await expect(findings.getByText('repaired').first()).toBeVisible();
  await expect
    .poll(
      async () =>
        (await here.room
          .call<{ path: string }>('GET', `/api/worktrees/${second.worktreeId}/status`)
          .catch(() => null)) !== null,
    )
    .toBe(true);
  await page.getByRole('button', { name: 'Look', exact: true }).click();
  await expect(findings.getByText('can be repaired')).toHaveCount(0);
});
