/** A search as a pattern that marks what it finds in a text: words and phrases as wholes, `begin*` as a beginning. */
export function findPattern(query: string, mode: 'words' | 'substring'): RegExp | null {
  const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+');
  if (mode === 'substring') return query.trim() ? new RegExp(literal(query.trim()), 'giu') : null;
  const parts = [...query.matchAll(/"([^"]*)"?|(\S+)/g)].flatMap(([, phrase, word]) => {
    if (phrase !== undefined) return phrase.trim() ? [`${literal(phrase.trim())}(?![\\p{L}\\p{N}])`] : [];
    const bare = word?.replace(/\*+$/, '') ?? '';
    if (!/[\p{L}\p{N}]/u.test(bare)) return [];
    return [literal(bare) + (word === bare ? '(?![\\p{L}\\p{N}])' : '')];
  });
  return parts.length > 0 ? new RegExp(`(?<![\\p{L}\\p{N}])(?:${parts.join('|')})`, 'giu') : null;
}

/** The place among `indexes` (in order) that a step leads to: from the one found, or from where one looks. */
export function stepTo(indexes: readonly number[], from: number, by: 1 | -1): number {
  if (indexes.length === 0) return -1;
  const exact = indexes.indexOf(from);
  if (exact !== -1) return (exact + by + indexes.length) % indexes.length;
  const after = indexes.findIndex((index) => index > from);
  const next = after === -1 ? indexes.length : after;
  return by === 1 ? next % indexes.length : (next - 1 + indexes.length) % indexes.length;
}
