import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  expect,
  type Page,
  test,
} from '@playwright/test';
import { chromiumFlags, findChromium } from '../../find-chromium.ts';
import { type Room, startRoom } from '../../room.ts';

export interface BrowserRoom {
  room: Room;
  projectId: string;
  browser: Browser;
  /**
   * The page in a context of its own, opened with its token; anything it throws fails the test that opened it. `before`
   * runs before it is loaded.
   */
  open(hash?: string, options?: BrowserContextOptions, before?: (page: Page) => Promise<unknown>): Promise<Page>;
  /** The same in a context that is there. */
  openIn(context: BrowserContext, hash?: string, before?: (page: Page) => Promise<unknown>): Promise<Page>;
}

/** A Control Room with one project and a real Chromium for the tests of a file, from before the first to after the last. */
export function browserRoom(options: Parameters<typeof startRoom>[0]): BrowserRoom {
  const here = {
    async open(hash, contextOptions = {}, before) {
      const context = await here.browser.newContext({ viewport: { width: 1440, height: 900 }, ...contextOptions });
      return here.openIn(context, hash, before);
    },
    async openIn(context, hash, before) {
      const page = await context.newPage();
      page.on('pageerror', (error) => test.info().errors.push({ message: `the page threw: ${error.message}` }));
      await before?.(page);
      await page.goto(here.room.address);
      await expect(page.getByRole('link', { name: /Board/ }).first()).toBeVisible();
      if (hash) await page.evaluate((to) => location.assign(to), hash);
      return page;
    },
  } as BrowserRoom;
  test.beforeAll(async () => {
    here.room = await startRoom(options);
    here.projectId = await here.room.addProject();
    here.browser = await chromium.launch({ executablePath: await findChromium(), args: chromiumFlags });
  });
  // A page that is left open draws on for all the tests after it.
  let kept: BrowserContext[] = [];
  test.beforeEach(() => {
    kept = here.browser.contexts();
  });
  test.afterEach(async () => {
    const opened = here.browser.contexts().filter((context) => !kept.includes(context));
    await Promise.all(opened.map((context) => context.close()));
  });
  test.afterAll(async () => {
    await here.browser?.close();
    await here.room?.close();
  });
  return here;
}
