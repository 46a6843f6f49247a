import { describe, expect, it } from 'vitest';
import type { ReviewFile } from '../../shared/review.ts';
import { fileRows, fitting, inReadingOrder } from './file-groups.ts';

const files = ['src/http/b.ts', 'README.md', 'src/a.ts', 'src/http/a10.ts', 'src/http/a9.ts'].map(
  (path) => ({ path, oldPath: null }) as ReviewFile,
);

describe('the list of changed files', () => {
  it('goes folder by folder, those at the top first, numbers as people count', () => {
    const rows = fileRows(inReadingOrder(files), new Set());
    expect(rows.map((row) => (row.kind === 'folder' ? `${row.folder}/ ${row.count}` : row.name))).toEqual([
      '/ 1',
      'README.md',
      'src/ 1',
      'a.ts',
      'src/http/ 3',
      'a9.ts',
      'a10.ts',
      'b.ts',
    ]);
  });

  it('leaves out what is in a closed folder, but counts it', () => {
    const rows = fileRows(inReadingOrder(files), new Set(['src/http']));
    expect(rows.at(-1)).toMatchObject({ kind: 'folder', folder: 'src/http', count: 3, closed: true });
  });

  it('finds every word anywhere in the path, as people read it', () => {
    expect(fitting(files, 'HTTP a').map(({ path }) => path)).toEqual(['src/http/a10.ts', 'src/http/a9.ts']);
    const odd = [{ path: 'a\nb.txt', oldPath: null } as ReviewFile];
    expect(fitting(odd, 'a\\nb')).toHaveLength(1);
  });
});
