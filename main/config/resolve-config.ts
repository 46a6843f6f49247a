import { join } from 'node:path';
import type { ConfigEntry, ConfigProblem } from '../../shared/configuration.ts';
import { AppError } from '../../shared/errors.ts';
import type { Settings } from '../../shared/settings.ts';
import { dataDirOf } from '../data-dir.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import {
  flagOf,
  isOptionName,
  isSwitch,
  type OptionName,
  type Options,
  optionNames,
  parseOption,
  specOf,
} from './options.ts';

export type Flags = Partial<Record<OptionName | 'dataDir' | 'profile', string | boolean | undefined>>;

type Source = 'flag' | 'environment' | 'profile' | 'file';

/** A value that one of the layers gives for an option. */
interface Given {
  source: Source;
  /** `--port`, `PORT`, `port in /…/config.json` */
  by: string;
  given: unknown;
}

/** What a start is told, layer over layer. */
export interface ResolvedConfig {
  dataDir: string;
  file: ConfigFile;
  profile: string | null;
  values: Partial<Options>;
  /** By what each value is given. */
  by: Partial<Record<OptionName, string>>;
  problems: ConfigProblem[];
  entries: ResolvedEntry[];
}

export type ResolvedEntry = Omit<ConfigEntry, 'waitsForRestart' | 'source'> & {
  source: Source | 'default';
  name: OptionName;
};

/** An entry that no layer gives, as the settings of the page have it. */
export function withSettings(
  entry: ResolvedEntry,
  settings: Settings,
  defaults: Settings,
): Omit<ConfigEntry, 'waitsForRestart'> {
  const { holds, tell, unset } = specOf(entry.name);
  if (entry.source !== 'default' || holds === undefined || unset !== undefined) return entry;
  const told = (values: Settings) => textOf(tell ? tell(values) : values[holds]);
  const value = told(settings);
  return value === told(defaults) ? { ...entry, value } : { ...entry, value, source: 'settings', by: 'the settings' };
}

/**
 * Reads all layers: flags win over variables, those over the profile, that over the top of the file, that over the defaults.
 * What does not fit is told in `problems`, and its option has no value. BAD_REQUEST when the file itself cannot be
 * understood, or the profile is not there.
 */
export function resolveConfig(
  flags: Flags,
  environment: NodeJS.ProcessEnv,
  readFile: (path: string) => ConfigFile = readConfigFile,
): ResolvedConfig {
  const dataDir = dataDirOf(flags.dataDir, environment);
  const file = readFile(join(dataDir, 'config.json'));
  const profile = chooseProfile(flags, environment, file);
  const values: Partial<Options> = {};
  const by: ResolvedConfig['by'] = {};
  const problems: ConfigProblem[] = unknownNames(file);
  const entries = optionNames.map((name): ResolvedEntry => {
    const [winner, ...losers] = givenFor(name, { flags, environment, file, profile });
    const spec = specOf(name);
    const entry: ResolvedEntry = {
      name,
      about: spec.about,
      secret: spec.secret === true,
      isSwitch: isSwitch(name),
      source: winner?.source ?? 'default',
      by: winner?.by ?? 'default',
      overridden: losers.map((loser) => loser.by),
      flag: flagOf(name),
      variable: spec.variable,
      needsRestart: spec.holds === undefined,
      value: spec.unset ?? '',
    };
    if (!winner) return entry;
    const parsed = parseOption(name, winner.given);
    if ('problem' in parsed) {
      const shown = spec.secret ? '' : ` (${JSON.stringify(winner.given)})`;
      problems.push({ severity: 'error', name, message: `${winner.by}${shown} does not fit: ${parsed.problem}.` });
    } else {
      Object.assign(values, { [name]: parsed.value });
      by[name] = winner.by;
    }
    return { ...entry, value: spec.secret ? null : textOf(winner.given) };
  });
  return { dataDir, file, profile, values, by, problems, entries };
}

/** Every layer that gives an option, the winner first. */
function givenFor(
  name: OptionName,
  layers: { flags: Flags; environment: NodeJS.ProcessEnv; file: ConfigFile; profile: string | null },
): Given[] {
  const { flags, environment, file, profile } = layers;
  const { variable, further = [] } = specOf(name);
  const all: Given[] = [{ source: 'flag', by: flagOf(name), given: flags[name] }];
  // A variable that is empty is not given.
  for (const one of [variable, ...further])
    all.push({ source: 'environment', by: one, given: environment[one] || undefined });
  if (profile !== null)
    all.push({
      source: 'profile',
      by: `${name} in profile "${profile}" of ${file.path}`,
      given: file.profiles[profile]?.[name],
    });
  all.push({ source: 'file', by: `${name} in ${file.path}`, given: file.values[name] });
  return all.filter(({ given }) => given !== undefined);
}

function chooseProfile(flags: Flags, environment: NodeJS.ProcessEnv, file: ConfigFile): string | null {
  const [name, by] =
    flags.profile !== undefined
      ? [String(flags.profile), '--profile']
      : environment.CONTROL_ROOM_PROFILE
        ? [environment.CONTROL_ROOM_PROFILE, 'CONTROL_ROOM_PROFILE']
        : [file.profile, `profile in ${file.path}`];
  if (name === null || Object.hasOwn(file.profiles, name)) return name;
  const known = Object.keys(file.profiles);
  throw new AppError(
    'BAD_REQUEST',
    `${by}: there is no profile "${name}" in ${file.path}. ${
      known.length > 0
        ? `It has: ${known.join(', ')}.`
        : `It has none; make one with: control-room config set maxWorkers 5 --profile ${name}`
    }`,
    { profile: name },
  );
}

function unknownNames(file: ConfigFile): ConfigProblem[] {
  const sections: [Record<string, unknown>, string][] = [
    [file.values, file.path],
    ...Object.entries(file.profiles).map(([name, values]): [Record<string, unknown>, string] => [
      values,
      `profile "${name}" of ${file.path}`,
    ]),
  ];
  return sections.flatMap(([values, place]) =>
    Object.keys(values)
      .filter((name) => !isOptionName(name))
      .map((name): ConfigProblem => {
        const near = nearestOption(name);
        return {
          severity: 'warning',
          name: null,
          message: `"${name}" in ${place} is the name of no option and is passed over.${near ? ` Is "${near}" meant?` : ''}`,
        };
      }),
  );
}

/** The option whose name somebody may have meant. */
export function nearestOption(name: string): OptionName | null {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '');
  const wanted = plain(name);
  const same = optionNames.find((option) => plain(option) === wanted || plain(specOf(option).variable) === wanted);
  if (same) return same;
  const ranked = optionNames
    .map((option) => ({ option, distance: distanceOf(plain(option), wanted) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return ranked && ranked.distance <= Math.max(1, Math.floor(wanted.length / 4)) ? ranked.option : null;
}

/** How many letters have to be put in, taken out or changed. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** A value as a person writes it. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(', ');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, inner]) => `${name}=${String(inner)}`)
      .join(', ');
  return String(value);
}
