import { Plus } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import type { TerminalProfile } from '../../shared/terminals.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { isEarlierRun } from './earlier-runs.ts';
import { folderName, TerminalMark, useTerminalName } from './terminal-name.tsx';

export const menuItem =
  'flex h-8 items-center gap-2.5 rounded-2 px-2 text-ink outline-none data-[highlighted]:bg-active data-[disabled]:text-ink-off max-phone:h-11';
export const menuLook =
  'enter z-(--z-popover) max-h-[70vh] min-w-56 overflow-y-auto rounded-3 bg-raised p-1 shadow-(--shadow-pop)';

/** Opens a shell of the user's choice, or one that is open but not shown. */
export function ProfileMenu({
  shown,
  onOpen,
  onShow,
}: {
  /** Terminals that are in a tab already. */
  shown: () => readonly string[];
  onOpen: (profile: string) => void;
  onShow: (terminalId: string) => void;
}) {
  const { connection } = useApp();
  const [profiles, setProfiles] = useState<TerminalProfile[] | null>(null);
  const [hidden, setHidden] = useState<string[]>([]);
  const look = async (): Promise<void> => {
    const inTabs = shown();
    const { terminals, workers } = useStore.getState().rows;
    const others = Object.values(terminals).filter((terminal) => !isEarlierRun(terminal, workers));
    setHidden(others.map(({ id }) => id).filter((id) => !inTabs.includes(id)));
    try {
      setProfiles((await connection.client.terminals.profiles()).items);
    } catch (error) {
      tell(errorText(error), { tone: 'error' });
    }
  };
  return (
    <DropdownMenu.Root onOpenChange={(open) => open && void look()}>
      <DropdownMenu.Trigger asChild>
        <Button look="ghost" size="sm" icon={Plus} aria-label="Open a terminal" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align="end" sideOffset={4} className={menuLook}>
          <DropdownMenu.Label className="px-2 pt-1 pb-0.5 text-xs text-ink-3">New</DropdownMenu.Label>
          {(profiles ?? [{ id: 'login', name: 'Login shell', command: '', args: [], source: 'login' as const }]).map(
            (profile) => (
              <DropdownMenu.Item key={profile.id} className={menuItem} onSelect={() => onOpen(profile.id)}>
                <span className="flex-1">{profile.name}</span>
                <span className="max-w-48 truncate pl-4 font-mono text-2xs text-ink-3">
                  {profile.source === 'login' ? 'your own' : profile.command}
                </span>
              </DropdownMenu.Item>
            ),
          )}
          {hidden.length > 0 && (
            <>
              <DropdownMenu.Separator className="my-1 h-px bg-hair" />
              <DropdownMenu.Label className="px-2 pt-1 pb-0.5 text-xs text-ink-3">
                Running, not shown
              </DropdownMenu.Label>
              {hidden.map((id) => (
                <HiddenItem key={id} id={id} onShow={onShow} />
              ))}
            </>
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function HiddenItem({ id, onShow }: { id: string; onShow: (terminalId: string) => void }) {
  const terminal = useStore((state) => state.rows.terminals[id]);
  const name = useTerminalName(terminal);
  if (!terminal) return null;
  return (
    <DropdownMenu.Item className={menuItem} onSelect={() => onShow(id)}>
      <TerminalMark terminal={terminal} />
      <span className="min-w-0 flex-1 truncate">{name}</span>
      <span className="max-w-40 truncate font-mono text-2xs text-ink-3">{folderName(terminal.cwd)}</span>
    </DropdownMenu.Item>
  );
}
