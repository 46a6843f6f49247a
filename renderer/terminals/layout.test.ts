import type { WorkspaceModel } from 'react-resizable-panels';
import { expect, test } from 'vitest';
import { neighbour, tabsetOf, terminalsOf, withReplaced } from './layout.ts';

const tab = (id: string) => ({ id, data: null });
const model: WorkspaceModel<null> = {
  version: 1,
  root: {
    type: 'split',
    id: 'root',
    orientation: 'horizontal',
    children: [
      { type: 'tabset', id: 'left', selectedId: 'a', tabs: [tab('a'), tab('b')] },
      { type: 'tabset', id: 'right', selectedId: 'c', tabs: [tab('c')] },
    ],
  },
};

test('knows its terminals and where they are', () => {
  expect(terminalsOf(model)).toEqual(['a', 'b', 'c']);
  expect(tabsetOf(model, 'b')?.id).toBe('left');
  expect(tabsetOf(model, 'x')).toBeUndefined();
  expect(terminalsOf(withReplaced(model, 'b', 'z'))).toEqual(['a', 'z', 'c']);
});

test('finds the neighbour in each direction', () => {
  const boxes = new Map([
    ['left', { left: 0, right: 99, top: 0, bottom: 200 }],
    ['top', { left: 100, right: 200, top: 0, bottom: 120 }],
    ['low', { left: 100, right: 200, top: 121, bottom: 200 }],
  ]);
  expect(neighbour(boxes, 'left', 'right')).toBe('top');
  expect(neighbour(boxes, 'low', 'left')).toBe('left');
  expect(neighbour(boxes, 'top', 'down')).toBe('low');
  expect(neighbour(boxes, 'left', 'up')).toBeUndefined();
});
