import type { Session } from '../../shared/sessions.ts';
import { useApp } from '../app/app-context.ts';
import { useCommand } from '../app/commands.ts';
import { tell, useUi } from '../app/ui-state.ts';
import { useMedia } from '../app/use-media.ts';
import { errorText } from '../data/error-text.ts';
import { setPreferences } from '../data/preferences.ts';
import { useStore } from '../data/store.ts';

/** Compresses a session as the settings say; what becomes of it stands in the inspector of its view. */
export function useCompress(): (session: Pick<Session, 'id'>) => void {
  const { connection } = useApp();
  const wide = useMedia('(min-width: 1181px)');
  return ({ id }) => {
    if (wide) setPreferences({ inspectorOpen: true });
    else useUi.setState({ inspectorDrawer: true });
    connection.client.compression
      .compress({ sessionId: id })
      .catch((error: unknown) => tell(errorText(error), { tone: 'error' }));
  };
}

/** The command that compresses the open session. */
export function useCompressCommand(session: Session): void {
  const compress = useCompress();
  const may = useStore((state) => state.access !== 'view');
  useCommand('session.compress', () => compress(session), may);
}
