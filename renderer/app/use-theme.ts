import { useEffect } from 'react';
import { usePreferences } from '../data/preferences.ts';
import { useMedia } from './use-media.ts';

/** Keeps the document's theme as chosen, or as the system has it. */
export function useTheme(): void {
  const theme = usePreferences((state) => state.theme);
  const density = usePreferences((state) => state.density);
  const systemLight = useMedia('(prefers-color-scheme: light)');
  useEffect(() => {
    const light = theme === 'light' || (theme === 'system' && systemLight);
    document.documentElement.dataset.theme = light ? 'light' : 'dark';
    document.documentElement.dataset.density = density;
    window.dispatchEvent(new Event('control-room:theme'));
  }, [theme, density, systemLight]);
}
