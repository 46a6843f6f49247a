import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryFolder } from './repository-folder.ts';
import { runCommand } from './run-command.ts';

const sources = ['main', 'shared', 'renderer', 'preload', 'package.json', 'package-lock.json', 'vite.config.ts'];
const built = [
  'dist/main/headless.js',
  'dist/main/desktop.js',
  'dist/main/host.js',
  'dist/preload/preload.cjs',
  'dist/renderer/index.html',
];

/** When the newest of the files at or below `path` was changed; tests are not built. */
async function newestChange(path: string): Promise<number> {
  const itself = await stat(path);
  if (!itself.isDirectory()) return itself.mtimeMs;
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.includes('.test.'));
  const times = await Promise.all(files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).mtimeMs));
  return Math.max(0, ...times);
}

/** Whether `dist/` is complete and not older than what it is made from. */
export async function isBuilt(): Promise<boolean> {
  const made = await Promise.all(
    built.map((path) =>
      stat(join(repositoryFolder, path)).then(
        ({ mtimeMs }) => mtimeMs,
        // Missing: as old as can be.
        () => 0,
      ),
    ),
  );
  const changed = await Promise.all(sources.map((path) => newestChange(join(repositoryFolder, path))));
  return Math.min(...made) >= Math.max(...changed);
}

/** Builds `dist/` anew; gives what went wrong, empty when nothing did. */
export async function build(): Promise<string> {
  const vite = join(repositoryFolder, 'node_modules', 'vite', 'bin', 'vite.js');
  const { code, output } = await runCommand(process.execPath, [vite, 'build', '--app', '--logLevel', 'warn']);
  return code === 0 ? '' : output;
}
