// Runs before the first paint, so that nobody sees the wrong theme for a moment. A file of its own because the page's
// content security policy allows no inline script.
(() => {
  const root = document.documentElement;
  let chosen = 'system';
  let density = 'normal';
  try {
    const stored = JSON.parse(localStorage.getItem('control-room.preferences') ?? '{}');
    chosen = stored.theme ?? chosen;
    density = stored.density ?? density;
  } catch {
    // Storage is blocked or holds something else: the system's theme is right.
  }
  const dark = chosen === 'dark' || (chosen !== 'light' && !matchMedia('(prefers-color-scheme: light)').matches);
  root.dataset.theme = dark ? 'dark' : 'light';
  root.dataset.density = density;
})();
