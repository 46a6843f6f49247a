import type { Git } from './git.ts';
import { pathFromBytes, splitNul } from './path-bytes.ts';
import { quietly } from './working-copy.ts';

/** A path that two sides change so that git cannot join them. */
export interface TreeConflict {
  path: string;
  /** git's word: "content", "modify/delete", ... */
  kind: string;
  message: string;
}

/** Who makes commits that nobody sees. */
const nobody = {
  GIT_AUTHOR_NAME: 'Control Room',
  GIT_AUTHOR_EMAIL: 'control-room@localhost',
  GIT_COMMITTER_NAME: 'Control Room',
  GIT_COMMITTER_EMAIL: 'control-room@localhost',
};

/** What joining two commits gives. */
export interface Joined {
  tree: string;
  conflicts: TreeConflict[];
}

/** So many processes of git join pairs at once, when there are enough of them. */
const lanes = 2;
const pairsEach = 3;

/** What joining two commits gives, without any working copy (git 2.38 on): a tree, and the conflicts that are in it. */
export async function mergeCommits(git: Git, folder: string, ours: string, theirs: string): Promise<Joined> {
  const args = [...quietly, 'merge-tree', '--write-tree', '-z', '--allow-unrelated-histories', ours, theirs];
  const { code, stdout } = await git.bytes(folder, args);
  // It says 1 for conflicts, and for what is no commit.
  if ((code !== 0 && code !== 1) || stdout.length === 0) await git.need(folder, args);
  return parseMerge(stdout);
}

/** What joining each of these pairs gives. One process joins many of them (git 2.39 on); an older git starts one for each. */
export async function mergePairs(
  git: Git,
  folder: string,
  pairs: readonly (readonly [string, string])[],
): Promise<Joined[]> {
  const size = Math.max(pairsEach, Math.ceil(pairs.length / lanes));
  const parts: (readonly (readonly [string, string])[])[] = [];
  for (let at = 0; at < pairs.length; at += size) parts.push(pairs.slice(at, at + size));
  return (await Promise.all(parts.map((part) => mergeLane(git, folder, part)))).flat();
}

async function mergeLane(git: Git, folder: string, pairs: readonly (readonly [string, string])[]): Promise<Joined[]> {
  const [first] = pairs;
  if (first && pairs.length === 1) return [await mergeCommits(git, folder, ...first)];
  const { code, stdout } = await git.bytes(
    folder,
    [...quietly, 'merge-tree', '--write-tree', '--stdin', '--allow-unrelated-histories'],
    Buffer.from(pairs.map((pair) => `${pair.join(' ')}\n`).join('')),
  );
  const joined = code === 0 ? parseMerges(stdout) : [];
  if (joined.length === pairs.length) return joined;
  const each: Joined[] = [];
  for (const pair of pairs) each.push(await mergeCommits(git, folder, ...pair));
  return each;
}

/** Reads `merge-tree -z`: the tree, then stages of conflicted files, an empty part, then messages with their paths. */
export function parseMerge(output: Buffer): Joined {
  const parts = splitNul(output);
  return readMerge(parts, 0, parts.length <= 1).joined;
}

/** Reads `merge-tree --stdin`: for each a number, what `parseMerge` reads, and an empty part. */
export function parseMerges(output: Buffer): Joined[] {
  const parts = splitNul(output);
  const all: Joined[] = [];
  for (let at = 0; at < parts.length; ) {
    const { joined, next } = readMerge(parts, at + 1, parts[at]?.toString('latin1').trim() === '1');
    all.push(joined);
    at = next + 1;
  }
  return all;
}

/** Only what has conflicts has messages. */
function readMerge(parts: readonly Buffer[], from: number, clean: boolean): { joined: Joined; next: number } {
  const tree = parts[from]?.toString('latin1').trim() ?? '';
  const inConflict = new Set<string>();
  let at = from + 1;
  for (; at < parts.length && (parts[at]?.length ?? 0) > 0; at += 1) {
    const part = parts[at] ?? Buffer.alloc(0);
    const tab = part.indexOf(9);
    if (tab > 0) inConflict.add(pathFromBytes(part.subarray(tab + 1)));
  }
  if (clean) return { joined: { tree, conflicts: [] }, next: at };
  const conflicts = new Map<string, TreeConflict>();
  for (at += 1; at < parts.length && (parts[at]?.length ?? 0) > 0; ) {
    const count = Number(parts[at]?.toString('latin1'));
    if (!Number.isInteger(count) || count < 0) break;
    const paths = parts.slice(at + 1, at + 1 + count).map((part) => pathFromBytes(part));
    const type = parts[at + 1 + count]?.toString('utf8') ?? '';
    const message = parts[at + 2 + count]?.toString('utf8').trim() ?? '';
    at += count + 3;
    const kind = /^CONFLICT \((.*)\)$/.exec(type)?.[1];
    if (!kind) continue;
    for (const path of paths.slice(0, 1)) {
      if (!conflicts.has(path)) conflicts.set(path, { path, kind: kind === 'contents' ? 'content' : kind, message });
    }
  }
  for (const path of inConflict) {
    const told = [...conflicts.values()].some((one) => one.path === path || one.message.includes(path));
    if (!told) conflicts.set(path, { path, kind: 'content', message: `Both sides change ${path}.` });
  }
  return { joined: { tree, conflicts: [...conflicts.values()] }, next: at };
}

/** A commit of a tree that no ref holds; by the user where `author` says so. */
export async function commitTree(
  git: Git,
  folder: string,
  tree: string,
  parents: readonly string[],
  message: string,
  variables: Record<string, string> = nobody,
): Promise<string> {
  const made = await git
    .with(variables)
    .need(
      folder,
      [...quietly, 'commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-'],
      Buffer.from(message),
    );
  return made.toString('utf8').trim();
}

/** A merge that was tried: what came of it, and where the base would stand then. */
export interface Tried {
  state: 'clean' | 'conflicts' | 'nothing';
  conflicts: TreeConflict[];
  tip: string;
  tree: string;
}

/**
 * What merging commits one after the other into a base would give. One that conflicts is left out for those after it.
 * `known` keeps what was tried, so that only what changed is tried again.
 */
export async function mergeInOrder<Item extends { commit: string }>(
  git: Git,
  folder: string,
  base: { commit: string; tree: string },
  items: readonly Item[],
  known: Map<string, Tried>,
): Promise<{ item: Item; state: Tried['state']; conflicts: TreeConflict[] }[]> {
  const steps: { item: Item; state: Tried['state']; conflicts: TreeConflict[] }[] = [];
  let { commit: tip, tree } = base;
  for (const item of items) {
    const key = `${tip} ${item.commit}`;
    let tried = known.get(key);
    if (!tried) {
      const merged = await mergeCommits(git, folder, tip, item.commit);
      const state = merged.conflicts.length > 0 ? 'conflicts' : merged.tree === tree ? 'nothing' : 'clean';
      tried = { state, conflicts: merged.conflicts, tip, tree };
      if (state === 'clean')
        tried = {
          ...tried,
          tree: merged.tree,
          tip: await commitTree(git, folder, merged.tree, [tip, item.commit], 'tried'),
        };
      known.set(key, tried);
    }
    ({ tip, tree } = tried);
    steps.push({ item, state: tried.state, conflicts: tried.conflicts });
  }
  return steps;
}

/**
 * Commits made anew on another one, without any working copy: each as its change joined with what is there. Gives the last
 * of them, or the conflicts of the first that does not fit. Merges among them are left out; what they resolved is lost with
 * them, so the result is to be compared with a merge.
 */
export async function replay(
  git: Git,
  folder: string,
  commits: readonly string[],
  onto: string,
  committer: Record<string, string>,
): Promise<{ commit: string; conflicts: TreeConflict[] }> {
  let tip = onto;
  for (const one of commits) {
    const said = await git.need(folder, [
      'log',
      '-1',
      '--date=raw',
      '--format=%T%x00%P%x00%an%x00%ae%x00%ad%x00%B',
      one,
    ]);
    const [tree = '', parents = '', name = '', email = '', date = '', message = ''] = said.toString('utf8').split('\0');
    const parent = parents.split(' ')[0];
    const before = parent ? (await git.run(folder, 'rev-parse', `${parent}^{tree}`)).trim() : undefined;
    const tipTree = (await git.run(folder, 'rev-parse', `${tip}^{tree}`)).trim();
    // merge-tree joins commits by what they have in common, so both sides are made children of the commit's own parent.
    const root = before ? [await commitTree(git, folder, before, [], 'parent')] : [];
    const ours = await commitTree(git, folder, tipTree, root, 'ours');
    const theirs = await commitTree(git, folder, tree, root, 'theirs');
    const merged = await mergeCommits(git, folder, ours, theirs);
    if (merged.conflicts.length > 0) return { commit: tip, conflicts: merged.conflicts };
    // What is in the base already makes an empty commit, which nobody wants.
    if (merged.tree === tipTree) continue;
    tip = await commitTree(git, folder, merged.tree, [tip], message.replace(/\n$/, ''), {
      ...committer,
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_AUTHOR_DATE: date,
    });
  }
  return { commit: tip, conflicts: [] };
}

/**
 * Variables that name somebody for commits where git knows nobody: the author of the newest commit. Empty where git knows
 * its user.
 */
export async function identityFor(git: Git, folder: string): Promise<Record<string, string>> {
  if ((await git.try(folder, 'var', 'GIT_COMMITTER_IDENT')).code === 0) return {};
  const last = await git.try(folder, 'log', '-1', '--format=%an%x00%ae');
  const [name, email] = last.stdout.trim().split('\0');
  if (!name || !email) return nobody;
  return { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email };
}
