import { useStore } from '../data/store.ts';
import { useStream } from '../data/use-stream.ts';
import { Problem } from '../ui/fields.tsx';
import { BackupsPanel } from './backups-panel.tsx';
import { DatabasePanel } from './database-panel.tsx';
import { ExchangePanel } from './exchange-panel.tsx';
import { LastRestore } from './last-restore.tsx';
import { SchedulePanel } from './schedule-panel.tsx';
import { SlowPanel } from './slow-panel.tsx';

/** Backups & data: copies of the state, the database itself, and everything as one file. */
export function DataSection() {
  const admin = useStore((state) => state.access === 'admin');
  return admin ? <Data /> : <p className="text-ink-2">An administrator looks after backups and the database.</p>;
}

function Data() {
  const { value, error } = useStream('backups', (client, signal) => client.backups.watch(undefined, { signal }));
  return (
    <>
      {error && <Problem>{error}</Problem>}
      {value && <LastRestore state={value} />}
      <BackupsPanel state={value} />
      <SchedulePanel state={value} />
      <DatabasePanel />
      <SlowPanel />
      <ExchangePanel />
    </>
  );
}
