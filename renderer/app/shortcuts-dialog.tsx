import { usePreferences } from '../data/preferences.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { KeyCap } from '../ui/key-cap.tsx';
import { commands, keysOf, useAvailableCommands } from './commands.ts';
import { go } from './router.ts';
import { showDialog } from './ui-state.ts';

/** All keys at one glance, those of the view that is open first. */
export function ShortcutsDialog() {
  const own = usePreferences((state) => state.keys);
  const here = new Set(
    useAvailableCommands()
      .filter(({ first }) => first)
      .map(({ group }) => group),
  );
  const all = [...new Set(commands.map((command) => command.group))];
  const groups = [...all.filter((group) => here.has(group)), ...all.filter((group) => !here.has(group))];
  const close = (): void => showDialog(null);
  return (
    <Dialog open onClose={close} title="Keys" width={720}>
      <div className="min-h-0 flex-1 overflow-y-auto px-5 pt-2 pb-4">
        <div className="columns-2 gap-8 max-phone:columns-1">
          {groups.map((group) => (
            <section key={group} className="mb-4 break-inside-avoid">
              <h3 className="mb-1 text-xs text-ink-3">
                {group === 'Board' ? 'Board and inbox' : group}
                {here.has(group) && ', here'}
              </h3>
              {commands
                .filter((command) => command.group === group && keysOf(command.id, own).length > 0)
                .map((command) => (
                  <div key={command.id} className="flex min-h-7 items-center gap-1.5">
                    <span className="flex-1">{command.title}</span>
                    {[...keysOf(command.id, own), ...(own[command.id] ? [] : (command.inboxKeys ?? []))].map((keys) => (
                      <KeyCap key={keys} keys={keys} />
                    ))}
                  </div>
                ))}
            </section>
          ))}
        </div>
        <p className="text-sm text-ink-3">
          A focused terminal gets its keys; click beside it, or use the palette from the top bar.
        </p>
      </div>
      <div className="flex justify-end gap-2 border-t border-hair px-5 py-3">
        <Button
          look="ghost"
          onClick={() => {
            close();
            go({ view: 'settings', section: 'keys' });
          }}
        >
          Change keys
        </Button>
        <Button onClick={close}>Close</Button>
      </div>
    </Dialog>
  );
}
