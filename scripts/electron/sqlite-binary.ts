import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { runProgram } from './run-program.ts';

const require = createRequire(import.meta.url);
const packageFolder = dirname(require.resolve('better-sqlite3/package.json'));
/** It takes about 75 s on two cores. */
const buildWithinMs = 15 * 60_000;

/** Where better-sqlite3 looks before its prebuilt binaries. */
const placed = join(packageFolder, 'build', 'Release', 'better_sqlite3.node');

async function cachedBinary(cacheFolder: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  return join(cacheFolder, `better-sqlite3-${version}-${process.platform}-${process.arch}.node`);
}

/**
 * Puts the built better-sqlite3 where it is looked for, as after each `npm ci`. False while it has not been built.
 */
export async function placeSqliteBinary(cacheFolder: string): Promise<boolean> {
  const built = await cachedBinary(cacheFolder);
  const wanted = await stat(built).catch(() => undefined);
  if (!wanted) return false;
  const present = await stat(placed).catch(() => undefined);
  if (present?.size === wanted.size) return true;
  await mkdir(dirname(placed), { recursive: true });
  // A running program keeps the file it has loaded.
  const fresh = `${placed}.${process.pid}`;
  await copyFile(built, fresh);
  await rename(fresh, placed);
  return true;
}

/**
 * Builds better-sqlite3 from its own source into the cache. Its prebuilt binaries ask for Node-API 10 and crash an older
 * Electron; built with the experimental level and the old rule for finalizers, one binary loads on Node 20, Node 24 and
 * Electron 33 alike. Needs a C++ compiler, make, Python and the headers of any Node (or the network for them).
 */
export async function buildSqliteBinary(cacheFolder: string): Promise<void> {
  await mkdir(cacheFolder, { recursive: true });
  const work = await mkdtemp(join(cacheFolder, 'building-'));
  try {
    await cp(packageFolder, work, { recursive: true, filter: (path) => path !== join(packageFolder, 'build') });
    const recipe = join(work, 'binding.gyp');
    const text = await readFile(recipe, 'utf8');
    const level = "'NAPI_VERSION=10'";
    if (!text.includes(level))
      throw new Error(
        `${recipe} does not name ${level}: this version of better-sqlite3 needs a look at how it is built.`,
      );
    await writeFile(
      recipe,
      text.replace(level, "'NAPI_EXPERIMENTAL', 'NODE_API_EXPERIMENTAL_NOGC_ENV_OPT_OUT', 'NAPI_VERSION=2147483647'"),
    );
    const headers = await findNodeHeaders(process.env);
    await runProgram({
      file: process.execPath,
      args: [
        require.resolve('node-gyp/bin/node-gyp.js'),
        'rebuild',
        '--release',
        '--force_build=1',
        ...(headers ? [`--nodedir=${headers}`] : []),
      ],
      cwd: work,
      env: process.env,
      withinMs: buildWithinMs,
    });
    await rename(join(work, 'build', 'Release', 'better_sqlite3.node'), await cachedBinary(cacheFolder));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The installation folder of a Node in PATH that came with its headers; the npm package `node` comes without. */
async function findNodeHeaders(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (environment.PATH ?? '').split(delimiter)) {
    const program = await realpath(join(folder, 'node')).catch(() => undefined);
    if (program === undefined) continue;
    const root = dirname(dirname(program));
    if (existsSync(join(root, 'include', 'node', 'node_api.h'))) return root;
  }
  return undefined;
}
