import { useState } from 'react';
import type { Settings } from '../../shared/settings.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';

/** What is wrong with a value, without the field's own name: it stands beside it. */
export function fieldText(problem: unknown): string {
  const text = errorText(problem).replace(/^[A-Za-z.[\]\d]+: /, '');
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

/** Writes one setting; the answer comes back as an event. Says what was wrong, beside the field. */
export function useSetting<K extends keyof Settings>(key: K) {
  const { connection } = useApp();
  const value = useStore((state) => state.rows.settings?.values[key]);
  const lockedBy = useStore((state) => state.rows.settings?.lockedBy[key]);
  const admin = useStore((state) => state.access === 'admin');
  const [error, setError] = useState<string | null>(null);
  const save = async (next: Settings[K]): Promise<boolean> => {
    const before = value;
    try {
      await connection.client.settings.update({ [key]: next });
      setError(null);
      if (before !== undefined) {
        tell('Saved.', {
          action: {
            label: 'Undo',
            run: () =>
              void connection.client.settings
                .update({ [key]: before })
                .catch((problem: unknown) => setError(fieldText(problem))),
          },
        });
      }
      return true;
    } catch (problem) {
      setError(fieldText(problem));
      return false;
    }
  };
  return { value, lockedBy, error, save, disabled: lockedBy !== undefined || !admin };
}
