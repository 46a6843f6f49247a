import { WebglAddon } from '@xterm/addon-webgl';
import { Terminal } from '@xterm/xterm';

/*
 * Which renderer draws terminals. Measured: without a graphics card WebGL makes each key 3 to 8 times slower than the DOM,
 * and drivers exist that draw wrong letters. So it is tried, once a page, and given up for good when it fails.
 */

/** Programs that stand in for a graphics card. */
const software = /swiftshader|llvmpipe|softpipe|software|basic render|swrast|virgl|mesa offscreen|paravirtual/i;

/** Drawing the trial must not take longer than this. */
const slowestMs = 60;

/** Contexts lost before it is not tried any more: the driver or the machine has none to spare. */
const mostLosses = 2;

let trial: Promise<boolean> | undefined;
let losses = 0;

/** Whether WebGL draws well here. */
export function webglIsGood(): Promise<boolean> {
  trial ??= tryWebgl().catch(() => false);
  return trial.then((good) => good && losses < mostLosses);
}

/** A context was lost: after a few nobody asks for one again. */
export function noteContextLoss(): void {
  losses += 1;
}

/** Name of what would draw; null without WebGL 2. */
export function graphicsName(): string | null {
  const gl = document.createElement('canvas').getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  if (!gl) return null;
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return name;
}

async function tryWebgl(): Promise<boolean> {
  const name = graphicsName();
  return name !== null && !software.test(name) && (await drawsLetters());
}

/**
 * Draws blocks and letters in a terminal nobody sees and looks at the pixels: a full block is full, a blank is blank, a
 * letter is neither, and two equal letters are equal.
 */
export async function drawsLetters(): Promise<boolean> {
  const place = document.createElement('div');
  place.style.cssText =
    'position:fixed;left:0;top:0;width:400px;height:60px;opacity:0;pointer-events:none;contain:strict';
  place.setAttribute('aria-hidden', 'true');
  document.body.append(place);
  const terminal = new Terminal({
    allowProposedApi: true,
    cols: 20,
    rows: 2,
    fontSize: 16,
    theme: { background: '#000000', foreground: '#ffffff' },
    cursorInactiveStyle: 'none',
  });
  try {
    terminal.open(place);
    const addon = new WebglAddon(true);
    terminal.loadAddon(addon);
    const startedAt = performance.now();
    const drawn = new Promise<void>((resolve) => {
      const rendered = terminal.onRender(() => {
        rendered.dispose();
        resolve();
      });
    });
    await new Promise<void>((resolve) => terminal.write('█ WiWi', resolve));
    await Promise.race([drawn, new Promise((resolve) => setTimeout(resolve, 500))]);
    const tookMs = performance.now() - startedAt;
    const canvas = [...place.querySelectorAll('canvas')].find((each) => each.getContext('webgl2') !== null);
    if (!canvas) return false;
    const copy = document.createElement('canvas');
    copy.width = canvas.width;
    copy.height = canvas.height;
    const pen = copy.getContext('2d', { willReadFrequently: true });
    if (!pen) return false;
    pen.drawImage(canvas, 0, 0);
    const width = Math.floor(canvas.width / terminal.cols);
    const height = Math.floor(canvas.height / terminal.rows);
    const lightOf = (cell: number): number => {
      const { data } = pen.getImageData(cell * width, 0, width, height);
      let sum = 0;
      for (let index = 0; index < data.length; index += 4) sum += (data[index] ?? 0) * ((data[index + 3] ?? 0) / 255);
      return sum / 255 / (data.length / 4);
    };
    const [block = 0, blank = 1, wide = 0, thin = 0, wideAgain = 0, thinAgain = 0] = [0, 1, 2, 3, 4, 5].map(lightOf);
    const same = (a: number, b: number): boolean => Math.abs(a - b) < 0.02;
    return (
      tookMs < slowestMs + 500 * Number(document.hidden) &&
      block > 0.9 &&
      blank < 0.02 &&
      wide > thin &&
      thin > 0.02 &&
      wide < 0.8 &&
      same(wide, wideAgain) &&
      same(thin, thinAgain)
    );
  } finally {
    terminal.dispose();
    place.remove();
  }
}
