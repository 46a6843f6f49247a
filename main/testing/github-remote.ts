import { access, chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { git } from './git-fixture.ts';

/**
 * A bare repository in `folder` that `repository` pushes to as if it were octo/shop on GitHub: its remote `origin` has an
 * address of that host, and what git calls for ssh runs the other side here.
 */
export async function addGitHubRemote(folder: string, repository: string): Promise<{ bare: string }> {
  const bare = join(folder, 'octo', 'shop.git');
  await mkdir(bare, { recursive: true });
  await git(bare, 'init', '--quiet', '--bare');
  const ssh = join(folder, 'ssh');
  await writeFile(ssh, `#!/bin/sh\nfor last; do :; done\ncd '${folder}' && eval "exec git \${last#git-}"\n`);
  await chmod(ssh, 0o755);
  await git(repository, 'config', 'core.sshCommand', ssh);
  await git(repository, 'config', 'ssh.variant', 'ssh');
  await git(repository, 'remote', 'add', 'origin', 'git@github.com:octo/shop.git');
  await git(repository, 'push', '--quiet', 'origin', 'main');
  return { bare };
}

/** The programs of `path` without `name`, as a PATH of one folder: to see what happens where it is not installed. */
export async function pathWithout(name: string, folder: string, path = process.env.PATH ?? ''): Promise<string> {
  const programs = join(folder, `without-${name}`);
  await mkdir(programs, { recursive: true });
  const taken = new Set([name]);
  for (const place of path.split(delimiter).filter(Boolean)) {
    for (const program of await readdir(place).catch(() => [])) {
      if (taken.has(program)) continue;
      taken.add(program);
      await symlink(join(place, program), join(programs, program));
    }
  }
  return programs;
}

/** Where a program of PATH is; undefined: it is not installed. */
export async function findProgram(name: string, path = process.env.PATH ?? ''): Promise<string | undefined> {
  for (const place of path.split(delimiter).filter(Boolean)) {
    const file = join(place, name);
    const found = await access(file).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return undefined;
}
