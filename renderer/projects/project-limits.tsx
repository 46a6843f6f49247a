import { RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { limitUse } from '../../shared/limit-use.ts';
import type { Project } from '../../shared/projects.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { Problem } from '../ui/fields.tsx';
import { clockTime, duration, exactTime, money, tokens } from '../ui/format.ts';
import { LimitEditor } from '../workers/limit-editor.tsx';
import { LimitRow } from '../workers/limit-meter.tsx';
import { limitsWords } from '../workers/limit-words.ts';

/** What a project spent, what it may, and the buttons that change that. */
export function ProjectSpending({ project }: { project: Project }) {
  const { connection } = useApp();
  const spending = useStore((state) => state.rows.spending?.projects[project.id]);
  const admin = useStore((state) => state.access === 'admin');
  const [editing, setEditing] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const total = spending?.total ?? { tokens: 0, costUsd: 0, workedMs: 0 };
  const uses = limitUse(project.limits, total);
  const reset = async (): Promise<void> => {
    try {
      await connection.client.projects.update({ id: project.id, resetSpent: true });
      setError(null);
      tell(`${project.name} is counted from now on. What its workers cost stays on their cards.`);
    } catch (problem) {
      setError(errorText(problem));
    }
  };
  return (
    <div className="grid gap-2">
      <p className="figures text-sm text-ink-2">
        {money(total.costUsd)}, {tokens(total.tokens)} tokens,{' '}
        {total.workedMs < 1000 ? 'no time' : duration(total.workedMs)} at work{' '}
        <span className="text-ink-3" title={exactTime(project.limitsSince)}>
          since {clockTime(project.limitsSince)}
        </span>
        {spending && <span className="text-ink-3">; {money(spending.today.costUsd)} of it today</span>}
      </p>
      {editing ? (
        <LimitEditor
          limits={project.limits}
          what={`limit of ${project.name}`}
          onClose={() => setEditing(false)}
          onSave={async (limits) => {
            await connection.client.projects.update({ id: project.id, limits });
          }}
        />
      ) : (
        <>
          {uses.map((use) => (
            <LimitRow key={use.name} use={use} />
          ))}
          <div className="flex flex-wrap items-center gap-2">
            <span className="min-w-0 flex-1 text-sm text-ink-3">
              {limitsWords(project.limits) ?? 'No limit for the project.'}
            </span>
            {admin && (
              <>
                <Button look="ghost" size="sm" icon={RotateCcw} className="max-phone:h-11" onClick={() => void reset()}>
                  Count anew
                </Button>
                <Button size="sm" className="max-phone:h-11" onClick={() => setEditing(true)}>
                  {uses.length > 0 ? 'Change limits' : 'Set a limit'}
                </Button>
              </>
            )}
          </div>
        </>
      )}
      {error && <Problem>{error}</Problem>}
    </div>
  );
}
