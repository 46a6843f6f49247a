import { useState } from 'react';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';

/** Does one thing at a time and tells what went wrong; `busy` meanwhile. */
export function useAttempt(): { busy: boolean; attempt: (work: () => Promise<void>) => Promise<void> } {
  const [busy, setBusy] = useState(false);
  return {
    busy,
    async attempt(work) {
      setBusy(true);
      try {
        await work();
      } catch (error) {
        tell(errorText(error), { tone: 'error' });
      } finally {
        setBusy(false);
      }
    },
  };
}
