import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from '@playwright/test';

export interface View {
  name: string;
  route: string;
  /** Done before the picture is taken. */
  prepare?: (page: Page) => Promise<void>;
  /** Puts back what `prepare` changed outside of the page. */
  after?: () => Promise<void>;
  /** In a browser of somebody who has nothing but the link. */
  stranger?: boolean;
}

interface Look {
  name: string;
  dark: boolean;
  width: number;
  height: number;
  phone: boolean;
}

const looks: readonly Look[] = [
  { name: 'dark', dark: true, width: 1440, height: 900, phone: false },
  { name: 'light', dark: false, width: 1440, height: 900, phone: false },
  { name: 'phone', dark: true, width: 390, height: 844, phone: true },
];

/** A PNG as WebP, which needs a quarter of the room; the browser itself makes it. */
async function asWebp(page: Page, png: Buffer): Promise<Buffer> {
  const text = await page.evaluate(async (base64) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height);
    canvas.getContext('2d')?.drawImage(image, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.7 });
    const reader = new FileReader();
    return new Promise<string>((resolve) => {
      reader.onload = () => resolve(String(reader.result).split(',')[1] ?? '');
      reader.readAsDataURL(blob);
    });
  }, png.toString('base64'));
  return Buffer.from(text, 'base64');
}

/**
 * Pictures of views of a Control Room, dark, light and on a phone, as NAME-LOOK.webp in `folder`. `ready` is text of the page
 * that has everything. Gives how many were taken; throws when a page reported a problem.
 */
export async function shoot(
  browser: Browser,
  room: { address: string; origin: string },
  { views, folder, ready }: { views: readonly View[]; folder: string; ready: string },
): Promise<number> {
  const encoder = await browser.newPage();
  for (const look of looks) await shootLook(look);
  await encoder.close();
  return views.length * looks.length;

  async function shootLook(look: Look): Promise<void> {
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
    await own.getByText(ready).filter({ visible: true }).first().waitFor();
    for (const { name, route, prepare, after, stranger } of views) {
      const page = stranger ? listen(await (await browser.newContext(options)).newPage()) : own;
      if (stranger) await page.goto(`${room.origin}/${route}`);
      else
        await page.evaluate((fragment) => {
          location.hash = fragment;
        }, route);
      try {
        await prepare?.(page);
      } catch (error) {
        throw new Error(`${name}, ${look.name}: it did not come to what was to be shown`, { cause: error });
      }
      await page.waitForLoadState('networkidle');
      // Drawing has no event of its own: pictures come when nothing has changed for a while.
      await page.waitForTimeout(700);
      await writeFile(join(folder, `${name}-${look.name}.webp`), await asWebp(encoder, await page.screenshot()));
      await after?.();
      if (stranger) await page.context().close();
      // What lies over the view goes, one layer at a time.
      else if (prepare) for (let layer = 0; layer < 3; layer += 1) await page.keyboard.press('Escape');
    }
    await context.close();
    if (problems.length > 0) throw new Error(`The page reported problems (${look.name}):\n${problems.join('\n')}`);
  }
}
