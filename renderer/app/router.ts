import { useSyncExternalStore } from 'react';
import { type ChartSpan, chartSpanNames } from '../../shared/figures.ts';

export const workerTabs = ['terminal', 'conversation', 'changes', 'files', 'facts'] as const;
export type WorkerTab = (typeof workerTabs)[number];
export const settingsSections = [
  'workers',
  'permissions',
  'tester',
  'roles',
  'limits',
  'terminals',
  'models',
  'sessions',
  'projects',
  'notifications',
  'port',
  'webhooks',
  'audit',
  'configuration',
  'data',
  'look',
  'keys',
  'about',
] as const;
export type SettingsSection = (typeof settingsSections)[number];

/** Where the page is. Kept in the address fragment, so that every place can be linked and reopened. */
export type Route =
  | { view: 'board' }
  | { view: 'inbox'; id: string | null }
  | { view: 'worker'; id: string; tab: WorkerTab | null; file: string | null }
  /** Terminals in tabs and splits, with this one in front; the wall shows all of them at a glance. */
  | { view: 'terminal'; id: string }
  | { view: 'terminals'; wall: boolean }
  /** A file or one of the allowed folders, by its whole path. */
  | { view: 'files'; path: string | null }
  /** `atMs`: where in the recording. */
  | { view: 'recording'; id: string; atMs?: number }
  /** `item`: a role's name, a call to test, what the audit is about. */
  | { view: 'settings'; section: SettingsSection; item?: string }
  | { view: 'doctor' }
  /** `query`: how the log is narrowed. */
  | { view: 'logs'; query: string }
  /** How Control Room itself fares, over which time. */
  | { view: 'health'; section: 'overview' | 'alerts'; span: ChartSpan }
  /** `query`: what is searched and how it is narrowed, as `URLSearchParams` writes it; empty for everything. */
  | { view: 'sessions'; query: string }
  /** `at`: the record to show and mark; `find`: what to find in it. */
  | { view: 'session'; id: string; at: number | null; find: string }
  | { view: 'usage'; query: string }
  /** What changed among the sessions, or those that were deleted and can be restored. */
  | { view: 'changes'; deleted: boolean };

function oneOf<T extends string>(all: readonly T[], value: string | undefined): T | null {
  return all.find((candidate) => candidate === value) ?? null;
}

/** The route of a fragment; an unknown one is `null`: the caller chooses the first page. */
export function parseRoute(fragment: string): Route | null {
  // What belongs to a path is encoded: a bare “?” begins the query.
  const [path = '', query = ''] = fragment.replace(/^#\/?/, '').split(/\?(.*)/s);
  const parts = path.split('/').map((part) => decodeURIComponent(part));
  const [view, id, third, ...rest] = parts;
  const item = parts.slice(2).join('/');
  switch (view) {
    case 'board':
      return { view };
    case 'inbox':
      return { view, id: id || null };
    case 'worker':
      return id ? { view, id, tab: oneOf(workerTabs, third), file: rest.length > 0 ? rest.join('/') : null } : null;
    case 'terminal':
      return id ? { view, id } : null;
    case 'recording': {
      const atMs = Number(new URLSearchParams(query).get('at') ?? Number.NaN);
      return id ? { view, id, ...(Number.isFinite(atMs) && atMs >= 0 ? { atMs } : {}) } : null;
    }
    case 'terminals':
      return { view, wall: id === 'wall' };
    case 'files':
      return { view, path: id || null };
    case 'settings':
      // What was “rules” is a part of the permissions now: old links still lead there.
      if (id === 'rules') return { view, section: 'permissions' };
      return { view, section: oneOf(settingsSections, id) ?? 'workers', ...(item ? { item } : {}) };
    case 'projects':
      return { view: 'settings', section: 'projects' };
    case 'doctor':
      return { view };
    case 'health':
      return {
        view,
        section: id === 'alerts' ? 'alerts' : 'overview',
        span: oneOf(chartSpanNames, new URLSearchParams(query).get('span') ?? undefined) ?? '1h',
      };
    case 'sessions': {
      if (!id) return { view, query };
      const given = new URLSearchParams(query);
      const at = Number(given.get('at'));
      return { view: 'session', id, at: Number.isSafeInteger(at) && at > 0 ? at : null, find: given.get('find') ?? '' };
    }
    case 'usage':
    case 'logs':
      return { view, query };
    case 'changes':
      return { view, deleted: id === 'deleted' };
    default:
      return null;
  }
}

/** The fragment of a route, with its "#". */
export function hrefOf(route: Route): string {
  if (route.view === 'sessions' || route.view === 'usage' || route.view === 'logs') {
    return `#/${route.view}${route.query ? `?${route.query}` : ''}`;
  }
  if (route.view === 'session') {
    const query = new URLSearchParams();
    if (route.at !== null) query.set('at', String(route.at));
    if (route.find) query.set('find', route.find);
    return `#/sessions/${encodeURIComponent(route.id)}${query.size > 0 ? `?${query}` : ''}`;
  }
  const parts: string[] = [route.view];
  if (route.view === 'inbox' && route.id) parts.push(route.id);
  if (route.view === 'worker') {
    parts.push(route.id);
    if (route.tab) parts.push(route.tab);
    if (route.tab && route.file) parts.push(route.file);
  }
  if (route.view === 'terminal' || route.view === 'recording') parts.push(route.id);
  if (route.view === 'files' && route.path) parts.push(route.path);
  if (route.view === 'terminals' && route.wall) parts.push('wall');
  if (route.view === 'changes' && route.deleted) parts.push('deleted');
  if (route.view === 'health' && route.section === 'alerts') parts.push(route.section);
  if (route.view === 'settings') {
    parts.push(route.section);
    if (route.item) parts.push(route.item);
  }
  const place =
    route.view === 'recording' && route.atMs !== undefined
      ? `?at=${route.atMs}`
      : route.view === 'health' && route.span !== '1h'
        ? `?span=${route.span}`
        : '';
  return `#/${parts.map(encodeURIComponent).join('/')}${place}`;
}

/** Goes to a route; `replace` leaves no step to go back to. */
export function go(route: Route, replace = false): void {
  const href = hrefOf(route);
  if (location.hash === href) return;
  if (!replace) {
    location.hash = href;
    return;
  }
  history.replaceState(null, '', href);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

/** The present route, or null when the address names none. */
export function useRoute(): Route | null {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return parseRoute(hash);
}
