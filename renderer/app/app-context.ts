import { createContext, useContext } from 'react';
import type { Connection } from '../data/connection.ts';
import type { Actions } from './actions.ts';

export interface AppParts {
  connection: Connection;
  actions: Actions;
  /** Forgets the token and asks for another one; absent in the desktop window, which needs none. */
  signOut: (() => void) | null;
}

export const AppContext = createContext<AppParts | null>(null);

/** The parts every view may use. */
export function useApp(): AppParts {
  const parts = useContext(AppContext);
  if (!parts) throw new Error('useApp is used outside of the app');
  return parts;
}
