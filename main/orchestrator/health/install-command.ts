import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { DoctorAction } from '../../../shared/doctor.ts';

const managers = [
  { program: 'brew', command: 'brew install' },
  { program: 'apt-get', command: 'sudo apt-get install -y' },
  { program: 'dnf', command: 'sudo dnf install -y' },
  { program: 'pacman', command: 'sudo pacman -S --noconfirm' },
  { program: 'zypper', command: 'sudo zypper install -y' },
  { program: 'apk', command: 'sudo apk add' },
  { program: 'winget', command: 'winget install' },
] as const;

/** What a package is called where it is not called alike. */
const packageNames: Record<string, Record<string, string>> = {
  gh: { pacman: 'github-cli', apk: 'github-cli', winget: 'GitHub.cli' },
  git: { winget: 'Git.Git' },
};

export async function isInPath(name: string, path: string): Promise<boolean> {
  const names = process.platform === 'win32' ? [`${name}.exe`, `${name}.cmd`] : [name];
  const tries = path.split(delimiter).flatMap((folder) =>
    names.map((file) =>
      access(join(folder, file), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return (await Promise.all(tries)).includes(true);
}

/** The command that installs packages on this machine, to be copied; nothing where no package manager is known. */
export async function installActions(packages: readonly string[], path: string): Promise<DoctorAction[]> {
  for (const { program, command } of managers) {
    if (!(await isInPath(program, path))) continue;
    const names = packages.map((name) => packageNames[name]?.[program] ?? name);
    return [{ kind: 'copy', label: 'Copy the install command', text: `${command} ${names.join(' ')}` }];
  }
  return [];
}
