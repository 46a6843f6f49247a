import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '../../main/orchestrator/database/database.ts';
import { migrate, migrations } from '../../main/orchestrator/database/migrate.ts';
import { repositoryFolder } from '../repository-folder.ts';
import { runCommand } from '../run-command.ts';
import type { CrashCheck } from './check.ts';
import { openCrashRoom } from './crash-room.ts';
import { hashesOf, refusedStart } from './unusable-folder.ts';

const latest = migrations.at(-1)?.id ?? 0;

/** Rows as the first release wrote them; later migrations carry them along. */
function fill(database: Database): void {
  database.run("INSERT INTO settings (name, value) VALUES ('maxWorkers', '7')");
  database.run("INSERT INTO events (at, body) VALUES (1, '{}')");
  const project = {
    id: 'p1',
    name: 'old',
    path: '/nowhere/old',
    defaultBranch: 'main',
    remoteUrl: null,
    trusted: false,
    createdAt: 1,
  };
  database.run('INSERT INTO projects (id, row) VALUES (?, ?)', 'p1', JSON.stringify(project));
}

/** A database of an older release, with something in it. */
function makeOld(file: string, version: number): void {
  const database = openDatabase(file, { durable: true });
  migrate(database, migrations.slice(0, 1));
  fill(database);
  migrate(
    database,
    migrations.filter(({ id }) => id <= version),
  );
  database.close();
}

interface Look {
  version: number;
  intact: boolean;
  rows: boolean;
  tables: string;
}

function lookAt(file: string): Look {
  const database = openDatabase(file, { durable: false });
  try {
    const version = database.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? -1;
    const intact = database.get<{ integrity_check: string }>('PRAGMA integrity_check')?.integrity_check === 'ok';
    const rows =
      database.get<{ value: string }>("SELECT value FROM settings WHERE name = 'maxWorkers'")?.value === '7' &&
      database.get("SELECT 1 FROM projects WHERE id = 'p1'") !== undefined;
    const tables = database
      .all<{ sql: string | null }>('SELECT sql FROM sqlite_schema ORDER BY name')
      .map(({ sql }) => sql)
      .join('\n');
    return { version, intact, rows, tables };
  } finally {
    database.close();
  }
}

/** C7: databases of every older schema, of a newer one, and migrations killed before each of their statements. */
export const oldSchemas: CrashCheck = async ({ random, short, rounds }) => {
  const wrong: string[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'control-room-schemas-'));
  const schemas = new Map<number, string>();
  try {
    for (const { id: version } of migrations) {
      const file = join(folder, `old-${version}.db`);
      makeOld(file, version);
      schemas.set(version, lookAt(file).tables);
    }

    // The program itself takes each of them up.
    const versions = short ? [1] : [...schemas.keys()];
    for (const version of versions) {
      const room = await openCrashRoom({ claude: '/bin/true' });
      try {
        await mkdir(room.dataDir);
        await copyFile(join(folder, `old-${version}.db`), join(room.dataDir, 'control-room.db'));
        await room.start();
        const { values } = await room.call<{ values: { maxWorkers: number } }>('GET', '/api/settings');
        const { items } = await room.call<{ items: { id: string }[] }>('GET', '/api/projects');
        if (items[0]?.id !== 'p1') wrong.push(`schema ${version}: its project is not there`);
        if (values.maxWorkers !== 20) wrong.push(`schema ${version}: the flag does not hold over its settings`);
        await room.kill();
        const now = lookAt(join(room.dataDir, 'control-room.db'));
        if (now.version !== latest || !now.intact || !now.rows)
          wrong.push(`schema ${version}: ${JSON.stringify({ ...now, tables: '' })}`);
        if (version < latest) {
          const copy = lookAt(join(room.dataDir, `control-room.db.before-${latest}`));
          if (copy.version !== version || !copy.intact || !copy.rows) wrong.push(`schema ${version}: no good copy`);
        }
      } finally {
        await room.close();
      }
    }

    const newer = await openCrashRoom({ claude: '/bin/true' });
    try {
      await mkdir(newer.dataDir);
      const file = join(newer.dataDir, 'control-room.db');
      await copyFile(join(folder, `old-${latest}.db`), file);
      const database = openDatabase(file, { durable: true });
      database.exec(`PRAGMA user_version = ${latest + 1}`);
      database.close();
      const before = await hashesOf(newer.dataDir);
      wrong.push(...(await refusedStart(newer, /written by a newer Control Room .* another --data-dir/)));
      await rm(join(newer.dataDir, 'lock.db'), { force: true });
      await rm(join(newer.dataDir, 'holder.json'), { force: true });
      if ((await hashesOf(newer.dataDir)) !== before) wrong.push('the file of a newer schema was touched');
    } finally {
      await newer.close();
    }

    // Killed before each statement, from the first schema on; then done again.
    const child = join(repositoryFolder, 'scripts', 'test-crash', 'migrate-child.ts');
    const run = (file: string, at: number) => runCommand(process.execPath, [child, file, String(at)]);
    const whole = join(folder, 'whole.db');
    await copyFile(join(folder, 'old-1.db'), whole);
    const steps = Number((await run(whole, -1)).output.trim());
    if (!(steps > latest)) throw new Error(`the migrations have ${steps} steps`);
    const places = Array.from({ length: steps }, (_, place) => place);
    const wanted = rounds({ full: steps, short: 5 });
    while (places.length > wanted) places.splice(random.number(places.length), 1);
    for (const place of places) {
      const file = join(folder, `killed-${place}.db`);
      await copyFile(join(folder, 'old-1.db'), file);
      const { signal } = await run(file, place);
      if (signal !== 'SIGKILL') wrong.push(`step ${place}: it was not killed`);
      const half = lookAt(file);
      if (!half.intact || !half.rows || half.tables !== schemas.get(half.version))
        wrong.push(`killed before step ${place}: neither schema ${half.version} nor the next: ${JSON.stringify(half)}`);
      const again = await run(file, -1);
      const done = lookAt(file);
      if (
        again.code !== 0 ||
        done.version !== latest ||
        !done.intact ||
        !done.rows ||
        done.tables !== schemas.get(latest)
      )
        wrong.push(`after a kill before step ${place} it does not come up: ${again.output}`);
    }
    return {
      made: `${versions.length} older schemas and a newer one, ${places.length} of ${steps} steps of migrations killed`,
      seen: `each is one of the ${schemas.size} schemas, whole, with its rows`,
      wrong,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
