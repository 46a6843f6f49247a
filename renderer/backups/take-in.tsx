import { Upload, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorField, errorText } from '../data/error-text.ts';
import { Button } from '../ui/button.tsx';
import { Problem, TextField } from '../ui/fields.tsx';
import { bytes, clockTime, plural } from '../ui/format.ts';
import { Progress } from '../ui/progress.tsx';
import { sendBackup } from './carry-file.ts';

type Stage =
  | { is: 'nothing' }
  | { is: 'sending'; name: string; part: number }
  | { is: 'reading'; name: string }
  /** It is encrypted: it waits there for its passphrase. */
  | { is: 'locked'; name: string; id: string; problem: string }
  | { is: 'refused'; name: string; problem: string };

/** A backup of another place: its file is sent, read through there, and stands in the list when nothing is wrong with it. */
export function useTakeIn() {
  const { connection } = useApp();
  const [stage, setStage] = useState<Stage>({ is: 'nothing' });
  const sending = useRef<AbortController | null>(null);
  useEffect(() => () => sending.current?.abort(), []);

  const finish = async (name: string, id: string, passphrase?: string): Promise<void> => {
    setStage({ is: 'reading', name });
    try {
      const { client } = connection;
      const taken = await client.backups.finishUpload({ id, ...(passphrase ? { passphrase } : {}) });
      const rows = Object.values(taken.counts).reduce((sum, count) => sum + count, 0);
      setStage({ is: 'nothing' });
      tell(`Taken in: ${plural(rows, 'row')} as of ${clockTime(taken.createdAt)}. It can be restored now.`, {
        action: {
          label: 'Undo',
          run: () =>
            void client.backups
              .remove({ backup_filename: taken.backup_filename })
              .catch((error: unknown) => tell(errorText(error), { tone: 'error' })),
        },
      });
    } catch (error) {
      const problem = errorText(error);
      setStage(
        errorField(error) === 'passphrase' ? { is: 'locked', name, id, problem } : { is: 'refused', name, problem },
      );
    }
  };

  return {
    stage,
    async take(file: File): Promise<void> {
      const { name } = file;
      const ended = new AbortController();
      sending.current = ended;
      setStage({ is: 'sending', name, part: 0 });
      try {
        const id = await sendBackup(connection.client, file, {
          signal: ended.signal,
          onPart: (part) => setStage({ is: 'sending', name, part }),
        });
        await finish(name, id);
      } catch (error) {
        setStage(ended.signal.aborted ? { is: 'nothing' } : { is: 'refused', name, problem: errorText(error) });
      }
    },
    unlock: finish,
    cancel(): void {
      sending.current?.abort();
      if (stage.is === 'locked') void connection.client.backups.cancelUpload({ id: stage.id }).catch(() => undefined);
      setStage({ is: 'nothing' });
    },
  };
}

/** The button by which a file is chosen. */
export function TakeInButton({ disabled, onFile }: { disabled: boolean; onFile: (file: File) => void }) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={picker}
        type="file"
        accept=".gz,.db,.enc"
        hidden
        aria-label="Backup to take in"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = '';
          if (file) onFile(file);
        }}
      />
      <Button
        size="sm"
        icon={Upload}
        disabled={disabled}
        title="Takes in a backup of another place; it is read through before it can be restored"
        className="max-phone:h-11"
        onClick={() => picker.current?.click()}
      >
        Take in
      </Button>
    </>
  );
}

/** How far it is, or what is wrong with it. */
export function TakeInStage({
  stage,
  unlock,
  cancel,
}: Pick<ReturnType<typeof useTakeIn>, 'stage' | 'unlock' | 'cancel'>) {
  const [passphrase, setPassphrase] = useState('');
  if (stage.is === 'nothing' || stage.is === 'reading') return null;
  if (stage.is === 'refused')
    return (
      <Problem
        className="m-3"
        action={
          <Button size="xs" look="ghost" icon={X} aria-label="Close" className="max-phone:size-11" onClick={cancel} />
        }
      >
        {stage.name} was not taken in. {stage.problem}
      </Problem>
    );
  if (stage.is === 'sending')
    return (
      <div role="status" className="flex items-center gap-3 border-b border-hair-soft px-4 py-2.5">
        <span className="grid min-w-0 flex-1 gap-1.5">
          <span className="truncate text-sm text-ink-2">Sending {stage.name}</span>
          <Progress share={stage.part} label={`Sending ${stage.name}`} />
        </span>
        <Button size="sm" className="max-phone:h-11" onClick={cancel}>
          Cancel
        </Button>
      </div>
    );
  return (
    <form
      aria-label="Passphrase of the backup"
      className="grid gap-2 border-b border-hair-soft px-4 py-2.5"
      onSubmit={(event) => {
        event.preventDefault();
        setPassphrase('');
        void unlock(stage.name, stage.id, passphrase);
      }}
    >
      <p className="text-sm text-ink-2 wrap-anywhere">
        {stage.name}: {stage.problem}
      </p>
      <div className="flex flex-wrap gap-2">
        <TextField
          autoFocus
          type="password"
          aria-label="Passphrase"
          value={passphrase}
          onChange={(event) => setPassphrase(event.target.value)}
          className="min-w-0 flex-1 basis-48"
        />
        <Button type="submit" size="sm" look="primary" disabled={passphrase.length < 8} className="max-phone:h-11">
          Open it
        </Button>
        <Button size="sm" look="ghost" className="max-phone:h-11" onClick={cancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

/** How a download goes on, with the way to end it. */
export function Downloading({ part, sizeBytes, onCancel }: { part: number; sizeBytes: number; onCancel: () => void }) {
  return (
    <div role="status" className="flex items-center gap-3 pt-2">
      <span className="grid min-w-0 flex-1 gap-1.5">
        <span className="figures text-sm text-ink-2">
          {bytes(part * sizeBytes)} of {bytes(sizeBytes)}
        </span>
        <Progress share={part} label="Downloading" />
      </span>
      <Button size="sm" className="max-phone:h-11" onClick={onCancel}>
        Cancel
      </Button>
    </div>
  );
}
