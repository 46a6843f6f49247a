import { useState } from 'react';
import { limitUse } from '../../shared/limit-use.ts';
import type { Limits, Spent } from '../../shared/limits.ts';
import { hrefOf } from '../app/router.ts';
import { useProjects } from '../app/use-rows.ts';
import { useStore } from '../data/store.ts';
import { ProjectSpending } from '../projects/project-limits.tsx';
import { Button } from '../ui/button.tsx';
import { duration, money, tokens } from '../ui/format.ts';
import { LimitEditor } from '../workers/limit-editor.tsx';
import { LimitRow } from '../workers/limit-meter.tsx';
import { limitsWords } from '../workers/limit-words.ts';
import { NumberRow } from './number-row.tsx';
import { HeldBy, Panel } from './panel.tsx';
import { useSetting } from './use-setting.ts';

const nothing: Spent = { tokens: 0, costUsd: 0, workedMs: 0 };

/** Upper bounds of what may be spent: by each new worker, by a project, by all of them in a day. */
export function LimitsSection() {
  const spending = useStore((state) => state.rows.spending);
  const projects = useProjects();
  const warn = useSetting('warnPercent');
  const day = useSetting('dayLimits');
  const fresh = useSetting('defaultLimits');
  const today = spending?.today ?? nothing;
  return (
    <>
      <Panel
        title="Today"
        about="All workers together, from midnight on. At its limit nobody begins another turn until tomorrow."
      >
        <dl className="grid grid-cols-3 gap-px border-b border-hair-soft bg-hair-soft">
          <Figure label="Money" value={money(today.costUsd)} />
          <Figure label="Tokens" value={tokens(today.tokens)} />
          <Figure label="Time at work" value={today.workedMs < 1000 ? '0 s' : duration(today.workedMs)} />
        </dl>
        <EditableLimits
          setting={day}
          spent={today}
          what="limit of a day"
          empty="No limit for a day. What is spent is counted all the same."
        />
      </Panel>
      <Panel title="Each new worker" about="Unless its role or its start says otherwise.">
        <EditableLimits setting={fresh} spent={null} what="limit of a new worker" empty="No limit." />
      </Panel>
      <Panel title="Warning" about="Before a limit is reached, so that there is time to raise it.">
        <NumberRow
          setting={warn}
          label="Warn at"
          name="Percent of a limit at which it warns"
          hint="percent of any limit"
          min={1}
          max={100}
        />
      </Panel>
      <Panel title="Projects" about="All workers of a project together, counted since its budget was last begun anew.">
        {projects.length === 0 ? (
          <p className="px-4 py-3 text-ink-2">
            None yet. <a href={hrefOf({ view: 'settings', section: 'projects' })}>Add a project</a> first.
          </p>
        ) : (
          projects.map((project) => (
            <div key={project.id} className="border-t border-hair-soft px-4 py-3 first:border-t-0">
              <h3 className="mb-1 font-medium">{project.name}</h3>
              <ProjectSpending project={project} />
            </div>
          ))
        )}
      </Panel>
    </>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div className="flex flex-col-reverse bg-surface px-4 py-2.5">
      <dt className="text-sm text-ink-3">{label}</dt>
      <dd className="figures text-xl leading-7 font-strong tracking-[-.015em]">{value}</dd>
    </div>
  );
}

function EditableLimits({
  setting,
  spent,
  what,
  empty,
}: {
  setting: {
    value: Limits | undefined;
    lockedBy: string | undefined;
    error: string | null;
    disabled: boolean;
    save: (limits: Limits) => Promise<boolean>;
  };
  /** What was spent of them; null where there is nothing to count yet. */
  spent: Spent | null;
  what: string;
  empty: string;
}) {
  const [editing, setEditing] = useState(false);
  const limits = setting.value ?? {};
  const uses = spent ? limitUse(limits, spent) : [];
  return (
    <div className="grid gap-2 px-4 py-3">
      {setting.lockedBy && <HeldBy name={setting.lockedBy} />}
      {editing ? (
        <LimitEditor
          limits={limits}
          what={what}
          onClose={() => setEditing(false)}
          onSave={async (next) => {
            await setting.save(next);
          }}
        />
      ) : (
        <>
          {uses.map((use) => (
            <LimitRow key={use.name} use={use} />
          ))}
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <span className="min-w-0 flex-1 text-sm text-ink-2">{limitsWords(limits) ?? empty}</span>
            <Button size="sm" disabled={setting.disabled} className="max-phone:h-11" onClick={() => setEditing(true)}>
              {limitsWords(limits) ? 'Change' : 'Set a limit'}
            </Button>
          </div>
        </>
      )}
      {setting.error && (
        <p role="alert" className="text-sm text-failed">
          {setting.error} The last good limits hold.
        </p>
      )}
    </div>
  );
}
