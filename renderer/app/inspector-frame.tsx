import { type ReactNode, useEffect } from 'react';
import { Group, Panel, Separator } from 'react-resizable-panels';
import { setPreferences, usePreferences } from '../data/preferences.ts';
import { useCommand } from './commands.ts';
import { useUi } from './ui-state.ts';
import { useMedia } from './use-media.ts';

const wideQuery = '(min-width: 1181px)';

/** Shows or hides the inspector: beside the view, or as a drawer where there is no room. */
export function toggleInspector(): void {
  if (window.matchMedia(wideQuery).matches) {
    setPreferences({ inspectorOpen: !usePreferences.getState().inspectorOpen });
  } else useUi.setState(({ inspectorDrawer }) => ({ inspectorDrawer: !inspectorDrawer }));
}

/** A view with the facts of what is selected beside it. */
export function InspectorFrame({ inspector, children }: { inspector: ReactNode; children: ReactNode }) {
  const open = usePreferences((state) => state.inspectorOpen);
  const drawer = useUi((state) => state.inspectorDrawer);
  const wide = useMedia(wideQuery);
  useCommand('inspector', toggleInspector);
  return (
    <>
      <Group orientation="horizontal" className="min-h-0 min-w-0">
        <Panel id="view" minSize={wide ? 420 : 0} className="grid min-h-0 grid-rows-[minmax(0,1fr)]">
          {children}
        </Panel>
        {open && wide && (
          <>
            <Separator
              aria-label="Width of the inspector"
              className="w-px bg-hair transition-colors hover:bg-accent data-[separator=active]:bg-accent"
            />
            <Panel
              id="inspector"
              defaultSize={usePreferences.getState().inspectorWidth}
              minSize={240}
              maxSize={520}
              groupResizeBehavior="preserve-pixel-size"
              onResize={({ inPixels }) => inPixels > 0 && setPreferences({ inspectorWidth: Math.round(inPixels) })}
            >
              <aside aria-label="Inspector" className="flex h-full min-h-0 min-w-0 flex-col bg-rail">
                {inspector}
              </aside>
            </Panel>
          </>
        )}
      </Group>
      {drawer && <Drawer onClose={() => useUi.setState({ inspectorDrawer: false })}>{inspector}</Drawer>}
    </>
  );
}

function Drawer({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') onClose();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [onClose]);
  return (
    <>
      <button
        type="button"
        aria-label="Close the inspector"
        className="fixed inset-0 z-(--z-popover) cursor-default bg-scrim wide:hidden"
        onClick={onClose}
      />
      <aside
        aria-label="Inspector"
        className="enter-drawer fixed top-(--topbar-h) right-0 bottom-0 z-(--z-popover) flex w-(--inspector-w) max-w-[90vw] flex-col border-l border-hair bg-rail wide:hidden max-phone:top-0"
      >
        {children}
      </aside>
    </>
  );
}
