import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Settings } from '../../../shared/settings.ts';
import type { TerminalProfile } from '../../../shared/terminals.ts';

/** The shells that can be opened: the user's own first, then those of the machine (`/etc/shells`), then those of the settings. */
export async function listProfiles(input: {
  environment: Record<string, string>;
  configured: Settings['terminalProfiles'];
}): Promise<TerminalProfile[]> {
  const configured = input.configured.map(
    ({ name, command, args }): TerminalProfile => ({ id: `settings:${name}`, name, command, args, source: 'settings' }),
  );
  if (process.platform === 'win32') return [...windowsShells(input.environment), ...configured];
  const own = input.environment.SHELL ?? '/bin/sh';
  const others = (await machineShells()).filter((command) => command !== own);
  const seen = new Set([basename(own)]);
  const machine: TerminalProfile[] = [];
  for (const command of others) {
    // /bin and /usr/bin are one folder on most machines: the first of a name stands for all.
    const name = basename(command);
    if (seen.has(name)) continue;
    seen.add(name);
    machine.push({ id: command, name, command, args: loginArgs(command), source: 'machine' });
  }
  return [
    { id: 'login', name: basename(own), command: own, args: loginArgs(own), source: 'login' },
    ...machine,
    ...configured,
  ];
}

async function machineShells(): Promise<string[]> {
  const text = await readFile('/etc/shells', 'utf8').catch(() => '');
  const listed = text.split('\n').map((line) => line.trim());
  const found = await Promise.all(
    listed
      .filter((line) => line.startsWith('/') && !/\/(nologin|false|git-shell|screen|tmux)$/.test(line))
      .map((path) =>
        access(path, constants.X_OK).then(
          () => path,
          () => undefined,
        ),
      ),
  );
  return found.filter((path) => path !== undefined);
}

/** As a login shell where that is known how. */
function loginArgs(command: string): string[] {
  return /\/(bash|zsh|fish|ksh)$/.test(command) ? ['-l'] : [];
}

function windowsShells(environment: Record<string, string>): TerminalProfile[] {
  const own = environment.COMSPEC ?? environment.ComSpec ?? 'cmd.exe';
  return [
    { id: 'login', name: 'Command Prompt', command: own, args: [], source: 'login' },
    { id: 'powershell', name: 'PowerShell', command: 'powershell.exe', args: ['-NoLogo'], source: 'machine' },
  ];
}
