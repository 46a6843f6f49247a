import { FolderPlus, Plus, Terminal, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Project } from '../../shared/projects.ts';
import { useApp } from '../app/app-context.ts';
import { showDialog } from '../app/ui-state.ts';
import { useProjects } from '../app/use-rows.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { ProjectSpending } from '../projects/project-limits.tsx';
import { Button } from '../ui/button.tsx';
import { Problem, Switch } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { CopyValue } from '../workers/facts-tab.tsx';
import { Panel } from './panel.tsx';
import { SavedText } from './saved-text.tsx';

/** The repositories workers may work in: trust, limits, removal. */
export function ProjectsSection() {
  const projects = useProjects();
  return (
    <Panel
      title="Projects"
      about="Git repositories that workers may work in."
      end={
        <Button size="sm" icon={FolderPlus} onClick={() => showDialog({ kind: 'add-project' })}>
          Add a project
        </Button>
      }
    >
      {projects.length === 0 && (
        <p className="px-4 py-3 text-ink-2">None yet. Add the folder of a repository to start.</p>
      )}
      {projects.map((project) => (
        <ProjectRow key={project.id} project={project} />
      ))}
    </Panel>
  );
}

function ProjectRow({ project }: { project: Project }) {
  const { connection, actions } = useApp();
  const [error, setError] = useState<string | null>(null);
  const [removing, setRemoving] = useState(false);
  const live = useStore(
    (state) =>
      Object.values(state.rows.workers).filter((worker) => worker.projectId === project.id && worker.state !== 'ended')
        .length,
  );
  const attempt = async (call: Promise<unknown>): Promise<void> => {
    try {
      await call;
      setError(null);
    } catch (problem) {
      setError(errorText(problem));
    }
  };
  return (
    <div className="border-t border-hair-soft px-4 py-3 first:border-t-0">
      <div className="flex flex-wrap items-center gap-2">
        <SavedText
          label={`Name of ${project.name}`}
          value={project.name}
          disabled={false}
          invalid={false}
          onSave={(name) => void attempt(connection.client.projects.update({ id: project.id, name }))}
          className="w-48 font-medium"
        />
        <span className="min-w-0 flex-1 text-sm text-ink-3">
          <CopyValue value={project.path} />
        </span>
        <Button
          look="ghost"
          size="sm"
          icon={Terminal}
          onClick={() => void actions.openTerminal({ projectId: project.id })}
        >
          Open terminal
        </Button>
        <Button
          look="ghost"
          size="sm"
          icon={Plus}
          onClick={() => showDialog({ kind: 'new-worker', projectId: project.id })}
        >
          New worker
        </Button>
      </div>
      <div className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-ink-2">
        <span>
          new workers start from <code>{project.defaultBranch}</code>
        </span>
        {project.remoteUrl && <code className="truncate text-ink-3">{project.remoteUrl}</code>}
        <span className="text-ink-3">{live > 0 ? plural(live, 'live worker') : 'no live worker'}</span>
      </div>
      <div className="mt-2 flex flex-wrap items-center gap-2.5">
        <Switch
          aria-label={`Trust ${project.name}`}
          checked={project.trusted}
          onCheckedChange={(trusted) => void attempt(connection.client.projects.update({ id: project.id, trusted }))}
        />
        <span className="min-w-0 flex-1 text-sm text-ink-2">
          {project.trusted
            ? 'Trusted: its own Claude settings, hooks and MCP servers run in its workers.'
            : 'Not trusted: its own Claude settings, hooks and MCP servers are left out.'}
        </span>
        {removing ? (
          <>
            <span className="text-sm text-ink-2">The repository stays. Forget the project?</span>
            <Button
              size="sm"
              look="danger"
              onClick={() =>
                void attempt(connection.client.projects.remove({ id: project.id })).then(() => setRemoving(false))
              }
            >
              Forget it
            </Button>
            <Button size="sm" look="ghost" onClick={() => setRemoving(false)}>
              Keep
            </Button>
          </>
        ) : (
          <Button size="sm" look="ghost" icon={Trash2} onClick={() => setRemoving(true)}>
            Remove
          </Button>
        )}
      </div>
      {project.trustQuestion && !project.trusted && (
        <p className="mt-2 text-sm text-needs">
          It brings {project.trustQuestion.files.map((file) => `“${file}”`).join(', ')}. Look at what they run before
          you trust it.
        </p>
      )}
      <div className="mt-3 border-t border-hair-soft pt-2.5">
        <ProjectSpending project={project} />
      </div>
      {error && <Problem className="mt-2">{error}</Problem>}
    </div>
  );
}
