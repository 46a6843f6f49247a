/**
 * The card that an arrow key leads to on a board of groups, each laid out in rows of `columns`. `sizes` are the groups'
 * cards in order; `index` counts through all of them. At an edge it stays.
 */
export function stepOnBoard(
  sizes: readonly number[],
  columns: number,
  index: number,
  across: number,
  down: number,
): number {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (across !== 0) return Math.max(0, Math.min(total - 1, index + across));
  // Rows as the first card of each and how many it has.
  const rows: { first: number; size: number }[] = [];
  let first = 0;
  for (const size of sizes) {
    for (let start = 0; start < size; start += columns) {
      rows.push({ first: first + start, size: Math.min(columns, size - start) });
    }
    first += size;
  }
  const at = rows.findIndex((row) => index >= row.first && index < row.first + row.size);
  const here = rows[at];
  const next = rows[at + down];
  if (!here || !next) return index;
  return next.first + Math.min(index - here.first, next.size - 1);
}
