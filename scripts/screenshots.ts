import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from '@playwright/test';
import { pinnedClaude } from '../main/testing/temporary-home.ts';
import type { Worker } from '../shared/workers.ts';
import { build, isBuilt } from './build.ts';
import { type DemoHistory, fillHistory } from './demo/demo-history.ts';
import { demoSettled, startDemoRoom } from './demo/demo-room.ts';
import { chromiumFlags, findChromium } from './find-chromium.ts';
import { repositoryFolder } from './repository-folder.ts';
import type { Room } from './room.ts';

/**
 * Pictures of every view of the demonstration: dark, light and on a phone, in docs/screenshots.
 * `npm run screenshots [NAME...]` draws only these views.
 */

const folder = join(repositoryFolder, 'docs', 'screenshots');

interface View {
  name: string;
  route: string;
  /** Done before the picture is taken. */
  prepare?: (page: Page) => Promise<void>;
  /** In a browser of somebody who has nothing but the link. */
  stranger?: boolean;
}

function viewsOf(workers: Worker[], history: DemoHistory): View[] {
  const id = (name: string) => workers.find((worker) => worker.name === name)?.id ?? name;
  return [
    // First, because the API's patience with it ends while the pictures are taken.
    { name: 'retry', route: `#/worker/${id('Delivery log')}/conversation` },
    { name: 'board', route: '#/board' },
    { name: 'inbox', route: '#/inbox' },
    { name: 'conversation', route: `#/worker/${id('Safe signatures')}/conversation` },
    { name: 'approval', route: `#/worker/${id('Retry tests')}/conversation` },
    { name: 'changes', route: `#/worker/${id('Safe signatures')}/changes` },
    {
      name: 'files',
      route: `#/worker/${id('Safe signatures')}/files/${encodeURIComponent('src/sign.js')}`,
      prepare: (page) => page.locator('.cm-line').getByText('createHmac').first().waitFor(),
    },
    { name: 'facts', route: `#/worker/${id('Safe signatures')}/facts` },
    { name: 'terminal', route: `#/worker/${id('Pair session')}/terminal` },
    { name: 'failed', route: `#/worker/${id('Bigger model')}/conversation` },
    { name: 'limit', route: `#/worker/${id('Receiver guide')}/conversation` },
    { name: 'health', route: `#/worker/${id('Slow receivers')}/facts` },
    { name: 'settings', route: '#/settings' },
    { name: 'permissions', route: '#/settings/permissions' },
    {
      name: 'tester',
      route: `#/settings/tester/${encodeURIComponent(`${new URLSearchParams({ tool: 'Bash', command: 'npm test && git push' })}`)}`,
      prepare: (page) => page.getByRole('region', { name: 'Decision' }).getByText('Decided by').waitFor(),
    },
    { name: 'roles', route: '#/settings/roles' },
    { name: 'role', route: '#/settings/roles/reviewer' },
    { name: 'limits', route: '#/settings/limits' },
    { name: 'audit', route: '#/settings/audit' },
    {
      name: 'new-worker',
      route: '#/board',
      prepare: async (page) => {
        await page.getByRole('button', { name: /^New/ }).first().click();
        await page.getByLabel('What should it do?').fill('Give every request to a receiver a time limit, with a test.');
        await page.getByLabel('Role').selectOption('backend');
      },
    },
    { name: 'sessions', route: '#/sessions' },
    {
      name: 'search',
      route: '#/sessions?q=secrets',
      prepare: (page) => page.getByText('Near in meaning').waitFor(),
    },
    {
      name: 'search-anywhere',
      route: '#/sessions?q=signat&mode=substring&role=assistant',
      prepare: (page) => page.getByText(/places? in/).waitFor(),
    },
    { name: 'session', route: `#/sessions/${history.session.id}` },
    {
      name: 'compression',
      route: `#/sessions/${history.session.id}`,
      prepare: async (page) => {
        const words = page.getByRole('article', { name: 'The session in few words' });
        if (!(await words.isVisible())) await page.getByRole('button', { name: 'Show or hide the inspector' }).click();
        await words.scrollIntoViewIfNeeded();
      },
    },
    {
      name: 'contexts',
      route: `#/sessions/${history.session.id}`,
      prepare: async (page) => {
        await page.getByRole('button', { name: 'More', exact: true }).click();
        await page.getByRole('menuitem', { name: 'Choose messages for a new worker' }).click();
        await page.getByRole('button', { name: 'Kept' }).click();
        await page.getByRole('menuitem', { name: 'How secrets are rotated' }).waitFor();
      },
    },
    { name: 'session-changes', route: '#/changes' },
    { name: 'trash', route: '#/changes/deleted' },
    { name: 'usage', route: '#/usage' },
    { name: 'usage-models', route: '#/usage?by=model' },
    { name: 'terminals', route: `#/terminal/${history.terminalId}` },
    {
      name: 'sharing',
      route: `#/terminal/${history.terminalId}`,
      prepare: async (page) => {
        const own = page.getByRole('button', { name: 'Share a view of this terminal' });
        if (await own.isVisible()) await own.click();
        else {
          await page.getByRole('button', { name: 'More for this terminal' }).first().click();
          await page.getByRole('menuitem', { name: /^Share a view/ }).click();
        }
        await page.getByRole('dialog').getByRole('listitem').first().waitFor();
      },
    },
    { name: 'shared', route: `#/shared/${history.shareToken}`, stranger: true },
    ...[
      'port',
      'webhooks',
      'data',
      'terminals',
      'models',
      'sessions',
      'projects',
      'notifications',
      'look',
      'keys',
      'about',
    ].map((section) => ({
      name: `settings-${section}`,
      route: `#/settings/${section}`,
    })),
    {
      name: 'house',
      route: '#/health',
      prepare: (page) => page.getByRole('region', { name: 'Workers', exact: true }).waitFor(),
    },
    { name: 'alerts', route: '#/health/alerts' },
    { name: 'doctor', route: '#/doctor' },
    { name: 'logs', route: '#/logs' },
    { name: 'configuration', route: '#/settings/configuration' },
    {
      name: 'palette',
      route: '#/board',
      prepare: (page) => page.keyboard.press('ControlOrMeta+k'),
    },
  ];
}

async function shoot(
  browser: Browser,
  room: Room,
  views: View[],
  look: { name: string; dark: boolean; width: number; height: number; phone: boolean },
): Promise<void> {
  const options = {
    viewport: { width: look.width, height: look.height },
    colorScheme: look.dark ? 'dark' : 'light',
    deviceScaleFactor: look.phone ? 2 : 1,
    hasTouch: look.phone,
    isMobile: look.phone,
    reducedMotion: 'reduce',
  } as const;
  const context = await browser.newContext(options);
  const problems: string[] = [];
  const listen = (page: Page): Page => {
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    return page;
  };
  const own = listen(await context.newPage());
  await own.goto(room.address);
  await own.getByText('Retry tests').filter({ visible: true }).first().waitFor();
  for (const { name, route, prepare, stranger } of views) {
    const page = stranger ? listen(await (await browser.newContext(options)).newPage()) : own;
    if (stranger) await page.goto(`${room.origin}/${route}`);
    else
      await page.evaluate((fragment) => {
        location.hash = fragment;
      }, route);
    await prepare?.(page);
    await page.waitForLoadState('networkidle');
    // Drawing has no event of its own: pictures come when nothing has changed for a while.
    await page.waitForTimeout(700);
    await page.screenshot({ path: join(folder, `${name}-${look.name}.png`) });
    if (stranger) await page.context().close();
    // What lies over the view goes, one layer at a time.
    else if (prepare) for (let layer = 0; layer < 3; layer += 1) await page.keyboard.press('Escape');
  }
  await context.close();
  if (problems.length > 0) throw new Error(`The page reported problems (${look.name}):\n${problems.join('\n')}`);
}

const executablePath = await findChromium();
if (!executablePath) {
  console.error('No Chromium: apt-get install chromium, or name one in CHROMIUM_PATH.');
  process.exit(1);
}
if (!(await isBuilt())) {
  const problems = await build();
  if (problems) {
    console.error(problems);
    process.exit(1);
  }
}
await mkdir(folder, { recursive: true });
// The pictures name no folder of the machine they are drawn on.
const programs = await mkdtemp(join(tmpdir(), 'control-room-bin-'));
const claude = join(programs, 'claude');
await symlink(pinnedClaude() ?? 'claude', claude);
const room = await startDemoRoom({ claude });
let history: DemoHistory | undefined;
try {
  const workers = await demoSettled(room);
  history = await fillHistory(room, workers[0]?.projectId ?? '');
  const wanted = process.argv.slice(2);
  const views = viewsOf(workers, history).filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  const browser = await chromium.launch({ executablePath, args: chromiumFlags });
  try {
    await shoot(browser, room, views, { name: 'dark', dark: true, width: 1440, height: 900, phone: false });
    await shoot(browser, room, views, { name: 'light', dark: false, width: 1440, height: 900, phone: false });
    await shoot(browser, room, views, { name: 'phone', dark: true, width: 390, height: 844, phone: true });
  } finally {
    await browser.close();
  }
  console.log(`${views.length * 3} pictures are in docs/screenshots.`);
} finally {
  await history?.close();
  await room.close();
  await rm(programs, { recursive: true, force: true });
}
