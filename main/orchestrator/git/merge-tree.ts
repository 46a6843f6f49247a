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

/** What joining two commits gives, without any working copy (git 2.38 on): a tree, and the conflicts that are in it. */
export async function mergeCommits(
  git: Git,
  folder: string,
  ours: string,
  theirs: string,
): Promise<{ tree: string; conflicts: TreeConflict[] }> {
  const args = [...quietly, 'merge-tree', '--write-tree', '-z', '--allow-unrelated-histories', ours, theirs];
  const { code, stdout } = await git.bytes(folder, args);
  if (code !== 0 && code !== 1) await git.need(folder, args);
  return parseMerge(stdout);
}

/** Reads `merge-tree -z`: the tree, then stages of conflicted files, an empty part, then messages with their paths. */
export function parseMerge(output: Buffer): { tree: string; conflicts: TreeConflict[] } {
  const parts = splitNul(output);
  const tree = parts[0]?.toString('latin1').trim() ?? '';
  const inConflict = new Set<string>();
  let at = 1;
  for (; at < parts.length && (parts[at]?.length ?? 0) > 0; at += 1) {
    const part = parts[at] ?? Buffer.alloc(0);
    const tab = part.indexOf(9);
    if (tab > 0) inConflict.add(pathFromBytes(part.subarray(tab + 1)));
  }
  const conflicts = new Map<string, TreeConflict>();
  for (at += 1; at < parts.length; ) {
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
  return { tree, conflicts: [...conflicts.values()] };
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

/** What merging commits one after the other into a base would give. One that conflicts is left out for those after it. */
export async function mergeInOrder<Item extends { commit: string }>(
  git: Git,
  folder: string,
  base: string,
  items: readonly Item[],
): Promise<{ item: Item; state: 'clean' | 'conflicts' | 'nothing'; conflicts: TreeConflict[] }[]> {
  const steps: Awaited<ReturnType<typeof mergeInOrder<Item>>> = [];
  let tip = base;
  let tree = (await git.run(folder, 'rev-parse', `${base}^{tree}`)).trim();
  for (const item of items) {
    const merged = await mergeCommits(git, folder, tip, item.commit);
    const state = merged.conflicts.length > 0 ? 'conflicts' : merged.tree === tree ? 'nothing' : 'clean';
    if (state === 'clean') {
      tree = merged.tree;
      tip = await commitTree(git, folder, tree, [tip, item.commit], 'tried');
    }
    steps.push({ item, state, conflicts: merged.conflicts });
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
