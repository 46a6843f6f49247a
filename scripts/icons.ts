import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { chromiumFlags, findChromium } from './find-chromium.ts';

/**
 * Draws the pictures in resources/ and of the page from the drawings in resources/sources/. Run it after a change of a drawing:
 * `npm exec -- node scripts/icons.ts`.
 */
const resources = new URL('../resources/', import.meta.url);

interface Picture {
  source: string;
  target: string;
  sizePixels: number;
  /** macOS tints such pictures itself: only their shape counts. */
  template?: boolean;
  /** Filled to the edge, the sign within the middle four fifths: phones cut their own shape out of it. */
  maskable?: boolean;
}

const tray: Picture[] = ['idle', 'working', 'waiting', 'late'].flatMap((state) => [
  { source: `tray-${state}`, target: `tray/tray-${state}.png`, sizePixels: 22 },
  { source: `tray-${state}`, target: `tray/tray-${state}@2x.png`, sizePixels: 44 },
  { source: `tray-${state}`, target: `tray/tray-${state}Template.png`, sizePixels: 16, template: true },
  { source: `tray-${state}`, target: `tray/tray-${state}Template@2x.png`, sizePixels: 32, template: true },
]);
/** Of the page, for those who put it on a phone's start screen. */
const page = (name: string) => `../renderer/public/${name}`;
const pictures: Picture[] = [
  { source: 'icon', target: 'icon.png', sizePixels: 1024 },
  { source: 'icon', target: page('icon-192.png'), sizePixels: 192 },
  { source: 'icon', target: page('icon-512.png'), sizePixels: 512 },
  { source: 'icon', target: page('icon-maskable-512.png'), sizePixels: 512, maskable: true },
  { source: 'icon', target: page('apple-touch-icon.png'), sizePixels: 180, maskable: true },
  ...tray,
];

const browser = await chromium.launch({ executablePath: await findChromium(), args: chromiumFlags });
try {
  const canvas = await browser.newPage();
  for (const { source, target, sizePixels, template, maskable } of pictures) {
    const drawing = await readFile(fileURLToPath(new URL(`sources/${source}.svg`, resources)), 'utf8');
    const svg = template
      ? drawing.replaceAll(/#[0-9a-f]{6}/g, '#000000')
      : maskable
        ? drawing.replaceAll(/<rect[^>]*>/g, '')
        : drawing;
    await canvas.setViewportSize({ width: sizePixels, height: sizePixels });
    const look = maskable
      ? 'background:#101415}svg{display:block;width:100vw;height:100vh}'
      : 'background:transparent}svg{display:block;width:100vw;height:100vh}';
    await canvas.setContent(`<style>html,body{margin:0;overflow:hidden;${look}</style>${svg}`);
    await writeFile(fileURLToPath(new URL(target, resources)), await canvas.screenshot({ omitBackground: true }));
  }
} finally {
  await browser.close();
}
console.log(`${pictures.length} pictures drawn.`);
