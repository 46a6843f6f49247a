import { create } from 'zustand';
import type { Access } from '../../shared/access.ts';
import type { State } from '../../shared/events.ts';
import { noRows, type Rows } from './apply-event.ts';

export type ConnectionState =
  /** The first answer has not come yet. */
  | { status: 'connecting' }
  | { status: 'live' }
  /** Was live: what is shown is as of `since`. */
  | { status: 'lost'; since: number; reason: string; retryAt: number }
  /** Never was live, and cannot be reached. */
  | { status: 'away'; reason: string; retryAt: number }
  /** The credential is missing or wrong. */
  | { status: 'refused'; reason: string };

export interface AppState {
  rows: Rows;
  connection: ConnectionState;
  access: Access;
  system: State['system'] | null;
  /** What to add to this machine's clock to get the orchestrator's, in milliseconds. */
  clockSkewMs: number;
  /** Grows with each connection: what streams starts again when it changes. */
  epoch: number;
}

/** The one store of what the orchestrator said. Views read it with selectors; only the connection writes it. */
export const useStore = create<AppState>(() => ({
  rows: noRows,
  connection: { status: 'connecting' },
  access: 'view',
  system: null,
  clockSkewMs: 0,
  epoch: 0,
}));
