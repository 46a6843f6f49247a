import { act } from 'react';
import { expect, test } from 'vitest';
import { hitRow } from '../testing/fixture-sessions.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { render } from '../testing/render.tsx';
import { NearHits } from './near-hits.tsx';

const now = Date.now();
const state = (embeddingModel: string) => {
  const fixture = fixtureState(now);
  fixture.settings.values.embeddingModel = embeddingModel;
  return fixture;
};

test('what is near in meaning is marked as such, with how near it is', async () => {
  let told: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    told = resolve;
  });
  const { root, unmount } = await render(
    <NearHits q={'"money back"*'} filter={{ role: 'user', archived: false }} />,
    state('nomic-embed-text'),
    {
      'meaning.search': (input: unknown) => {
        expect(input).toEqual({ q: 'money back', limit: 4, role: 'user', archived: false });
        told();
        return {
          items: [
            { ...hitRow({ sessionId: 's1', index: 7, snippet: 'a refund' }), title: 'Invoices', likeness: 0.812 },
          ],
          model: 'nomic-embed-text',
          tookMs: 3,
        };
      },
    },
  );
  await act(() => asked);
  expect(root.querySelector('h2')?.textContent).toContain('Near in meaning, by nomic-embed-text');
  expect(root.querySelector('a[href="#/sessions/s1?at=7"]')?.textContent).toBe('81 %Invoicesanswera refund');
  unmount();
});

test('nothing is asked where no embedding model is set', async () => {
  const { root, unmount } = await render(<NearHits q="money" filter={{}} />, state(''));
  expect(root.textContent).toBe('');
  unmount();
});
