import { type Rectangle, screen } from 'electron';
import Store from 'electron-store';

interface Stored {
  bounds?: Rectangle;
  maximized: boolean;
  /** The user has been told once that closing the window ends nothing. */
  toldAboutTray: boolean;
}

/** What the desktop remembers between starts, in `desktop.json` of `folder`. */
export function createWindowState(folder: string) {
  const store = new Store<Stored>({
    name: 'desktop',
    cwd: folder,
    // A file that was cut off or edited badly must not keep the window from opening.
    clearInvalidConfig: true,
    defaults: { maximized: false, toldAboutTray: false },
  });
  return {
    /** Where the window was, when that place is still on a screen. */
    bounds(): Rectangle | undefined {
      const bounds = store.get('bounds');
      return bounds && screen.getAllDisplays().some(({ workArea }) => overlaps(workArea, bounds)) ? bounds : undefined;
    },
    maximized: () => store.get('maximized'),
    keep(bounds: Rectangle, maximized: boolean): void {
      store.set('bounds', bounds);
      store.set('maximized', maximized);
    },
    /** True the first time it is asked. */
    tellAboutTray(): boolean {
      if (store.get('toldAboutTray')) return false;
      store.set('toldAboutTray', true);
      return true;
    },
  };
}

export type WindowState = ReturnType<typeof createWindowState>;

/** How much of a window has to be on a screen, in pixels each way, so that it can be caught with the mouse. */
const reachablePixels = 80;

function overlaps(area: Rectangle, bounds: Rectangle): boolean {
  const width = Math.min(area.x + area.width, bounds.x + bounds.width) - Math.max(area.x, bounds.x);
  const height = Math.min(area.y + area.height, bounds.y + bounds.height) - Math.max(area.y, bounds.y);
  return width >= reachablePixels && height >= reachablePixels;
}
