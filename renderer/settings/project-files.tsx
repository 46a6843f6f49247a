import type { Project } from '../../shared/projects.ts';
import type { WorktreeConfiguration } from '../../shared/worktrees.ts';
import { useProjects } from '../app/use-rows.ts';
import { useAsked } from '../data/use-asked.ts';
import { Problem } from '../ui/fields.tsx';
import { Panel } from './panel.tsx';

const parts = [
  ['setup', 'Set-up'],
  ['run', 'Run'],
  ['teardown', 'Teardown'],
  ['include', 'Copied'],
] as const satisfies readonly (readonly [keyof WorktreeConfiguration['from'], string])[];

/** What each repository's own files say of making worktrees, and which of them says it. */
export function ProjectFiles() {
  const projects = useProjects();
  return (
    <Panel
      title="What repositories say"
      about="Scripts and ignored files to copy, read from each repository: control-room.json first, then the files of other tools."
    >
      {projects.length === 0 && <p className="px-4 py-3 text-ink-2">No project yet.</p>}
      {projects.map((project) => (
        <OfProject key={project.id} project={project} />
      ))}
    </Panel>
  );
}

function OfProject({ project }: { project: Project }) {
  const { value, error } = useAsked(project.id, String(project.trusted), (client, signal) =>
    client.worktrees.configuration({ projectId: project.id }, { signal }),
  );
  const broken = value?.sources.filter(({ problem }) => problem !== null) ?? [];
  const said = value ? parts.filter(([part]) => value[part].length > 0) : [];
  return (
    <section aria-label={project.name} className="grid gap-1.5 border-t border-hair-soft px-4 py-3 first:border-t-0">
      <h3 className="font-medium">{project.name}</h3>
      {error && <Problem>{error}</Problem>}
      {value && said.length === 0 && (
        <p className="text-sm text-ink-2">
          Nothing. A <code>.worktreeinclude</code> names ignored files that each worktree needs, such as{' '}
          <code>.env</code>; a <code>control-room.json</code> may hold <code>setup</code>, <code>run</code> and{' '}
          <code>teardown</code>.
        </p>
      )}
      {value && said.length > 0 && (
        <dl className="grid grid-cols-[84px_minmax(0,1fr)] gap-x-1 gap-y-1 text-sm">
          {said.map(([part, name]) => (
            <div key={part} className="contents">
              <dt className="leading-5 text-ink-3">{name}</dt>
              <dd className="flex min-w-0 flex-wrap items-baseline gap-x-3">
                <code className="min-w-0 wrap-anywhere">{value[part].join(part === 'include' ? ', ' : ' && ')}</code>
                <span className="text-xs text-ink-3">{value.from[part]}</span>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {value && !value.runs && said.some(([part]) => part !== 'include') && (
        <p className="text-sm text-needs">Its scripts do not run: the project is not trusted.</p>
      )}
      {broken.map(({ file, problem }) => (
        <p key={file} className="text-sm text-failed">
          <code>{file}</code> cannot be read: {problem}
        </p>
      ))}
    </section>
  );
}
