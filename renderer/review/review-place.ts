import type { Comparison } from '../../shared/review.ts';

/** What of a worktree is looked at: a comparison, and a file of it. */
export interface ReviewPlace {
  comparison: Comparison;
  /** null: the first one. */
  file: string | null;
}

export const scopeNames = {
  base: 'Against base',
  uncommitted: 'Uncommitted',
  unstaged: 'Unstaged',
  staged: 'Staged',
  commit: 'Commits',
  checkpoint: 'Turns',
} as const satisfies Record<Comparison['scope'], string>;

export const scopeOrder = Object.keys(scopeNames) as readonly Comparison['scope'][];

/** Reads a place from the query of an address. */
export function parsePlace(query: string): ReviewPlace {
  const given = new URLSearchParams(query);
  const scope = scopeOrder.find((name) => name === given.get('scope')) ?? 'base';
  const text = (name: string): string | undefined => given.get(name) || undefined;
  return {
    comparison: {
      scope,
      ...(scope === 'commit' ? { commit: text('commit') } : {}),
      ...(scope === 'checkpoint'
        ? { from: text('from') as Comparison['from'], to: text('to') as Comparison['to'] }
        : {}),
    },
    file: given.get('file') || null,
  };
}

/** A place as the query of an address. */
export function placeQuery({ comparison, file }: ReviewPlace): string {
  const query = new URLSearchParams();
  if (comparison.scope !== 'base') query.set('scope', comparison.scope);
  for (const name of ['commit', 'from', 'to'] as const) {
    const value = comparison[name];
    if (value) query.set(name, value);
  }
  if (file) query.set('file', file);
  return query.toString();
}

/** The same for equal comparisons. */
export function comparisonKey({ scope, commit, from, to }: Comparison): string {
  return [scope, commit ?? '', from ?? '', to ?? ''].join(' ');
}

/** Whether a comparison says all that its scope needs. */
export function isWhole({ scope, commit, from }: Comparison): boolean {
  return scope === 'commit' ? commit !== undefined : scope === 'checkpoint' ? from !== undefined : true;
}
