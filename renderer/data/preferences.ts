import { create } from 'zustand';

/** What belongs to this browser alone: how it looks, which keys, what was seen. Kept in local storage. */
export interface Preferences {
  theme: 'system' | 'dark' | 'light';
  density: 'normal' | 'compact';
  railFolded: boolean;
  inspectorOpen: boolean;
  /** In pixels. */
  inspectorWidth: number;
  boardOrder: 'urgency' | 'project';
  boardLayout: 'grid' | 'list';
  /** Differences side by side, or in one column. */
  reviewSplit: boolean;
  /** Long lines of one column go on below instead of to the right. */
  reviewWrap: boolean;
  /** Commit, push and merge beside the difference. */
  deliverOpen: boolean;
  /** Own key bindings by command id. */
  keys: Readonly<Record<string, readonly string[]>>;
  /** When each worker was last looked at. */
  seenAt: Readonly<Record<string, number>>;
  foldedProjects: readonly string[];
  lastProjectId: string | null;
  /** Searches of sessions that this browser kept by itself, until the orchestrator has taken them over. */
  savedSearches: readonly { name: string; query: string }[];
  /** What others who watch the same terminal call this browser; empty: what it says it is. */
  deviceName: string;
  firstUsedAt: number;
}

const key = 'control-room.preferences';

function read(): Preferences {
  const initial: Preferences = {
    theme: 'system',
    density: 'normal',
    railFolded: false,
    inspectorOpen: true,
    inspectorWidth: 304,
    boardOrder: 'urgency',
    boardLayout: 'grid',
    reviewSplit: true,
    reviewWrap: false,
    deliverOpen: false,
    keys: {},
    seenAt: {},
    foldedProjects: [],
    lastProjectId: null,
    savedSearches: [],
    deviceName: '',
    firstUsedAt: Date.now(),
  };
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '{}');
    return typeof stored === 'object' && stored !== null ? { ...initial, ...stored } : initial;
  } catch {
    // Storage is blocked or unreadable: start with what everybody starts with.
    return initial;
  }
}

export const usePreferences = create<Preferences>(read);

usePreferences.subscribe((preferences) => {
  try {
    localStorage.setItem(key, JSON.stringify(preferences));
  } catch {
    // Storage is full or blocked: the choice holds until the page is closed.
  }
});

/** Changes some preferences. */
export function setPreferences(part: Partial<Preferences>): void {
  usePreferences.setState(part);
}

/** Notes that a worker was looked at now. */
export function markSeen(workerId: string, at: number): void {
  usePreferences.setState(({ seenAt }) => ({ seenAt: { ...seenAt, [workerId]: at } }));
}
