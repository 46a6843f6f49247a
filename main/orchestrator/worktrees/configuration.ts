import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import type { Project } from '../../../shared/projects.ts';
import type { WorktreeConfiguration } from '../../../shared/worktrees.ts';

/** What one file says; undefined for a part it does not speak of. */
interface Said {
  setup?: string[];
  run?: string[];
  teardown?: string[];
  include?: string[];
}

interface Source {
  file: string;
  tool: string;
  read: (text: string) => Said;
}

type Json = Record<string, unknown>;
const object = (value: unknown): Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Json) : {};
/** Commands, given as one text or as a list of them. */
function commands(value: unknown): string[] | undefined {
  if (typeof value === 'string') return value.trim() ? [value] : [];
  if (Array.isArray(value)) return value.filter((one): one is string => typeof one === 'string' && one.trim() !== '');
  return undefined;
}
function said(parts: { [part in keyof Said]: string[] | undefined }): Said {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}
const json = (text: string): Json => object(JSON.parse(text));

/** Ours. The keys are those of the others: what is known already need not be learned. */
const own: Source = {
  file: 'control-room.json',
  tool: 'Control Room',
  read(text) {
    const all = json(text);
    return said({
      setup: commands(all.setup),
      run: commands(all.run),
      teardown: commands(all.teardown),
      include: commands(all.include),
    });
  },
};

/*
 * Files of other tools, as their documentation and their users' repositories show them in November 2026. In this order the
 * first that speaks of a part counts for it.
 */
const others: readonly Source[] = [
  {
    file: '.conductor/settings.toml',
    tool: 'Conductor',
    read: (text) => conductor(object(parseToml(text))),
  },
  { file: 'conductor.json', tool: 'Conductor', read: (text) => conductor(json(text)) },
  {
    file: '.superset/config.json',
    tool: 'Superset',
    read(text) {
      const all = json(text);
      return said({ setup: commands(all.setup), run: commands(all.run), teardown: commands(all.teardown) });
    },
  },
  {
    file: '.emdash.json',
    tool: 'Emdash',
    read(text) {
      const all = json(text);
      const scripts = object(all.scripts);
      return said({
        setup: commands(scripts.setup),
        run: commands(scripts.run),
        teardown: commands(scripts.teardown),
        include: commands(all.preservePatterns),
      });
    },
  },
  {
    file: 'orca.yaml',
    tool: 'Orca',
    read(text) {
      const scripts = object(object(parseYaml(text)).scripts);
      return said({ setup: commands(scripts.setup), run: undefined, teardown: commands(scripts.archive) });
    },
  },
  {
    file: 't3.json',
    tool: 'T3 Code',
    read(text) {
      const { scripts } = json(text);
      if (!Array.isArray(scripts)) return {};
      const list = scripts.map(object);
      const at = (when: (script: Json) => boolean) =>
        list.filter(when).flatMap(({ command }) => (typeof command === 'string' ? [command] : []));
      return said({ setup: at((script) => script.runOnWorktreeCreate === true), run: undefined, teardown: undefined });
    },
  },
  {
    file: '.cursor/worktrees.json',
    tool: 'Cursor',
    read(text) {
      const all = json(text);
      const forHere = process.platform === 'win32' ? all['setup-worktree-windows'] : all['setup-worktree-unix'];
      return said({ setup: commands(forHere ?? all['setup-worktree']) });
    },
  },
];

function conductor(all: Json): Said {
  const scripts = object(all.scripts);
  return said({ setup: commands(scripts.setup), run: commands(scripts.run), teardown: commands(scripts.archive) });
}

/** Superset's file for one's own machine: put before or after what the team has, or instead of it. */
function withLocal(team: string[], local: unknown): string[] {
  const instead = commands(local);
  if (instead) return instead;
  const { before, after } = object(local);
  return [...(commands(before) ?? []), ...team, ...(commands(after) ?? [])];
}

/** What the files of a repository say of making worktrees: our own over those of other tools, part by part. */
export async function readConfiguration(project: Pick<Project, 'path' | 'trusted'>): Promise<WorktreeConfiguration> {
  const found: WorktreeConfiguration = {
    sources: [],
    setup: [],
    run: [],
    teardown: [],
    from: { setup: null, run: null, teardown: null, include: null },
    include: [],
    runs: project.trusted,
  };
  for (const { file, tool, read } of [own, ...others]) {
    const text = await readFile(join(project.path, file), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    try {
      const parts = read(text);
      found.sources.push({ file, tool, problem: null });
      for (const part of ['setup', 'run', 'teardown', 'include'] as const) {
        const commandsOf = parts[part];
        if (commandsOf === undefined || found.from[part] !== null) continue;
        found[part] = commandsOf;
        found.from[part] = file;
      }
    } catch (error) {
      found.sources.push({
        file,
        tool,
        problem: `It cannot be read: ${error instanceof Error ? error.message.split('\n')[0] : 'not valid'}`,
      });
    }
  }
  await addLocal(project, found);
  const list = await readFile(join(project.path, '.worktreeinclude'), 'utf8').catch(() => '');
  const patterns = list.split('\n').filter((line) => line.trim() && !line.startsWith('#'));
  if (patterns.length > 0) {
    found.sources.push({ file: '.worktreeinclude', tool: 'shared by several', problem: null });
    found.include = [...new Set([...patterns, ...found.include])];
    found.from.include ??= '.worktreeinclude';
  }
  return found;
}

async function addLocal(project: Pick<Project, 'path'>, found: WorktreeConfiguration): Promise<void> {
  const file = '.superset/config.local.json';
  const text = await readFile(join(project.path, file), 'utf8').catch(() => undefined);
  if (text === undefined) return;
  try {
    const all = json(text);
    found.sources.push({ file, tool: 'Superset', problem: null });
    for (const part of ['setup', 'run', 'teardown'] as const) {
      const from = found.from[part];
      if (all[part] !== undefined && (from === null || from === '.superset/config.json')) {
        found[part] = withLocal(found[part], all[part]);
        found.from[part] = file;
      }
    }
  } catch (error) {
    found.sources.push({
      file,
      tool: 'Superset',
      problem: `It cannot be read: ${error instanceof Error ? error.message : 'not valid'}`,
    });
  }
}

/** Variables that scripts are given: ours, and those that scripts made for another tool look for. */
export function scriptVariables(input: {
  root: string;
  path: string;
  name: string;
  branch: string;
  baseBranch: string;
  portBase: number | null;
}): Record<string, string> {
  const { root, path, name, branch, baseBranch, portBase } = input;
  const port: Record<string, string> = {};
  if (portBase !== null)
    for (const name of ['CONTROL_ROOM_PORT', 'CONDUCTOR_PORT', 'EMDASH_PORT']) port[name] = `${portBase}`;
  return {
    CONTROL_ROOM_ROOT_PATH: root,
    CONTROL_ROOM_WORKTREE_PATH: path,
    CONTROL_ROOM_BRANCH: branch,
    CONTROL_ROOM_BASE_BRANCH: baseBranch,
    CONTROL_ROOM_NAME: name,
    CONDUCTOR_ROOT_PATH: root,
    CONDUCTOR_WORKSPACE_PATH: path,
    CONDUCTOR_WORKSPACE_NAME: name,
    CONDUCTOR_DEFAULT_BRANCH: baseBranch,
    SUPERSET_ROOT_PATH: root,
    SUPERSET_WORKSPACE_PATH: path,
    SUPERSET_WORKSPACE_NAME: name,
    EMDASH_ROOT_PATH: root,
    EMDASH_TASK_PATH: path,
    EMDASH_TASK_NAME: name,
    EMDASH_DEFAULT_BRANCH: baseBranch,
    ORCA_ROOT_PATH: root,
    ORCA_WORKTREE_PATH: path,
    ORCA_WORKSPACE_NAME: name,
    T3CODE_PROJECT_ROOT: root,
    T3CODE_WORKTREE_PATH: path,
    ROOT_WORKTREE_PATH: root,
    ...port,
  };
}
