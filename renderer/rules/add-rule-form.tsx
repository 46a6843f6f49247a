import { Plus } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ProjectId, WorkerId } from '../../shared/ids.ts';
import type { RuleEffect, ruleScopeSchema } from '../../shared/rules.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { useProjects, useWorkers } from '../app/use-rows.ts';
import { errorText } from '../data/error-text.ts';
import { Button } from '../ui/button.tsx';
import { Segments, SelectField } from '../ui/fields.tsx';
import { RuleField } from './rule-field.tsx';
import { parseRule } from './rule-notation.ts';

type Scope = (typeof ruleScopeSchema.options)[number];

/** Makes a standing rule: what, its effect, and for whom. */
export function AddRuleForm({
  initialRule = '',
  initialEffect = 'allow',
  workerId: forWorker = '',
  projectId: forProject = '',
  onAdded,
}: {
  initialRule?: string;
  initialEffect?: RuleEffect;
  /** Where it is offered to hold first. */
  workerId?: string;
  projectId?: string;
  onAdded?: () => void;
}) {
  const { connection } = useApp();
  const projects = useProjects();
  const workers = useWorkers();
  const [rule, setRule] = useState(initialRule);
  const [effect, setEffect] = useState<RuleEffect>(initialEffect);
  const [scope, setScope] = useState<Scope>(forWorker ? 'session' : forProject ? 'project' : 'always');
  const [workerId, setWorkerId] = useState(forWorker);
  const [projectId, setProjectId] = useState(forProject);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => setRule(initialRule), [initialRule]);
  const worker = workerId || workers[0]?.id || '';
  const project = projectId || projects[0]?.id || '';
  const wrong = 'problem' in parseRule(rule);
  const missing = (scope === 'session' && !worker) || (scope === 'project' && !project);
  const add = async (): Promise<void> => {
    if (wrong || missing || busy) return;
    setBusy(true);
    setError(null);
    try {
      const added = await connection.client.rules.add({
        effect,
        rule: rule.trim(),
        scope,
        ...(scope === 'session' ? { workerId: worker as WorkerId } : {}),
        ...(scope === 'project' ? { projectId: project as ProjectId } : {}),
      });
      setRule('');
      tell(`${added.rule} stands now. Running workers heed it at their next request.`, {
        action: {
          label: 'Undo',
          run: () =>
            void connection.client.rules
              .remove({ id: added.id })
              .catch((problem: unknown) => tell(errorText(problem), { tone: 'error' })),
        },
      });
      onAdded?.();
    } catch (problem) {
      setError(errorText(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      aria-label="New standing rule"
      className="grid gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <div className="flex flex-wrap items-center gap-2">
        <Segments
          label="Effect"
          value={effect}
          onChange={setEffect}
          options={[
            { value: 'allow', label: 'Allow' },
            { value: 'ask', label: 'Ask' },
            { value: 'deny', label: 'Deny' },
          ]}
        />
        <span className="text-sm text-ink-3">for</span>
        <SelectField aria-label="For whom" value={scope} onChange={(event) => setScope(event.target.value as Scope)}>
          <option value="always">every worker</option>
          <option value="project" disabled={projects.length === 0}>
            workers of a project
          </option>
          <option value="session" disabled={workers.length === 0}>
            one worker
          </option>
        </SelectField>
        {scope === 'project' && (
          <SelectField
            aria-label="Project of the rule"
            value={project}
            onChange={(event) => setProjectId(event.target.value)}
          >
            {projects.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </SelectField>
        )}
        {scope === 'session' && (
          <SelectField
            aria-label="Worker of the rule"
            value={worker}
            onChange={(event) => setWorkerId(event.target.value)}
          >
            {workers.slice(0, 200).map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </SelectField>
        )}
      </div>
      <RuleField
        label="Rule"
        value={rule}
        onChange={(value) => {
          setRule(value);
          setError(null);
        }}
        effect={effect}
        placeholder="Bash(npm test *)"
        error={error}
      >
        <Button type="submit" icon={Plus} disabled={wrong || missing || busy} className="max-phone:h-11">
          {busy ? 'Adding…' : 'Add rule'}
        </Button>
      </RuleField>
    </form>
  );
}
