import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Git } from '../git/git.ts';

/**
 * Files that the CLI's sandbox guards by putting a device in their place at the top of the worker's folder. To git they
 * are untracked files that cannot be added, and `git add -A` gives up over them.
 */
const guarded = [
  ...['.bashrc', '.bash_profile', '.bash_login', '.profile', '.zshrc', '.zprofile', '.zshenv', '.zlogin'],
  ...['.gitconfig', '.gitmodules', '.ripgreprc', '.mcp.json', '.vscode', '.idea', '.claude/'],
].map((name) => `/${name}`);

/**
 * Writes the file that `core.excludesFile` of workers in the OS sandbox names: the user's own excludes and the guarded
 * files. Gives its path.
 */
export async function writeGitExcludes(deps: {
  /** Where to write it, absolute. */
  file: string;
  git: Pick<Git, 'try'>;
  environment: NodeJS.ProcessEnv;
}): Promise<string> {
  const { file, git, environment } = deps;
  await mkdir(dirname(file), { recursive: true });
  const configured = await git.try(dirname(file), 'config', '--get', '--type=path', 'core.excludesFile');
  const home = environment.XDG_CONFIG_HOME || join(environment.HOME ?? '', '.config');
  const own = configured.code === 0 ? configured.stdout.trim() : join(home, 'git', 'ignore');
  const before = await readFile(own, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return '';
    throw error;
  });
  await writeFile(file, `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${guarded.join('\n')}\n`);
  return file;
}
