import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Rectangle, screen } from 'electron';

/** Where the window was. */
export interface WindowPlace {
  /** Undefined when it is not known, or no longer on a screen. */
  bounds: Rectangle | undefined;
  maximized: boolean;
}

/**
 * Where the window was, from `desktop.json` of `folder` as electron-store has written it (see window-state.ts). It is read
 * without that package, which takes longer to load than a window to open.
 */
export function readWindowPlace(folder: string): WindowPlace {
  let stored: unknown;
  try {
    stored = JSON.parse(readFileSync(join(folder, 'desktop.json'), 'utf8'));
  } catch {
    // The first start, or a file that was cut off: the window opens where windows do.
    return { bounds: undefined, maximized: false };
  }
  const { bounds, maximized } = Object(stored) as { bounds?: unknown; maximized?: unknown };
  return { bounds: isOnScreen(bounds) ? bounds : undefined, maximized: maximized === true };
}

function isOnScreen(bounds: unknown): bounds is Rectangle {
  if (typeof bounds !== 'object' || bounds === null) return false;
  const { x, y, width, height } = bounds as Partial<Rectangle>;
  if (![x, y, width, height].every(Number.isSafeInteger)) return false;
  return screen.getAllDisplays().some(({ workArea }) => overlaps(workArea, bounds as Rectangle));
}

/** How much of a window has to be on a screen, in pixels each way, so that it can be caught with the mouse. */
const reachablePixels = 80;

function overlaps(area: Rectangle, bounds: Rectangle): boolean {
  const width = Math.min(area.x + area.width, bounds.x + bounds.width) - Math.max(area.x, bounds.x);
  const height = Math.min(area.y + area.height, bounds.y + bounds.height) - Math.max(area.y, bounds.y);
  return width >= reachablePixels && height >= reachablePixels;
}
