import type { Overlap, OverlapFile, Radar } from '../../shared/overlaps.ts';
import { readablePath } from '../../shared/repository-path.ts';
import { plural } from '../ui/format.ts';

export const levelNames: Record<Overlap['level'], string> = {
  file: 'same file',
  lines: 'same lines',
  conflict: 'conflict',
};

export const levelRank: Record<Overlap['level'], number> = { file: 0, lines: 1, conflict: 2 };

/** An overlap as one of its two sides sees it. */
export interface Shared {
  other: string;
  overlap: Overlap;
}

/** What a worktree shares with others, the worst first. */
export function sharedBy(radars: Readonly<Record<string, Radar>>, worktreeId: string | null): Shared[] {
  if (worktreeId === null) return [];
  const found: Shared[] = [];
  for (const { overlaps } of Object.values(radars))
    for (const overlap of overlaps) {
      if (overlap.a === worktreeId) found.push({ other: overlap.b, overlap });
      else if (overlap.b === worktreeId) found.push({ other: overlap.a, overlap });
    }
  return found.sort((a, b) => levelRank[b.overlap.level] - levelRank[a.overlap.level]);
}

/** "lines 40 to 58", "lines 3, 8 to 12 and 2 more places". */
export function rangeWords({ ranges }: Pick<OverlapFile, 'ranges'>): string {
  const shown = ranges.slice(0, 3).map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`));
  if (shown.length === 0) return '';
  const more = ranges.length > shown.length ? ` and ${plural(ranges.length - shown.length, 'more place')}` : '';
  return `${ranges.length === 1 && ranges[0]?.from === ranges[0]?.to ? 'line' : 'lines'} ${shown.join(', ')}${more}`;
}

/** What two share, as a sentence: "Both change src/a.ts, lines 40 to 58. A merge would conflict today." */
export function overlapWords({ files, fileCount, level }: Overlap): string {
  const [first] = files;
  if (!first) return 'Both change the same files.';
  const ranges = rangeWords(first);
  const more = fileCount > 1 ? ` and ${plural(fileCount - 1, 'more file')}` : '';
  return `Both change ${readablePath(first.path)}${ranges ? `, ${ranges}` : ''}${more}.${
    level === 'conflict' ? ' A merge would conflict today.' : ''
  }`;
}
