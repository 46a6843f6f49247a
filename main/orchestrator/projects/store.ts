import type { ProjectId } from '../../../shared/ids.ts';
import type { Project } from '../../../shared/projects.ts';
import type { Database } from '../database/database.ts';

/** The projects table. */
export function createProjectStore(database: Database) {
  const parse = ({ row }: { row: string }) => JSON.parse(row) as Project;
  return {
    list: () => database.all<{ row: string }>('SELECT row FROM projects ORDER BY created_at, id').map(parse),
    get(id: ProjectId): Project | undefined {
      const found = database.get<{ row: string }>('SELECT row FROM projects WHERE id = ?', id);
      return found && parse(found);
    },
    byPath(path: string): Project | undefined {
      const found = database.get<{ row: string }>('SELECT row FROM projects WHERE path = ?', path);
      return found && parse(found);
    },
    put(project: Project): void {
      database.run(
        'INSERT INTO projects (id, row) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET row = excluded.row',
        project.id,
        JSON.stringify(project),
      );
    },
    remove: (id: ProjectId) => void database.run('DELETE FROM projects WHERE id = ?', id),
  };
}
