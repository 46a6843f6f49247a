import { type KeyboardEvent, useState } from 'react';
import type { ConfigEntry } from '../../shared/configuration.ts';
import type { ContractClient } from '../../shared/contract.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { Button } from '../ui/button.tsx';
import { Problem, Segments, TextField } from '../ui/fields.tsx';

/** Whether the file, or a profile of it, gives the option: as what holds, or as what loses. */
function isInFile({ source, overridden }: ConfigEntry): boolean {
  return source === 'file' || source === 'profile' || overridden.some((by) => / (in|of) .*config\.json$/.test(by));
}

/** Changes what the file says of an option, in place. */
export function OptionEditor({ entry, onClose }: { entry: ConfigEntry; onClose: () => void }) {
  const { connection } = useApp();
  const { name, secret, source, by } = entry;
  const present = secret || (source !== 'file' && source !== 'profile') ? '' : (entry.value ?? '');
  const [text, setText] = useState(present || (entry.isSwitch ? (entry.value ?? 'false') : ''));
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const { configuration } = connection.client;

  const change = async (
    work: (calls: ContractClient['configuration']) => Promise<{ message: string; undoId: string }>,
  ): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      const { message, undoId } = await work(configuration);
      tell(`${name}: ${message}`, {
        action: {
          label: 'Undo',
          run: () =>
            void configuration.undo({ undoId }).catch((error: unknown) => tell(errorText(error), { tone: 'error' })),
        },
      });
      onClose();
    } catch (error) {
      setProblem(errorText(error));
    } finally {
      setBusy(false);
    }
  };
  const save = (): void => {
    if (!busy) void change((calls) => calls.set({ name, value: text }));
  };
  const wins = source === 'flag' || source === 'environment';
  return (
    <form
      aria-label={`Change ${name}`}
      className="col-span-full grid gap-2 pt-1.5 pb-1"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
      onKeyDown={(event: KeyboardEvent) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onClose();
      }}
    >
      {wins && (
        <p className="text-sm text-needs">
          <code>{by}</code> is given and wins over the file: what you save here holds once it is not given any more.
        </p>
      )}
      <div className="flex flex-wrap items-center gap-2">
        {entry.isSwitch ? (
          <Segments
            label={name}
            value={text}
            options={[
              { value: 'true', label: 'on' },
              { value: 'false', label: 'off' },
            ]}
            onChange={setText}
          />
        ) : (
          <TextField
            mono
            autoFocus
            type={secret ? 'password' : 'text'}
            aria-label={`${name} in the file`}
            placeholder={secret ? 'The new secret' : 'What the file is to say'}
            value={text}
            invalid={problem !== null}
            onChange={(event) => {
              setText(event.target.value);
              setProblem(null);
            }}
            className="min-w-0 flex-1 basis-56"
          />
        )}
        <Button
          type="submit"
          size="sm"
          look="primary"
          className="max-phone:h-11"
          disabled={busy || text.trim() === '' || (text === present && !problem)}
        >
          {busy ? 'Saving…' : 'Save in the file'}
        </Button>
        {isInFile(entry) && (
          <Button
            size="sm"
            className="max-phone:h-11"
            disabled={busy}
            onClick={() => void change((calls) => calls.unset({ name }))}
          >
            Take it out
          </Button>
        )}
        <Button size="sm" look="ghost" className="max-phone:h-11" onClick={onClose}>
          Cancel
        </Button>
      </div>
      {problem && <Problem>{problem}</Problem>}
    </form>
  );
}
