import { Columns2, Ellipsis, History, Maximize2, Minimize2, Pencil, RotateCw, Rows2, Share2, X } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { RefObject } from 'react';
import { useParentTabset, useParentTabsetState } from 'react-resizable-panels';
import { go, hrefOf } from '../app/router.ts';
import { showDialog } from '../app/ui-state.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { menuItem, menuLook, ProfileMenu } from './profile-menu.tsx';

/** What the parts of the layout can do. */
export interface Parts {
  close(id: string): void;
  restart(id: string): void;
  bringForward(id: string): void;
  openBeside(region: 'right' | 'bottom' | 'center', profile?: string): void;
  toggleWhole(): void;
  setCurrent(id: string): void;
  /** The terminals that are in a tab. */
  shown(): readonly string[];
}

/** What can be done with a group of tabs, and with the one in front. */
export function Toolbar({ parts }: { parts: RefObject<Parts> }) {
  const tabset = useParentTabset();
  const state = useParentTabsetState();
  const id = state?.selectedTabId ?? null;
  const terminal = useStore((all) => (id ? all.rows.terminals[id] : undefined));
  const inFront = (act: () => void) => (): void => {
    if (id) parts.current.setCurrent(id);
    // The present one is told in the next turn: it is what these act on.
    setTimeout(act);
  };
  return (
    <>
      <ProfileMenu
        shown={() => parts.current.shown()}
        onOpen={(profile) => inFront(() => parts.current.openBeside('center', profile))()}
        onShow={(other) => parts.current.bringForward(other)}
      />
      <Button
        look="ghost"
        size="sm"
        icon={Columns2}
        aria-label="New terminal to the right"
        className="max-phone:hidden"
        onClick={inFront(() => parts.current.openBeside('right'))}
      />
      <Button
        look="ghost"
        size="sm"
        icon={Rows2}
        aria-label="New terminal below"
        className="max-phone:hidden"
        onClick={inFront(() => parts.current.openBeside('bottom'))}
      />
      {state && !state.isRoot && (
        <Button
          look="ghost"
          size="sm"
          icon={state.isMaximized ? Minimize2 : Maximize2}
          aria-label={state.isMaximized ? 'All terminals again' : 'This terminal alone'}
          onClick={() => (state.isMaximized ? tabset?.restore() : tabset?.maximize())}
        />
      )}
      {terminal && (
        <DropdownMenu.Root>
          <DropdownMenu.Trigger asChild>
            <Button look="ghost" size="sm" icon={Ellipsis} aria-label="More for this terminal" />
          </DropdownMenu.Trigger>
          <DropdownMenu.Portal>
            <DropdownMenu.Content align="end" sideOffset={4} className={menuLook}>
              {terminal.kind === 'worker' && terminal.workerId && (
                <DropdownMenu.Item
                  className={menuItem}
                  onSelect={() =>
                    location.assign(hrefOf({ view: 'worker', id: terminal.workerId ?? '', tab: null, file: null }))
                  }
                >
                  <Pencil size={14} aria-hidden className="text-ink-3" /> Open its worker
                </DropdownMenu.Item>
              )}
              {terminal.kind === 'shell' && (
                <DropdownMenu.Item className={menuItem} onSelect={() => parts.current.restart(terminal.id)}>
                  <RotateCw size={14} aria-hidden className="text-ink-3" /> Restart
                </DropdownMenu.Item>
              )}
              <DropdownMenu.Item
                className={menuItem}
                disabled={!terminal.recorded}
                onSelect={() => go({ view: 'recording', id: terminal.id })}
              >
                <History size={14} aria-hidden className="text-ink-3" />
                {terminal.recorded ? 'Play its recording' : 'Not recorded'}
              </DropdownMenu.Item>
              <DropdownMenu.Item
                className={menuItem}
                onSelect={() => showDialog({ kind: 'share-terminal', terminalId: terminal.id })}
              >
                <Share2 size={14} aria-hidden className="text-ink-3" /> Share a view…
              </DropdownMenu.Item>
              <DropdownMenu.Item className={menuItem} onSelect={() => parts.current.close(terminal.id)}>
                <X size={14} aria-hidden className="text-ink-3" />
                {terminal.kind === 'worker' ? 'Put away (the worker goes on)' : 'Close'}
              </DropdownMenu.Item>
            </DropdownMenu.Content>
          </DropdownMenu.Portal>
        </DropdownMenu.Root>
      )}
    </>
  );
}
