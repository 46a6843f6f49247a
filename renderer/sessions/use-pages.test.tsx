import { act, useState } from 'react';
import { expect, test } from 'vitest';
import { fixtureState } from '../testing/fixture-state.ts';
import { render } from '../testing/render.tsx';
import { type Pages, usePages } from './use-pages.ts';

interface Page {
  items: string[];
  nextCursor: string | null;
}

test('pages follow each other, and an answer to an older question is dropped', async () => {
  const asked: string[] = [];
  const answers = new Map<string, (page: Page) => void>();
  let pages: Pages<string, Page> | null = null;
  let setKey: (key: string) => void = () => undefined;
  function Probe() {
    const [key, set] = useState('a');
    setKey = set;
    pages = usePages<string, Page>(key, (cursor) => {
      asked.push(`${key} ${cursor ?? 'first'}`);
      return new Promise((resolve) => answers.set(`${key} ${cursor ?? 'first'}`, resolve));
    });
    return null;
  }
  const answer = (name: string, page: Page) => act(async () => answers.get(name)?.(page));
  const shown = () => pages?.pages?.flatMap((page) => page.items);
  const { unmount } = await render(<Probe />, fixtureState(0));

  await answer('a first', { items: ['1'], nextCursor: 'n' });
  act(() => {
    pages?.more();
    pages?.more();
  });
  expect(asked).toEqual(['a first', 'a n']);
  await answer('a n', { items: ['2'], nextCursor: null });
  expect(shown()).toEqual(['1', '2']);
  act(() => pages?.more());
  expect(asked).toHaveLength(2);

  act(() => setKey('b'));
  expect(pages).toMatchObject({ stale: true });
  expect(shown()).toEqual(['1', '2']);
  act(() => setKey('c'));
  await answer('c first', { items: ['3'], nextCursor: null });
  await answer('b first', { items: ['old'], nextCursor: null });
  expect(shown()).toEqual(['3']);
  expect(pages).toMatchObject({ stale: false });
  unmount();
});
