import { act } from 'react';
import { expect, test } from 'vitest';
import type { DoctorFinding, DoctorProgress } from '../../shared/doctor.ts';
import { fixtureState } from '../testing/fixture-state.ts';
import { button, render, settled } from '../testing/render.tsx';
import { DoctorView } from './doctor-view.tsx';

const finding = (id: string, changes: Partial<DoctorFinding> = {}): DoctorFinding => ({
  id,
  title: id,
  group: 'programs',
  state: 'ok',
  detail: `${id} is fine`,
  fix: null,
  actions: [],
  tookMs: 1,
  ...changes,
});

test('findings are shown as they come, what is wrong first, and a fix is done and looked at again', async () => {
  let go: () => void = () => undefined;
  let runs = 0;
  const fixed: unknown[] = [];
  const { root, unmount } = await render(<DoctorView />, fixtureState(Date.now()), {
    'doctor.run': async function* (): AsyncGenerator<DoctorProgress> {
      runs += 1;
      yield {
        type: 'begins',
        checks: [finding('git'), finding('claude')].map(({ id, title, group }) => ({ id, title, group })),
      };
      yield { type: 'found', finding: finding('git') };
      if (runs === 1)
        await new Promise<void>((resolve) => {
          go = resolve;
        });
      yield {
        type: 'found',
        finding: finding('claude', {
          state: 'error',
          detail: 'it is broken',
          fix: 'Mend it.',
          actions: [{ kind: 'fix', label: 'Fix it', fix: 'permissions' }],
        }),
      };
      yield { type: 'found', finding: finding('own', { group: 'house', detail: 'came by itself' }) };
      yield { type: 'ends', at: Date.now() };
    },
    'doctor.fix': (input: unknown) => {
      fixed.push(input);
      return { done: 'Done.' };
    },
  });
  await settled();
  expect(root.textContent).toContain('1 of 2 looked at');
  expect(root.textContent).toContain('git is fine');
  await act(async () => go());
  await settled();
  expect(root.textContent).toContain('1 thing to look at');
  expect(root.textContent).toContain('came by itself');
  const titles = [...root.querySelectorAll('[aria-label="Programs"] h3')].map((title) => title.textContent);
  expect(titles).toEqual(['claude', 'git']);
  await act(async () => button(root, 'Fix it').click());
  await settled();
  expect(fixed).toEqual([{ fix: 'permissions' }]);
  expect(runs).toBe(2);
  unmount();
});
