import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from '@playwright/test';
import type { Worker } from '../shared/workers.ts';
import { build, isBuilt } from './build.ts';
import { demoSettled, startDemoRoom } from './demo/demo-room.ts';
import { chromiumFlags, findChromium } from './find-chromium.ts';
import { repositoryFolder } from './repository-folder.ts';
import type { Room } from './room.ts';

/** Pictures of every view of the demonstration: dark, light and on a phone, in docs/screenshots. */

const folder = join(repositoryFolder, 'docs', 'screenshots');

interface View {
  name: string;
  route: string;
  /** Done before the picture is taken. */
  prepare?: (page: Page) => Promise<void>;
}

function viewsOf(workers: Worker[]): View[] {
  const id = (name: string) => workers.find((worker) => worker.name === name)?.id ?? name;
  return [
    // First, because the API's patience with it ends while the pictures are taken.
    { name: 'retry', route: `#/worker/${id('Delivery log')}/conversation` },
    { name: 'board', route: '#/board' },
    { name: 'inbox', route: '#/inbox' },
    { name: 'conversation', route: `#/worker/${id('Safe signatures')}/conversation` },
    { name: 'approval', route: `#/worker/${id('Retry tests')}/conversation` },
    { name: 'changes', route: `#/worker/${id('Safe signatures')}/changes` },
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
    { name: 'doctor', route: '#/doctor' },
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
  const context = await browser.newContext({
    viewport: { width: look.width, height: look.height },
    colorScheme: look.dark ? 'dark' : 'light',
    deviceScaleFactor: look.phone ? 2 : 1,
    hasTouch: look.phone,
    isMobile: look.phone,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(room.address);
  await page.getByText('Retry tests').filter({ visible: true }).first().waitFor();
  for (const { name, route, prepare } of views) {
    await page.evaluate((fragment) => {
      location.hash = fragment;
    }, route);
    await prepare?.(page);
    await page.waitForLoadState('networkidle');
    // Drawing has no event of its own: pictures come when nothing has changed for a while.
    await page.waitForTimeout(700);
    await page.screenshot({ path: join(folder, `${name}-${look.name}.png`) });
    if (prepare) await page.keyboard.press('Escape');
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
const room = await startDemoRoom();
try {
  const views = viewsOf(await demoSettled(room));
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
  await room.close();
}
