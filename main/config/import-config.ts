import { extname } from 'node:path';
import { parseEnv } from 'node:util';
import { AppError } from '../../shared/errors.ts';
import { guideNames } from './guide-names.ts';
import { isOptionName, type OptionName, optionNames, parseOption, specOf } from './options.ts';
import { nearestOption, textOf } from './resolve-config.ts';

/** What becomes of one name of a file that is imported. */
export interface ImportedName {
  name: string;
  /** `taken`: it is written. `left`: known, and nothing here. `wrong`: it does not fit. */
  outcome: 'taken' | 'left' | 'unknown' | 'wrong';
  option: OptionName | null;
  value: unknown;
  /** As text, without secrets. */
  shown: string;
  why: string | null;
}

/**
 * What of a guide's `.env`, YAML or TOML file (or of a JSON file) can be taken over, and what becomes of the rest. `${NAME}` in it
 * is the variable of `environment`. BAD_REQUEST when the file is none of these.
 */
export async function importNames(file: string, text: string, environment: NodeJS.ProcessEnv): Promise<ImportedName[]> {
  const given = flatten(await parse(file, text));
  const found = given.map(([name, raw]) => imported(name, expanded(raw, environment)));
  // The last of two names of one option wins, as it would in the file itself.
  return found.map((one, index) => {
    const later = found.slice(index + 1).find((other) => one.option !== null && other.option === one.option);
    return later && one.outcome === 'taken'
      ? { ...one, outcome: 'left', why: `${later.name} says it too, and wins` }
      : one;
  });
}

async function parse(file: string, text: string): Promise<unknown> {
  const ending = extname(file).toLowerCase();
  try {
    if (ending === '.toml' || file.endsWith('.toml.example')) return (await import('smol-toml')).parse(text);
    if (ending === '.yaml' || ending === '.yml') return (await import('yaml')).parse(text) as unknown;
    if (ending === '.json') return JSON.parse(text) as unknown;
  } catch (error) {
    // The message itself may quote the text, and secrets stand in it.
    const place = /line:? ?(\d+)/i.exec(error instanceof Error ? error.message : '')?.[1];
    throw new AppError(
      'BAD_REQUEST',
      `${file} cannot be understood${place ? ` (line ${place})` : ''}. Mend it first.`,
      {
        path: file,
      },
    );
  }
  return parseEnv(text.replace(/^\s*export\s+/gm, ''));
}

/** Names of the file with their values; sections by a dot. Lists, and lists of models, are values. */
function flatten(value: unknown, before = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return before ? [[before, value]] : [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = before ? `${before}.${name}` : name;
    return typeof inner === 'object' && inner !== null && !Array.isArray(inner) && !isOptionName(path)
      ? flatten(inner, path)
      : [[path, inner] as [string, unknown]];
  });
}

/** `${NAME}` is the variable; null where it is not set. */
function expanded(value: unknown, environment: NodeJS.ProcessEnv): unknown {
  if (typeof value !== 'string') return value;
  let missing = false;
  const text = value.replace(/\$\{(\w+)(?::-([^}]*))?\}/g, (_, name: string, instead: string | undefined) => {
    const known = environment[name] ?? instead;
    if (known === undefined) missing = true;
    return known ?? '';
  });
  return missing ? null : text;
}

function imported(name: string, value: unknown): ImportedName {
  const known = guideNames.find((one) => one.name === name);
  const option = known ? (known.option ?? null) : optionNamed(name);
  const none = { name, option: null, value: null, shown: '' };
  if (known && option === null) return { ...none, outcome: 'left', why: known.note ?? '' };
  if (option === null) {
    const near = nearestOption(name);
    return { ...none, outcome: 'unknown', why: `no guide has this name${near ? `; is ${near} meant?` : ''}` };
  }
  if (value === null || value === undefined || value === '')
    return { ...none, option, outcome: 'left', why: 'it has no value' };
  const kept = option === 'ollamaModels' ? modelsOf(value) : value;
  const parsed = parseOption(option, kept);
  const shown = specOf(option).secret ? '(hidden)' : textOf(kept);
  if ('problem' in parsed) return { name, option, value: null, shown, outcome: 'wrong', why: parsed.problem };
  return { name, option, value: kept, shown, outcome: 'taken', why: known?.note ?? null };
}

/** An option by its own name or variable. */
function optionNamed(name: string): OptionName | null {
  if (isOptionName(name)) return name;
  return (
    optionNames.find((option) => specOf(option).variable === name || specOf(option).further?.includes(name)) ?? null
  );
}

/** Models as the Intelligence guide lists them: each with the preset it is for. */
function modelsOf(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return Object.fromEntries(
    value.map((model: { name?: unknown; preset?: unknown }) => [String(model.preset), String(model.name)]),
  );
}
