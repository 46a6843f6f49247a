import { type Database, openDatabase } from '../../main/orchestrator/database/database.ts';
import { migrate } from '../../main/orchestrator/database/migrate.ts';
import { statementsOf } from './statements.ts';

/*
 * Brings a database up to date and is killed before statement number N of all the statements that takes, the copy before
 * them and the end of each transaction included. Says how many there were when it comes to the end.
 */

const [file = '', at = ''] = process.argv.slice(2);
const database = openDatabase(file, { durable: true });
let count = 0;

function step(): void {
  if (count === Number(at)) process.kill(process.pid, 'SIGKILL');
  count += 1;
}

const stepping: Database = {
  ...database,
  exec(sql) {
    for (const statement of statementsOf(sql)) {
      step();
      database.exec(statement);
    }
  },
  transaction: (work) =>
    database.transaction(() => {
      const result = work();
      step();
      return result;
    }),
  copyTo(target) {
    step();
    database.copyTo(target);
    step();
  },
};
migrate(stepping);
step();
database.close();
console.log(count);
