import { LoaderCircle, RotateCw, X } from 'lucide-react';
import { type DoctorFinding, type DoctorGroup, doctorGroups } from '../../shared/doctor.ts';
import { hrefOf } from '../app/router.ts';
import { DiagnosticsPanel } from '../diagnostics/diagnostics-panel.tsx';
import { Button } from '../ui/button.tsx';
import { CheckMark } from '../ui/check-mark.tsx';
import { Problem } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import { DoctorActions } from './doctor-actions.tsx';
import { TryWorkers } from './try-workers.tsx';
import { type DoctorRow, useDoctor } from './use-doctor.ts';

const order: Record<DoctorFinding['state'], number> = { error: 0, warning: 1, 'not-installed': 2, ok: 3 };
const groupNames: Record<DoctorGroup, string> = {
  programs: 'Programs',
  workers: 'For workers',
  house: 'Control Room itself',
  machine: 'This machine',
};

function LookMark({ finding }: { finding: DoctorFinding | null }) {
  if (finding) return <CheckMark state={finding.state} />;
  return (
    <LoaderCircle
      size={16}
      role="img"
      aria-label="being looked at"
      className="mt-0.5 shrink-0 animate-spin text-ink-3 motion-reduce:animate-none"
    />
  );
}

/** What Control Room needs and whether it is there; what is wrong comes first in its group, with what can be done. */
export function DoctorView() {
  const { rows, at, error, busy, look, cancel } = useDoctor();
  const wrong = rows.filter(({ finding }) => finding?.state === 'error' || finding?.state === 'warning').length;
  const left = rows.filter(({ finding }) => finding === null).length;
  return (
    <main className="flex min-h-0 min-w-0 flex-col">
      <div className="flex h-(--viewbar-h) shrink-0 items-center gap-3 border-b border-hair px-4 max-phone:h-14">
        <h1 className="text-md font-strong tracking-[-.01em] max-phone:hidden">Doctor</h1>
        <span className="text-sm text-ink-3">
          {busy ? (
            left > 0 ? (
              `${rows.length - left} of ${rows.length} looked at`
            ) : (
              'looking'
            )
          ) : at ? (
            <>
              looked <Since at={at} after="ago" />
            </>
          ) : null}
        </span>
        <span className="ml-auto flex gap-2">
          <a
            className="self-center text-sm text-ink-2 underline underline-offset-2 hover:text-ink"
            href={hrefOf({ view: 'logs', query: '' })}
          >
            Open the log
          </a>
          {busy ? (
            <Button size="sm" icon={X} className="max-phone:h-11" onClick={cancel}>
              Cancel
            </Button>
          ) : (
            <Button size="sm" icon={RotateCw} className="max-phone:h-11" onClick={() => void look()}>
              Look again
            </Button>
          )}
        </span>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto p-4">
        <div className="grid max-w-[760px] gap-3">
          {error && (
            <Problem
              action={
                <Button size="sm" onClick={() => void look()}>
                  Try again
                </Button>
              }
            >
              {error}
            </Problem>
          )}
          {rows.length > 0 && left === 0 && (
            <p className="text-ink-2" role="status">
              {wrong === 0
                ? 'All well. Everything workers need is here.'
                : `${plural(wrong, 'thing')} to look at; the rest is well.`}
            </p>
          )}
          {doctorGroups.map((group) => (
            <Group key={group} group={group} rows={rows} onDone={() => void look()} />
          ))}
          <TryWorkers />
          <DiagnosticsPanel />
        </div>
      </div>
    </main>
  );
}

function Group({ group, rows, onDone }: { group: DoctorGroup; rows: readonly DoctorRow[]; onDone: () => void }) {
  const mine = rows.filter((row) => row.group === group);
  if (mine.length === 0) return null;
  const sorted = [...mine].sort((a, b) => order[a.finding?.state ?? 'ok'] - order[b.finding?.state ?? 'ok']);
  return (
    <section aria-label={groupNames[group]} className="grid gap-1.5">
      <h2 className="text-sm text-ink-3">{groupNames[group]}</h2>
      <ul className="overflow-hidden rounded-3 bg-surface ring-1 ring-inset ring-hair">
        {sorted.map(({ id, title, finding }) => (
          <li key={id} className="flex gap-3 border-t border-hair-soft px-4 py-2.5 first:border-t-0">
            <LookMark finding={finding} />
            <div className="min-w-0 flex-1">
              <h3 className="font-medium">{title}</h3>
              {finding && <p className="text-sm text-ink-2 wrap-anywhere">{finding.detail}</p>}
              {finding?.fix && finding.fix !== finding.detail && (
                <p className="mt-1 text-sm wrap-anywhere">{finding.fix}</p>
              )}
              {finding && finding.actions.length > 0 && <DoctorActions actions={finding.actions} onDone={onDone} />}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
