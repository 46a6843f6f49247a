import { AppError } from '../../../shared/errors.ts';
import type { SavedSearchId } from '../../../shared/ids.ts';
import { type SavedSearch, savedSearchSchema } from '../../../shared/saved-searches.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import { newId } from '../new-id.ts';

export type SavedSearches = ReturnType<typeof createSavedSearches>;

/** More than this nobody finds again. */
const most = 200;

/** Searches that somebody kept under a name, the same for every client. */
export function createSavedSearches(deps: { database: Database; publish: Publish; now: () => number }) {
  const { database, publish, now } = deps;
  const parse = ({ row }: { row: string }): SavedSearch => savedSearchSchema.parse(JSON.parse(row));

  function get(id: SavedSearchId): SavedSearch {
    const found = database.get<{ row: string }>('SELECT row FROM saved_searches WHERE id = ?', id);
    if (!found) throw new AppError('NOT_FOUND', `There is no kept search ${id}. It may have been removed.`, { id });
    return parse(found);
  }

  const named = (name: string): SavedSearch | undefined => {
    const found = database.get<{ row: string }>('SELECT row FROM saved_searches WHERE name = ?', name);
    return found && parse(found);
  };

  function put(search: SavedSearch): SavedSearch {
    database.transaction(() => {
      database.run(
        `INSERT INTO saved_searches (id, name, row) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, row = excluded.row`,
        search.id,
        search.name,
        JSON.stringify(search),
      );
      publish({ type: 'saved-search.changed', search });
    });
    return search;
  }

  function list(): SavedSearch[] {
    return database
      .all<{ row: string }>('SELECT row FROM saved_searches')
      .map(parse)
      .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  }

  return {
    list,
    save({ name, query }: { name: string; query: string }): SavedSearch {
      const before = named(name);
      if (!before && list().length >= most)
        throw new AppError('CONFLICT', `${most} searches are kept already. Remove one that is not needed any more.`, {
          most,
        });
      const at = now();
      return put({ id: before?.id ?? newId('q'), name, query, createdAt: before?.createdAt ?? at, changedAt: at });
    },
    rename({ id, name }: { id: SavedSearchId; name: string }): SavedSearch {
      const search = get(id);
      const other = named(name);
      if (other && other.id !== id)
        throw new AppError('CONFLICT', `A search called “${other.name}” is kept already. Choose another name.`, {
          field: 'name',
        });
      return put({ ...search, name, changedAt: now() });
    },
    remove(id: SavedSearchId): { id: SavedSearchId } {
      get(id);
      database.transaction(() => {
        database.run('DELETE FROM saved_searches WHERE id = ?', id);
        publish({ type: 'saved-search.removed', id });
      });
      return { id };
    },
  };
}
