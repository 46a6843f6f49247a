import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import ignore from 'ignore';

/** Where paths of calls and rules are measured from. */
export interface Places {
  /** The folder the worker works in. */
  cwd: string;
  home: string;
  additionalDirs: readonly string[];
}

/** A path of a call, absolute; `~` is the home folder. */
export function absolutePath(path: string, places: Places): string {
  if (path === '~' || path.startsWith('~/')) return join(places.home, path.slice(1));
  if (path === '$HOME' || path.startsWith('$HOME/')) return join(places.home, path.slice('$HOME'.length));
  return resolve(places.cwd, path);
}

/** A path and, when a symlink leads elsewhere, where it leads: both have to be allowed, and either may be denied. */
export function withTarget(path: string): string[] {
  const target = resolveLinks(path);
  return target === path ? [path] : [path, target];
}

/** Resolves the part of a path that exists; a file that is to be made lies in its folder's target. */
function resolveLinks(path: string): string {
  const missing: string[] = [];
  for (let present = path; ; present = dirname(present)) {
    try {
      return join(realpathSync(present), ...missing);
    } catch {
      // Not there (or not ours to see): the folder above it may be.
      if (dirname(present) === present) return path;
      missing.unshift(basename(present));
    }
  }
}

/** Whether a path lies in the worker's folders. */
export function isInside(path: string, places: Places): boolean {
  return [places.cwd, ...places.additionalDirs].some((folder) => {
    const from = relative(folder, path);
    return from === '' || (!from.startsWith(`..${sep}`) && from !== '..' && !isAbsolute(from));
  });
}

/**
 * Whether a path rule is about a path, as Claude Code reads it: patterns of gitignore, where `//srv/x` is absolute, `~/x`
 * is in the home folder and everything else is in the worker's folder. Capital letters do not matter. `reach` says how a
 * pattern like `src/**` is meant: from the folder itself for what is allowed, from any depth for what is denied.
 */
export function pathMatches(pattern: string, path: string, places: Places, reach: 'anchored' | 'any-depth'): boolean {
  const { root, rest } = splitPattern(pattern, places);
  const inside = relative(root, path);
  // The folder itself is meant by a pattern for all that is in it.
  if (inside === '') return rest === '**' || rest === '/**';
  if (inside.startsWith('..') || isAbsolute(inside)) return false;
  const matcher = ignore().add(anchored(rest, reach));
  const slashed = inside.split(sep).join('/');
  return matcher.ignores(slashed) || matcher.ignores(`${slashed}/`);
}

function splitPattern(pattern: string, { cwd, home }: Places): { root: string; rest: string } {
  if (pattern.startsWith('//')) return { root: '/', rest: pattern.slice(1) };
  if (pattern.startsWith('~/')) return { root: home, rest: pattern.slice(1) };
  if (pattern.startsWith('./')) return { root: cwd, rest: pattern.slice(1) };
  return { root: cwd, rest: pattern };
}

function anchored(pattern: string, reach: 'anchored' | 'any-depth'): string {
  // "src/**" means the folder src and what is in it; as a plain name it is met at any depth.
  const folder = pattern.endsWith('/**') ? pattern.slice(0, -3) : pattern;
  if (folder === pattern || folder === '') return pattern;
  return reach === 'anchored' && !folder.startsWith('/') ? `/${folder}` : folder;
}
