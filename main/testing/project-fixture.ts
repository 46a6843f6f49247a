import type { ProjectId } from '../../shared/ids.ts';
import type { Project } from '../../shared/projects.ts';
import type { Database } from '../orchestrator/database/database.ts';

/** A project over the repository at `path`, kept in the database as `projects` keeps them. */
export function keepProject(database: Database, path: string, more: Partial<Project> = {}): Project {
  const project: Project = {
    id: 'p_shop' as ProjectId,
    name: 'shop',
    path,
    defaultBranch: 'main',
    remoteUrl: null,
    trusted: true,
    trustQuestion: null,
    limits: {},
    limitsSince: 0,
    createdAt: 1,
    ...more,
  };
  database.run('INSERT INTO projects (id, row) VALUES (?, ?)', project.id, JSON.stringify(project));
  return project;
}
