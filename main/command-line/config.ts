import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigEntry } from '../../shared/configuration.ts';
import { defaultSettings } from '../../shared/default-settings.ts';
import { AppError } from '../../shared/errors.ts';
import { effectOf, keptValue, optionOf } from '../config/change-config.ts';
import { changeConfigFile } from '../config/config-file.ts';
import { isOptionName, type OptionName, optionNames, specOf } from '../config/options.ts';
import {
  type Flags,
  nearestOption,
  type ResolvedConfig,
  resolveConfig,
  withSettings,
} from '../config/resolve-config.ts';
import { readHolder } from '../orchestrator/database/data-folder.ts';

type ConfigFlags = Flags & { json?: boolean };
type Shown = Omit<ConfigEntry, 'waitsForRestart'>;

function say(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

function shown(resolved: ResolvedConfig): Shown[] {
  return resolved.entries.map((entry) => withSettings(entry, defaultSettings, defaultSettings));
}

/** `control-room config show`: every option with its value and where it comes from; secrets are hidden. Exit code 1 when one does not fit. */
export function showConfig(flags: ConfigFlags): void {
  const resolved = resolveConfig(flags, process.env);
  const entries = shown(resolved);
  const { file, profile, problems } = resolved;
  if (flags.json) {
    say(JSON.stringify({ path: file.path, exists: file.exists, profile, entries, problems }, null, 2));
  } else {
    const profiles = Object.keys(file.profiles);
    say(
      `file      ${file.path}${file.exists ? '' : ' (there is none)'}`,
      `profile   ${profile ?? 'none'}${profiles.length > 0 ? ` (there are: ${profiles.join(', ')})` : ''}`,
      '',
      ...columns(
        entries.map(({ name, value, source, by, overridden, needsRestart }) => [
          name,
          cut(value === '' ? 'none' : (value ?? '(hidden)')),
          source === 'default' ? (needsRestart ? 'default' : 'default or settings') : byShort(by, source),
          overridden.length > 0 ? `wins over ${overridden.join(', ')}` : '',
        ]),
      ),
    );
    tellProblems(resolved);
  }
  if (problems.some(({ severity }) => severity === 'error')) process.exitCode = 1;
}

/** Long values are cut; `config get` gives them whole. */
function cut(value: string): string {
  return value.length > 46 ? `${value.slice(0, 45)}…` : value;
}

function byShort(by: string, source: string): string {
  return source === 'environment' ? `variable ${by}` : by;
}

/** Columns as wide as their widest cell, up to 48; the last one as it is. */
function columns(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.min(48, Math.max(...rows.map((row) => (row[column] ?? '').length))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function tellProblems({ problems }: ResolvedConfig): void {
  for (const { severity, message } of problems) process.stderr.write(`${severity}: ${message}\n`);
}

/** `control-room config validate`: exit code 0 when a start would take it all, 1 when not; warnings are told. */
export function validateConfig(flags: ConfigFlags): void {
  const resolved = resolveConfig(flags, process.env);
  const errors = resolved.problems.filter(({ severity }) => severity === 'error').length;
  const given = resolved.entries.filter(({ source }) => source !== 'default').length;
  if (flags.json) say(JSON.stringify({ valid: errors === 0, problems: resolved.problems }, null, 2));
  else {
    tellProblems(resolved);
    if (errors === 0) say(`The configuration fits: ${given} of ${optionNames.length} options are given.`);
  }
  if (errors > 0) process.exitCode = 1;
}

/** `control-room config get NAME`: its value alone, for scripts; a secret only says whether it is given. */
export function getConfig(given: string, flags: ConfigFlags): void {
  const name = optionOf(given);
  const entry = shown(resolveConfig(flags, process.env)).find((one) => one.name === name);
  say(flags.json ? JSON.stringify(entry, null, 2) : (entry?.value ?? '(hidden)'));
}

/** `control-room config set NAME VALUE`: writes it into the file, or into a profile of it. */
export async function setConfig(
  given: string,
  value: string,
  flags: ConfigFlags & { profile?: string },
): Promise<void> {
  const name = optionOf(given);
  const kept = keptValue(name, value === '-' ? (await readStandardInput()).replace(/\r?\n$/, '') : value);
  const { dataDir } = resolveConfig({ ...flags, profile: undefined }, {});
  const path = join(dataDir, 'config.json');
  await changeConfigFile(path, { [name]: kept }, flags.profile ?? null);
  await tellEffect(name, flags, path);
}

/** `control-room config unset NAME`: takes it out of the file. */
export async function unsetConfig(given: string, flags: ConfigFlags & { profile?: string }): Promise<void> {
  const name = isOptionName(given) ? given : nearestExact(given);
  const { dataDir } = resolveConfig({ ...flags, profile: undefined }, {});
  const path = join(dataDir, 'config.json');
  await changeConfigFile(path, { [name]: undefined }, flags.profile ?? null);
  if (isOptionName(name)) await tellEffect(name, flags, path);
  else say(`"${name}" is not in ${path}.`);
}

/** Also names of no option may stand in the file, and are taken out as they are. */
function nearestExact(given: string): string {
  const near = nearestOption(given);
  return near && specOf(near).variable === given ? near : given;
}

async function tellEffect(name: OptionName, flags: ConfigFlags & { profile?: string }, path: string): Promise<void> {
  const resolved = resolveConfig({ ...flags, profile: undefined }, process.env);
  const isRunning = readHolder(resolved.dataDir) !== undefined;
  const lines = effectOf({
    resolved: { ...resolved, file: { ...resolved.file, path } },
    name,
    profile: flags.profile ?? null,
    isRunning,
  });
  say(...lines);
  tellProblems(resolved);
}

async function readStandardInput(): Promise<string> {
  let text = '';
  for await (const part of process.stdin) text += String(part);
  return text;
}

/** `control-room config import FILE`: takes over what a guide's `.env`, YAML or TOML file says, and tells what it cannot. */
export async function importConfig(
  file: string,
  flags: ConfigFlags & { dryRun?: boolean; profile?: string },
): Promise<void> {
  const { importNames } = await import('../config/import-config.ts');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new AppError('BAD_REQUEST', `${file} cannot be read (${error.code}).`, { path: file });
  });
  const found = await importNames(file, text, process.env);
  const { dataDir } = resolveConfig({ ...flags, profile: undefined }, {});
  const path = join(dataDir, 'config.json');
  const taken = found.filter((one) => one.outcome === 'taken');
  if (flags.json) {
    say(
      JSON.stringify(
        found.map(({ value: _, ...told }) => told),
        null,
        2,
      ),
    );
  } else {
    say(
      ...columns(
        found.map(({ name, outcome, option, shown: value, why }) => [
          outcome === 'taken' ? 'taken' : outcome === 'wrong' ? 'WRONG' : outcome === 'unknown' ? 'unknown' : 'left',
          name,
          option ? `${option} = ${value}` : (why ?? ''),
          option && why ? why : '',
        ]),
      ),
    );
  }
  const wrong = found.filter((one) => one.outcome === 'wrong').length;
  if (wrong > 0) process.exitCode = 1;
  if (flags.dryRun) return say('', `Nothing was written: ${taken.length} values would go to ${path}.`);
  const changes = Object.fromEntries(taken.flatMap(({ option, value }) => (option ? [[option, value]] : [])));
  if (Object.keys(changes).length > 0) await changeConfigFile(path, changes, flags.profile ?? null);
  if (!flags.json) say('', `${Object.keys(changes).length} values were written to ${path}.`);
}
