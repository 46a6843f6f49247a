import { useEffect } from 'react';
import { useStore } from '../data/store.ts';
import { go } from './router.ts';
import { tell } from './ui-state.ts';

/** Tells, once for each load of the page, what happened to the data at the last start. */
export function useDataNotice(): void {
  const notice = useStore((state) => state.system?.dataNotice ?? null);
  useEffect(() => {
    if (notice !== null)
      tell(notice, {
        tone: 'error',
        action: { label: 'Look', run: () => go({ view: 'settings', section: 'data' }) },
      });
  }, [notice]);
}
