import type { Session } from '../../shared/sessions.ts';
import { useApp } from '../app/app-context.ts';
import { useCommand } from '../app/commands.ts';
import { tell, useUi } from '../app/ui-state.ts';
import { useMedia } from '../app/use-media.ts';
import { errorText } from '../data/error-text.ts';
import { setPreferences } from '../data/preferences.ts';
import { useStore } from '../data/store.ts';

/** The command that compresses the open session as the settings say, and shows it. */
export function useCompressCommand(session: Session): void {
  const { connection } = useApp();
  const may = useStore((state) => state.access !== 'view');
  const wide = useMedia('(min-width: 1181px)');
  useCommand(
    'session.compress',
    () => {
      if (wide) setPreferences({ inspectorOpen: true });
      else useUi.setState({ inspectorDrawer: true });
      connection.client.compression
        .compress({ sessionId: session.id })
        .catch((error: unknown) => tell(errorText(error), { tone: 'error' }));
    },
    may,
  );
}
