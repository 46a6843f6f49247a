import type { TabsetNode, WorkspaceModel, WorkspaceNode } from 'react-resizable-panels';

/** All tabsets of a layout, in reading order. */
export function tabsetsOf(model: WorkspaceModel<null>): TabsetNode<null>[] {
  const inside = (node: WorkspaceNode<null>): TabsetNode<null>[] =>
    node.type === 'tabset' ? [node] : node.children.flatMap(inside);
  return inside(model.root as WorkspaceNode<null>);
}

/** The tabset that holds a terminal. */
export function tabsetOf(model: WorkspaceModel<null>, terminalId: string): TabsetNode<null> | undefined {
  return tabsetsOf(model).find(({ tabs }) => tabs.some(({ id }) => id === terminalId));
}

/** The terminals of a layout, in reading order. */
export function terminalsOf(model: WorkspaceModel<null>): string[] {
  return tabsetsOf(model).flatMap(({ tabs }) => tabs.map(({ id }) => id));
}

/** The layout with one terminal in the place of another. */
export function withReplaced(model: WorkspaceModel<null>, before: string, after: string): WorkspaceModel<null> {
  return JSON.parse(JSON.stringify(model).replaceAll(JSON.stringify(before), JSON.stringify(after)));
}

export type Direction = 'left' | 'right' | 'up' | 'down';

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** The nearest box in a direction that lies beside `from`, by its key; undefined at the edge. */
export function neighbour(boxes: ReadonlyMap<string, Box>, from: string, direction: Direction): string | undefined {
  const start = boxes.get(from);
  if (!start) return undefined;
  const flip = direction === 'left' || direction === 'up' ? -1 : 1;
  const sideways = direction === 'left' || direction === 'right';
  let best: { key: string; distance: number; overlap: number } | undefined;
  for (const [key, box] of boxes) {
    if (key === from) continue;
    const distance = sideways
      ? flip > 0
        ? box.left - start.right
        : start.left - box.right
      : flip > 0
        ? box.top - start.bottom
        : start.top - box.bottom;
    const overlap = sideways
      ? Math.min(box.bottom, start.bottom) - Math.max(box.top, start.top)
      : Math.min(box.right, start.right) - Math.max(box.left, start.left);
    // A few pixels of separator lie between neighbours.
    if (distance < -8 || overlap <= 0) continue;
    if (!best || distance < best.distance - 1 || (Math.abs(distance - best.distance) <= 1 && overlap > best.overlap))
      best = { key, distance, overlap };
  }
  return best?.key;
}
