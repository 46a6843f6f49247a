import type { Rectangle } from 'electron';
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
