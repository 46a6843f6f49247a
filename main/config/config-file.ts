import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { AppError } from '../../shared/errors.ts';

const objectSchema = z.record(z.string(), z.unknown());

/** What stands in the configuration file: options, and options of each profile. */
export interface ConfigFile {
  path: string;
  exists: boolean;
  values: Record<string, unknown>;
  profiles: Record<string, Record<string, unknown>>;
  /** The profile that holds unless a flag or a variable says another. */
  profile: string | null;
}

/** Reads it; one that is not there is empty. BAD_REQUEST when it is no such file, without quoting it: secrets stand in it. */
export function readConfigFile(path: string): ConfigFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    // Below something that is no folder there is none either: the data folder is refused in its own words.
    if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw new AppError(
        'BAD_REQUEST',
        `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}). Make it readable for this user, or remove it.`,
        { path },
        { cause: error },
      );
    return { path, exists: false, values: {}, profiles: {}, profile: null };
  }
  return { path, exists: true, ...parseConfig(path, text) };
}

function parseConfig(path: string, text: string): Pick<ConfigFile, 'values' | 'profiles' | 'profile'> {
  let whole: Record<string, unknown>;
  try {
    whole = objectSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new AppError(
      'BAD_REQUEST',
      `${path} is not a JSON object${placeOf(error)}. Mend or remove it.`,
      { path },
      { cause: error },
    );
  }
  const { profiles: given = {}, profile = null, ...values } = whole;
  const profiles = z.record(z.string(), objectSchema).safeParse(given);
  if (!profiles.success)
    throw new AppError(
      'BAD_REQUEST',
      `"profiles" in ${path} must be an object that holds an object for each profile, such as {"work": {"port": 4000}}.`,
      { path },
    );
  if (profile !== null && typeof profile !== 'string')
    throw new AppError('BAD_REQUEST', `"profile" in ${path} must be the name of a profile.`, { path });
  return { values, profiles: profiles.data, profile };
}

/** Where a text stops being JSON; the message itself quotes the text, and secrets stand in it. */
function placeOf(error: unknown): string {
  const place = error instanceof SyntaxError && /line \d+ column \d+/.exec(error.message)?.[0];
  return place ? ` (${place})` : '';
}

/**
 * Puts values into the file, or takes out those that are undefined, at its top or in a profile; everything else in it
 * stays. The new file is whole on the disk before it takes the old one's place, and is for its owner alone.
 */
export async function changeConfigFile(
  path: string,
  changes: Record<string, unknown>,
  profile: string | null,
): Promise<void> {
  const { values, profiles, profile: chosen } = readConfigFile(path);
  const target = { ...(profile === null ? values : profiles[profile]) };
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete target[name];
    else target[name] = value;
  }
  const nextProfiles = profile === null ? profiles : { ...profiles, [profile]: target };
  const next = {
    ...(profile === null ? target : values),
    ...(chosen === null ? {} : { profile: chosen }),
    ...(Object.keys(nextProfiles).length === 0 ? {} : { profiles: nextProfiles }),
  };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.${randomBytes(4).toString('hex')}.new`;
  try {
    const file = await open(beside, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(next, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw new AppError(
      'UNPROCESSABLE',
      `${path} cannot be written (${error instanceof Error ? error.message : String(error)}). Make its folder writable for this user.`,
      { path },
      { cause: error },
    );
  }
}
