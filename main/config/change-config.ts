import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../shared/errors.ts';
import { type ConfigFile, changeConfigFile, readConfigFile } from './config-file.ts';
import { isOptionName, listOf, type OptionName, parseOption, specOf } from './options.ts';
import { type Flags, nearestOption, type ResolvedConfig, resolveConfig } from './resolve-config.ts';

/** The option of a name or variable that somebody typed. BAD_REQUEST with the one that may be meant. */
export function optionOf(given: string): OptionName {
  if (isOptionName(given)) return given;
  const near = nearestOption(given);
  if (near && (specOf(near).variable === given || specOf(near).further?.includes(given))) return near;
  throw new AppError(
    'BAD_REQUEST',
    `There is no option "${given}".${near ? ` Is "${near}" meant?` : ''} All of them: control-room config show`,
    { field: 'name' },
  );
}

/** What stands in the file for a text that was typed: numbers, lists and truths as such. BAD_REQUEST for what does not fit. */
export function keptValue(name: OptionName, text: string): unknown {
  const parsed = parseOption(name, text);
  const spec = specOf(name);
  if ('problem' in parsed)
    throw new AppError(
      'BAD_REQUEST',
      `${name}${spec.secret ? '' : ` ${JSON.stringify(text)}`} does not fit: ${parsed.problem}.`,
      { option: name, field: 'value' },
    );
  if (spec.list) return listOf(text, spec.list);
  const { value } = parsed;
  // A time such as 24h is kept as it was written.
  return typeof value === 'boolean' || (typeof value === 'number' && String(value) === text.trim()) ? value : text;
}

/** What a written change does, in sentences: where it stands, what wins over it, and when it holds. */
export function effectOf(input: {
  resolved: ResolvedConfig;
  name: OptionName;
  profile: string | null;
  isRunning: boolean;
}): string[] {
  const { resolved, name, profile } = input;
  const { path } = resolved.file;
  const entry = resolved.entries.find((one) => one.name === name);
  const lines = [`Written to ${profile === null ? path : `profile "${profile}" of ${path}`}.`];
  if (entry && (entry.source === 'environment' || entry.source === 'flag'))
    lines.push(`It is not what holds: ${entry.by} is given too, and wins.`);
  else if (entry?.source === 'profile' && profile === null)
    lines.push(`It is not what holds: profile "${resolved.profile}" gives it too, and wins.`);
  if (input.isRunning)
    lines.push(
      specOf(name).holds === undefined
        ? 'The Control Room that runs takes it at its next start.'
        : 'The Control Room that runs takes it within some seconds.',
    );
  return lines;
}

/**
 * Puts one option into the file, or takes it out (`text` null), after looking whether a start would take all of it then. Gives what
 * the change does, and what puts it back. A profile that gives the option is changed in the top's place, unless `profile` says where.
 */
export async function changeOption(
  input: { name: string; text: string | null; profile?: string | null | undefined },
  from: { flags: Flags; environment: NodeJS.ProcessEnv },
): Promise<{ lines: string[]; undo: () => Promise<void> }> {
  const { flags, environment } = from;
  const name = optionOf(input.name);
  const value = input.text === null ? undefined : keptValue(name, input.text);
  const before = resolveConfig(flags, environment);
  const path = join(before.dataDir, 'config.json');
  const profile = input.profile === undefined ? placeOf(before, name) : input.profile;
  const earlier = valueIn(before.file, profile, name);
  const resolved = resolveConfig(flags, environment, () => withValue(before.file, profile, name, value));
  const known = new Set(before.problems.map(({ message }) => message));
  const wrong = resolved.problems.find(({ severity, message }) => severity === 'error' && !known.has(message));
  if (wrong) throw new AppError('BAD_REQUEST', wrong.message, { option: wrong.name, field: 'value' });
  await changeConfigFile(path, { [name]: value }, profile);
  return {
    lines: effectOf({ resolved, name, profile, isRunning: true }),
    async undo() {
      if (!isDeepStrictEqual(valueIn(readConfigFile(path), profile, name), value))
        throw new AppError('CONFLICT', `${name} was changed once more since then. Change it to what it should be.`, {
          option: name,
        });
      await changeConfigFile(path, { [name]: earlier }, profile);
    },
  };
}

/** Where a change of an option has an effect: in the profile that holds, where that gives it. */
function placeOf({ file, profile }: ResolvedConfig, name: OptionName): string | null {
  return profile !== null && file.profiles[profile]?.[name] !== undefined ? profile : null;
}

function valueIn({ values, profiles }: ConfigFile, profile: string | null, name: OptionName): unknown {
  return profile === null ? values[name] : profiles[profile]?.[name];
}

function withValue(file: ConfigFile, profile: string | null, name: OptionName, value: unknown): ConfigFile {
  const { profiles } = file;
  return profile === null
    ? { ...file, values: { ...file.values, [name]: value } }
    : { ...file, profiles: { ...profiles, [profile]: { ...profiles[profile], [name]: value } } };
}
