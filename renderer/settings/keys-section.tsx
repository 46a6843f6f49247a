import { X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { commands, keyOf, keysOf } from '../app/commands.ts';
import { setPreferences, usePreferences } from '../data/preferences.ts';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';
import { KeyCap } from '../ui/key-cap.tsx';
import { Panel } from './panel.tsx';

/** Every command with its key; a key cap takes another one. */
export function KeysSection() {
  const own = usePreferences((state) => state.keys);
  const [listening, setListening] = useState<string | null>(null);
  const [taken, setTaken] = useState<string | null>(null);
  useEffect(() => {
    if (!listening) return;
    const listen = (event: KeyboardEvent): void => {
      event.preventDefault();
      event.stopImmediatePropagation();
      const key = keyOf(event);
      if (!key) return;
      if (key === 'Escape') {
        setListening(null);
        return;
      }
      const { keys } = usePreferences.getState();
      const own = commands.find(({ id }) => id === listening);
      // Commands of one view come first there: they may share a key with those of the whole page.
      const other = commands.find(
        (command) =>
          command.id !== listening &&
          Boolean(command.first) === Boolean(own?.first) &&
          keysOf(command.id, keys).includes(key),
      );
      if (other) {
        setTaken(`${key.replace('mod', 'Ctrl')} is the key of “${other.title}”. Change that one first.`);
        return;
      }
      setPreferences({ keys: { ...keys, [listening]: [key] } });
      setTaken(null);
      setListening(null);
    };
    window.addEventListener('keydown', listen, true);
    return () => window.removeEventListener('keydown', listen, true);
  }, [listening]);
  return (
    <Panel
      title="Keys"
      about="For this browser alone. Press a key cap, then the new key; Escape leaves it as it was."
      end={
        Object.keys(own).length > 0 && (
          <Button size="sm" onClick={() => setPreferences({ keys: {} })}>
            All as at first
          </Button>
        )
      }
    >
      {taken && <Problem className="m-3">{taken}</Problem>}
      <div className="py-1.5">
        {commands.map((command) => (
          <div key={command.id} className="flex min-h-8 items-center gap-3 px-4">
            <span className="flex-1">{command.title}</span>
            <span className="text-sm text-ink-3">{command.group}</span>
            <button
              type="button"
              title="Change this key"
              onClick={() => {
                setTaken(null);
                setListening(command.id);
              }}
              className="flex min-h-6 w-40 items-center justify-end gap-1 rounded-2 px-1 hover:bg-hover"
            >
              <span className="sr-only">Change the key of {command.title}: </span>
              {listening === command.id ? (
                <span className="text-sm text-accent-text">press a key…</span>
              ) : (
                keysOf(command.id, own).map((keys) => <KeyCap key={keys} keys={keys} />)
              )}
              {listening !== command.id && keysOf(command.id, own).length === 0 && (
                <span className="text-sm text-ink-3">none</span>
              )}
            </button>
            <Button
              look="ghost"
              size="xs"
              icon={X}
              aria-label={`As at first: ${command.title}`}
              className={own[command.id] ? undefined : 'invisible'}
              onClick={() => {
                const { [command.id]: _gone, ...rest } = own;
                setPreferences({ keys: rest });
              }}
            />
          </div>
        ))}
      </div>
    </Panel>
  );
}
