import { unwatchFile, watchFile } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { defaultSettings } from '../../shared/default-settings.ts';
import { AppError } from '../../shared/errors.ts';
import type { ConfigSource } from '../orchestrator/index.ts';
import { changeOption } from './change-config.ts';
import { type OptionName, optionNames, specOf } from './options.ts';
import { type Config, configOf, type HeldSettings } from './read-config.ts';
import { type Flags, type ResolvedConfig, resolveConfig, withSettings } from './resolve-config.ts';

/**
 * How often it is looked whether the file changed, in milliseconds. Looked, not watched: the folder beside it is written to
 * all the time, and neither a file that is not there yet nor one of a container's mounted folder can be watched.
 */
const lookEveryMs = 2000;

/** What a program is started with, and the source of what changes in it; `held` holds whatever anything says. */
export function openConfig(
  flags: Flags,
  environment: NodeJS.ProcessEnv,
  held: HeldSettings = {},
): { config: Config; configuration: ConfigSource } {
  const started = resolveConfig(flags, environment);
  const config = configOf(started);
  return {
    config: { ...config, lockedSettings: { ...config.lockedSettings, ...held } },
    configuration: createConfigSource({ flags, environment, started, held }),
  };
}

/** The configuration of a running program: what it was started with, and what the file says since. `held` holds in any case. */
function createConfigSource(deps: {
  flags: Flags;
  environment: NodeJS.ProcessEnv;
  started: ResolvedConfig;
  held: HeldSettings;
}): ConfigSource {
  const { flags, environment, started } = deps;
  const path = join(started.dataDir, 'config.json');
  let present = started;
  let problem: string | null = null;

  /** Options whose value in the file waits for the next start. */
  function waiting(): OptionName[] {
    return changedBetween(started, present).filter((name) => specOf(name).holds === undefined);
  }

  return {
    view(settings) {
      const waits = new Set<string>(waiting());
      return {
        path,
        exists: present.file.exists,
        profile: present.profile,
        profiles: Object.keys(present.file.profiles),
        entries: present.entries.map((entry) => ({
          ...withSettings(entry, settings, defaultSettings),
          waitsForRestart: waits.has(entry.name),
        })),
        problems: [
          ...(problem === null ? [] : [{ severity: 'error' as const, name: null, message: problem }]),
          ...present.problems,
        ],
      };
    },
    reload() {
      let next: ResolvedConfig;
      let held: HeldSettings;
      try {
        next = resolveConfig(flags, environment);
        held = { ...configOf(next).lockedSettings, ...deps.held };
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        const isNew = problem !== error.message;
        problem = error.message;
        return isNew ? { held: null, applied: [], restart: [], problem } : null;
      }
      const changed = changedBetween(present, next);
      const wasBroken = problem !== null;
      problem = null;
      present = next;
      if (changed.length === 0 && !wasBroken) return null;
      return {
        held,
        applied: changed.filter((name) => specOf(name).holds !== undefined),
        restart: waiting(),
        problem: null,
      };
    },
    change: (input) => changeOption(input, { flags, environment }),
    watch(onChange) {
      const look = (): void => onChange();
      watchFile(path, { interval: lookEveryMs, persistent: false }, look);
      return () => unwatchFile(path, look);
    },
  };
}

function changedBetween(before: ResolvedConfig, after: ResolvedConfig): OptionName[] {
  return optionNames.filter((name) => !isDeepStrictEqual(before.values[name], after.values[name]));
}
