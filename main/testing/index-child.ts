import { openIndex } from '../orchestrator/sessions/index-tables.ts';
import { createIndexer } from '../orchestrator/sessions/indexer.ts';

/** Indexes a Claude folder to the end: a program of its own, so that a test can kill it. Says "batch" after each commit. */
const [file, folder] = process.argv.slice(2);
if (!file || !folder) throw new Error('index-child FILE FOLDER');
const database = openIndex(file);
// Every look at the clock is a batch of its own: many commits to be killed between and within.
let clock = 0;
const indexer = createIndexer({
  database,
  folders: [folder],
  now: () => {
    clock += 30;
    return clock;
  },
});
indexer.scan();
process.stdout.write('batch\n');
while (indexer.step()) process.stdout.write('batch\n');
database.close();
