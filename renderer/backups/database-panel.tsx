import { ShieldAlert, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import type { DatabaseState } from '../../shared/database.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { useStream } from '../data/use-stream.ts';
import { Panel } from '../settings/panel.tsx';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';
import { bytes, clockTime, duration } from '../ui/format.ts';
import { Progress } from '../ui/progress.tsx';
import { useAttempt } from './use-attempt.ts';

/** Tables that are shown; the small ones are one line. */
const shownTables = 8;

/** The state's database: schema, sizes, whether it is whole, and what keeps it in order. */
export function DatabasePanel() {
  const { connection } = useApp();
  const { database } = connection.client;
  const { busy, attempt } = useAttempt();
  const { value, error } = useStream('database', (client, signal) => client.database.watch(undefined, { signal }));
  const check = (): void =>
    void attempt(async () => {
      const { ok, problems, tookMs } = await database.check();
      if (ok) tell(`The database is whole (${duration(tookMs, true)}).`);
      else tell(`The database is damaged: ${problems[0]}`, { tone: 'error' });
    });
  return (
    <Panel
      title="Database"
      about="SQLite in one file; every change is on the disk before it is told."
      end={
        <Button
          size="sm"
          icon={value?.lastCheck && !value.lastCheck.ok ? ShieldAlert : ShieldCheck}
          disabled={busy}
          className="max-phone:h-11"
          onClick={check}
        >
          Check
        </Button>
      }
    >
      {error && <Problem className="m-3">{error}</Problem>}
      {value?.work && (
        <div role="status" className="grid gap-1.5 border-b border-hair-soft px-4 py-2.5">
          <Progress share={value.work.part} label="How much is looked through" />
        </div>
      )}
      {value?.lastCheck && !value.lastCheck.ok && (
        <Damaged
          problems={value.lastCheck.problems}
          busy={busy}
          onMend={() => void attempt(async () => tell((await database.mend({ confirm: true })).message))}
        />
      )}
      {value && <Facts state={value} />}
      <div className="flex flex-wrap gap-2 border-t border-hair-soft px-4 py-2.5">
        <Button
          size="sm"
          disabled={busy}
          title="Rows and bytes of each table"
          className="max-phone:h-11"
          onClick={() => void attempt(async () => void (await database.measure()))}
        >
          Measure
        </Button>
        <Button
          size="sm"
          disabled={busy}
          title="Counts anew what statements are planned by"
          className="max-phone:h-11"
          onClick={() =>
            void attempt(async () => tell(`ANALYZE took ${duration((await database.analyze()).tookMs, true)}.`))
          }
        >
          Analyze
        </Button>
        <Button
          size="sm"
          disabled={busy}
          title="Brings what stands in the log into the file"
          className="max-phone:h-11"
          onClick={() =>
            void attempt(async () =>
              tell(`The log is in the file (${bytes((await database.checkpoint()).logBytes)} left).`),
            )
          }
        >
          Checkpoint
        </Button>
        <Button
          size="sm"
          disabled={busy}
          title="Writes the file anew without free room: Control Room starts again in its place for it, and workers go on"
          className="max-phone:h-11"
          onClick={() => void attempt(async () => tell((await database.vacuum()).message))}
        >
          Vacuum
        </Button>
      </div>
    </Panel>
  );
}

/** What is wrong with it, and the way out: what is lost by it is said before it is done. */
function Damaged({ problems, busy, onMend }: { problems: readonly string[]; busy: boolean; onMend: () => void }) {
  const [asked, setAsked] = useState(false);
  return (
    <Problem
      className="m-3 flex-wrap"
      action={
        asked ? (
          <span className="flex flex-wrap gap-1.5">
            <Button size="sm" look="danger" disabled={busy} className="max-phone:h-11" onClick={onMend}>
              Set it aside and restore
            </Button>
            <Button size="sm" look="ghost" className="max-phone:h-11" onClick={() => setAsked(false)}>
              Not now
            </Button>
          </span>
        ) : (
          <Button size="sm" disabled={busy} className="max-phone:h-11" onClick={() => setAsked(true)}>
            Mend it
          </Button>
        )
      }
    >
      {asked
        ? 'Control Room starts again in its place. The damaged file is set aside and the newest whole backup takes its place; what runs goes on. What came after that backup is lost where it cannot be read any more.'
        : `It is damaged: ${problems.slice(0, 3).join(' ')} The next start sets it aside and restores the newest whole backup.`}
    </Problem>
  );
}

function Facts({ state }: { state: DatabaseState }) {
  const { schema, lastCheck, lastVacuum } = state;
  const derived = state.files.filter((file) => file.derived).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const own = state.files.filter(({ name }) => name.startsWith('control-room.db'));
  const pending = schema.migrations.filter(({ applied }) => !applied);
  const rows: [string, string][] = [
    ['File', state.path],
    [
      'Schema',
      pending.length === 0
        ? `${schema.applied}, up to date`
        : `${schema.applied} of ${schema.latest}; waiting: ${pending.map(({ name }) => name).join(', ')}`,
    ],
    [
      'Size',
      `${bytes(own.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))}, of which ${bytes(state.freeBytes)} free room; ${bytes(derived)} beside it can be made again`,
    ],
    [
      'Checked',
      lastCheck
        ? `${clockTime(lastCheck.at)}: ${lastCheck.ok ? 'whole' : 'damaged'}`
        : 'with each backup; not yet by hand',
    ],
    ...(lastVacuum
      ? [
          [
            'Vacuumed',
            `${clockTime(lastVacuum.at)}: ${bytes(lastVacuum.beforeBytes)} became ${bytes(lastVacuum.afterBytes)}`,
          ] satisfies [string, string],
        ]
      : []),
  ];
  return (
    <>
      <dl className="grid grid-cols-[96px_minmax(0,1fr)] gap-x-3 gap-y-1 px-4 py-2.5 text-sm">
        {rows.map(([name, text]) => (
          <div key={name} className="contents">
            <dt className="text-ink-3">{name}</dt>
            <dd className="figures min-w-0 wrap-anywhere">{text}</dd>
          </div>
        ))}
      </dl>
      {state.tables && <Tables tables={state.tables} />}
      <details className="border-t border-hair-soft px-4 py-2 text-sm">
        <summary className="cursor-pointer text-ink-2">What is kept, and for how long</summary>
        <dl className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)] gap-x-3 gap-y-1 pt-2">
          {state.retention.map(({ what, kept }) => (
            <div key={what} className="contents">
              <dt className="text-ink-2">{what}</dt>
              <dd className="figures">{kept}</dd>
            </div>
          ))}
        </dl>
      </details>
    </>
  );
}

function Tables({ tables }: { tables: NonNullable<DatabaseState['tables']> }) {
  const large = tables.slice(0, shownTables);
  const rest = tables.slice(shownTables);
  const most = Math.max(1, ...large.map(({ sizeBytes }) => sizeBytes));
  return (
    <table className="w-full border-t border-hair-soft text-sm">
      <thead className="sr-only">
        <tr>
          <th>Table</th>
          <th>Rows</th>
          <th>Size</th>
          <th>Part</th>
        </tr>
      </thead>
      <tbody>
        {large.map(({ name, rows, sizeBytes }) => (
          <tr key={name} className="h-7">
            <td className="pl-4 font-mono">{name}</td>
            <td className="figures px-2 text-right text-ink-2">{rows.toLocaleString('en-US')}</td>
            <td className="figures px-2 text-right">{bytes(sizeBytes)}</td>
            <td className="w-1/3 pr-4 max-phone:w-1/5">
              <span
                aria-hidden
                className="block h-1.5 rounded-full bg-accent"
                style={{ width: `${Math.max(1, (sizeBytes / most) * 100)}%` }}
              />
            </td>
          </tr>
        ))}
        {rest.length > 0 && (
          <tr className="h-7 text-ink-3">
            <td className="pl-4">{rest.length} smaller ones</td>
            <td className="figures px-2 text-right">
              {rest.reduce((sum, { rows }) => sum + rows, 0).toLocaleString('en-US')}
            </td>
            <td className="figures px-2 text-right">
              {bytes(rest.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))}
            </td>
            <td />
          </tr>
        )}
      </tbody>
    </table>
  );
}
