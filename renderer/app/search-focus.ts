import { create } from 'zustand';

/** Grows each time somebody asks for the search box of the sessions: that box takes the focus when it does. */
export const useSearchFocus = create<{ asked: number }>(() => ({ asked: 0 }));

/** Puts the cursor into the search box of the sessions, now or when it is there. */
export function focusSearch(): void {
  useSearchFocus.setState(({ asked }) => ({ asked: asked + 1 }));
}
