import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { chromiumFlags, findChromium } from './find-chromium.ts';

/**
 * Draws the pictures in resources/ from the drawings in resources/sources/. Run it after a change of a drawing:
 * `npm exec -- node scripts/icons.ts`.
 */
const resources = new URL('../resources/', import.meta.url);

interface Picture {
  source: string;
  target: string;
  sizePixels: number;
  /** macOS tints such pictures itself: only their shape counts. */
  template?: boolean;
}

const tray: Picture[] = ['idle', 'working', 'waiting', 'late'].flatMap((state) => [
  { source: `tray-${state}`, target: `tray/tray-${state}.png`, sizePixels: 22 },
  { source: `tray-${state}`, target: `tray/tray-${state}@2x.png`, sizePixels: 44 },
  { source: `tray-${state}`, target: `tray/tray-${state}Template.png`, sizePixels: 16, template: true },
  { source: `tray-${state}`, target: `tray/tray-${state}Template@2x.png`, sizePixels: 32, template: true },
]);
const pictures: Picture[] = [{ source: 'icon', target: 'icon.png', sizePixels: 1024 }, ...tray];

const browser = await chromium.launch({ executablePath: await findChromium(), args: chromiumFlags });
try {
  const page = await browser.newPage();
  for (const { source, target, sizePixels, template } of pictures) {
    const drawing = await readFile(fileURLToPath(new URL(`sources/${source}.svg`, resources)), 'utf8');
    const svg = template ? drawing.replaceAll(/#[0-9a-f]{6}/g, '#000000') : drawing;
    await page.setViewportSize({ width: sizePixels, height: sizePixels });
    await page.setContent(
      `<style>html,body{margin:0;background:transparent}svg{display:block;width:100vw;height:100vh}</style>${svg}`,
    );
    await writeFile(fileURLToPath(new URL(target, resources)), await page.screenshot({ omitBackground: true }));
  }
} finally {
  await browser.close();
}
console.log(`${pictures.length} pictures drawn.`);
