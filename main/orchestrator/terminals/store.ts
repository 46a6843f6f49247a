import type { TerminalId, WorkerId } from '../../../shared/ids.ts';
import type { Terminal } from '../../../shared/terminals.ts';
import type { Database } from '../database/database.ts';

interface Found {
  row: string;
  process_id: string;
}

/** The terminals table. */
export function createTerminalStore(database: Database) {
  const parse = ({ row }: { row: string }) => JSON.parse(row) as Terminal;
  const withProcess = (found: Found) => ({ terminal: parse(found), processId: found.process_id });
  return {
    list: () => database.all<Found>('SELECT row FROM terminals ORDER BY created_at, id').map(parse),
    running: () =>
      database.all<Found>("SELECT row, process_id FROM terminals WHERE state = 'running'").map(withProcess),
    ofWorker: (id: WorkerId) =>
      database.all<Found>('SELECT row, process_id FROM terminals WHERE worker_id = ?', id).map(withProcess),
    get(id: TerminalId) {
      const found = database.get<Found>('SELECT row, process_id FROM terminals WHERE id = ?', id);
      return found && withProcess(found);
    },
    byProcess(processId: string): Terminal | undefined {
      const found = database.get<Found>('SELECT row FROM terminals WHERE process_id = ?', processId);
      return found && parse(found);
    },
    add: (terminal: Terminal, processId: string) =>
      void database.run(
        'INSERT INTO terminals (id, row, process_id) VALUES (?, ?, ?)',
        terminal.id,
        JSON.stringify(terminal),
        processId,
      ),
    update: (terminal: Terminal) =>
      void database.run('UPDATE terminals SET row = ? WHERE id = ?', JSON.stringify(terminal), terminal.id),
    remove: (id: TerminalId) => void database.run('DELETE FROM terminals WHERE id = ?', id),
  };
}
