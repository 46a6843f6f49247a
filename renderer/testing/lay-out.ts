import { afterEach, beforeEach } from 'vitest';

/** Gives every element of a test's page a place of 800 by 600: happy-dom lays nothing out, and rows need a window to be drawn in. */
export function layOut(): void {
  const rect = { width: 800, height: 600, top: 0, left: 0, right: 800, bottom: 600, x: 0, y: 0 };
  const names = ['clientHeight', 'clientWidth', 'offsetHeight', 'offsetWidth'] as const;
  const { prototype } = HTMLElement;
  const before = {
    rect: prototype.getBoundingClientRect,
    sizes: names.map((name) => Object.getOwnPropertyDescriptor(prototype, name)),
  };
  beforeEach(() => {
    prototype.getBoundingClientRect = () => ({ ...rect, toJSON: () => rect });
    for (const name of names)
      Object.defineProperty(prototype, name, {
        configurable: true,
        get: () => (name.endsWith('Height') ? rect.height : rect.width),
      });
  });
  afterEach(() => {
    prototype.getBoundingClientRect = before.rect;
    names.forEach((name, place) => {
      const old = before.sizes[place];
      if (old) Object.defineProperty(prototype, name, old);
    });
  });
}
