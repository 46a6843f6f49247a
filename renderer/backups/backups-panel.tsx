import { Archive, FlaskConical, Plus } from 'lucide-react';
import { useState } from 'react';
import type { Backup, BackupState, BackupWork } from '../../shared/backups.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { useNow } from '../data/clock.ts';
import { Panel } from '../settings/panel.tsx';
import { Button } from '../ui/button.tsx';
import { Problem, TextField } from '../ui/fields.tsx';
import { bytes, clockTime, duration, exactTime, plural } from '../ui/format.ts';
import { Progress } from '../ui/progress.tsx';
import { BackupRow } from './backup-row.tsx';
import { TakeInButton, TakeInStage, useTakeIn } from './take-in.tsx';
import { useAttempt } from './use-attempt.ts';

/** Rows that are shown at once; more on request. */
const page = 20;

/** All backups, newest first, and the making of one. */
export function BackupsPanel({ state }: { state: BackupState | null }) {
  const { connection } = useApp();
  const { busy, attempt } = useAttempt();
  const takeIn = useTakeIn();
  const [adding, setAdding] = useState(false);
  const [shown, setShown] = useState(page);
  const items = state?.items ?? [];
  const create = (description: string): void => {
    setAdding(false);
    void attempt(async () => {
      const made = await connection.client.backups.create({ type: 'manual', description });
      tell(`A backup of ${bytes(made.databaseBytes)} was made and read back.`);
    });
  };
  const drill = (): void =>
    void attempt(async () => {
      const result = await connection.client.backups.drill();
      if (result.ok)
        tell(`Restored for trial: ${plural(result.rows, 'row')} in ${plural(result.tables, 'table')}, all there.`);
      else tell(result.problem ?? 'The trial failed.', { tone: 'error' });
    });
  return (
    <Panel
      title="Backups"
      about="Copies of the state, made while everything goes on and read back before they stand here."
      end={
        <span className="flex flex-wrap justify-end gap-1.5">
          {items.length > 0 && (
            <Button
              size="sm"
              icon={FlaskConical}
              disabled={busy || state?.work !== null}
              title="Restores the newest one into a temporary place and compares it"
              className="max-phone:h-11"
              onClick={drill}
            >
              Try the newest
            </Button>
          )}
          <TakeInButton
            disabled={state === null || busy || takeIn.stage.is === 'sending' || takeIn.stage.is === 'reading'}
            onFile={(file) => void takeIn.take(file)}
          />
          <Button
            size="sm"
            look="primary"
            icon={Plus}
            disabled={state === null || busy || state.work !== null || adding}
            className="max-phone:h-11"
            onClick={() => setAdding(true)}
          >
            Back up now
          </Button>
        </span>
      }
    >
      {state?.problem && <Problem className="m-3">{state.problem}</Problem>}
      {state?.work && <Work work={state.work} />}
      <TakeInStage {...takeIn} />
      {adding && <NewBackup onMake={create} onCancel={() => setAdding(false)} />}
      {state && <Summary state={state} />}
      {state && items.length === 0 && !state.work && (
        <p className="flex items-center gap-2 border-t border-hair-soft px-4 py-3 text-ink-2">
          <Archive size={16} aria-hidden className="shrink-0 text-ink-3" />
          None yet. The first one is made a minute after a start; one before an upgrade never hurts.
        </p>
      )}
      {state === null && <p className="px-4 py-3 text-ink-3">Looking at the backups…</p>}
      <ul>
        {items.slice(0, shown).map((backup: Backup) => (
          <BackupRow key={backup.backup_filename} backup={backup} hasPassphrase={state?.hasPassphrase ?? false} />
        ))}
      </ul>
      {items.length > shown && (
        <div className="border-t border-hair-soft px-4 py-2">
          <Button size="sm" look="ghost" className="max-phone:h-11" onClick={() => setShown(shown + 5 * page)}>
            {items.length - shown} older
          </Button>
        </div>
      )}
    </Panel>
  );
}

const stepNames: Record<BackupWork['step'], string> = {
  copying: 'Copying the database',
  verifying: 'Looking through the copy',
  packing: 'Compressing',
  'reading-back': 'Reading it back',
  'second-location': 'Copying to the second location',
  unpacking: 'Unpacking',
  comparing: 'Comparing with its description',
};

function Work({ work }: { work: BackupWork }) {
  return (
    <div role="status" className="grid gap-1.5 border-b border-hair-soft px-4 py-2.5">
      <span className="text-sm text-ink-2">{stepNames[work.step]}</span>
      <Progress share={work.part} label={stepNames[work.step]} />
    </div>
  );
}

function Summary({ state }: { state: BackupState }) {
  const now = useNow();
  const { newestAt, nextAt, lastDrill, freeBytes } = state;
  const facts = [
    newestAt === null ? null : `newest ${now - newestAt < 60_000 ? 'now' : `${duration(now - newestAt)} ago`}`,
    nextAt === null ? 'none are made by themselves' : `next ${clockTime(Math.max(nextAt, now), now)}`,
    lastDrill && `${lastDrill.ok ? 'trial passed' : 'trial FAILED'} ${clockTime(lastDrill.checkedAt, now)}`,
    freeBytes === null ? null : `${bytes(freeBytes)} free`,
  ].filter((fact): fact is string => Boolean(fact));
  return (
    <p
      className="figures px-4 py-2 text-sm text-ink-2"
      title={newestAt === null ? undefined : `The newest is of ${exactTime(newestAt)}`}
    >
      {facts.join(' · ')}
    </p>
  );
}

function NewBackup({ onMake, onCancel }: { onMake: (description: string) => void; onCancel: () => void }) {
  const [description, setDescription] = useState('');
  return (
    <form
      className="flex flex-wrap items-center gap-2 border-b border-hair-soft px-4 py-2.5"
      onSubmit={(event) => {
        event.preventDefault();
        onMake(description.trim());
      }}
    >
      <TextField
        autoFocus
        aria-label="What it is for"
        placeholder="What it is for, such as “before the upgrade”"
        maxLength={500}
        value={description}
        onChange={(event) => setDescription(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && onCancel()}
        className="min-w-0 flex-1 basis-56"
      />
      <Button type="submit" look="primary" size="sm" className="max-phone:h-11">
        Make it
      </Button>
      <Button size="sm" look="ghost" className="max-phone:h-11" onClick={onCancel}>
        Cancel
      </Button>
    </form>
  );
}
