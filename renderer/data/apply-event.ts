import type { Alert } from '../../shared/alerts.ts';
import type { Approval } from '../../shared/approvals.ts';
import type { AppEvent, State } from '../../shared/events.ts';
import type { HealthState } from '../../shared/health.ts';
import type { Spending } from '../../shared/limits.ts';
import type { Radar } from '../../shared/overlaps.ts';
import type { Project } from '../../shared/projects.ts';
import type { Role } from '../../shared/roles.ts';
import type { Rule } from '../../shared/rules.ts';
import type { SavedSearch } from '../../shared/saved-searches.ts';
import type { SessionDelta } from '../../shared/session-changes.ts';
import type { SettingsView } from '../../shared/settings.ts';
import type { Terminal } from '../../shared/terminals.ts';
import type { Worker } from '../../shared/workers.ts';
import type { Worktree } from '../../shared/worktrees.ts';

export type ById<T> = Readonly<Record<string, T>>;

/** Everything the orchestrator told, as rows by id, and how far in the order of events that is. */
export interface Rows {
  seq: number;
  settings: SettingsView | null;
  projects: ById<Project>;
  workers: ById<Worker>;
  approvals: ById<Approval>;
  terminals: ById<Terminal>;
  worktrees: ById<Worktree>;
  /** By project. */
  radars: ById<Radar>;
  /** The sequence number of the newest change to a worktree's comments or checkpoints, by worktree: read them again. */
  reviewChanges: ById<number>;
  rules: ById<Rule>;
  /** By name. */
  roles: ById<Role>;
  savedSearches: ById<SavedSearch>;
  spending: Spending | null;
  health: HealthState | null;
  alerts: ById<Alert>;
  /** The newest change of a session. */
  sessionChange: SessionDelta | null;
}

export const noRows: Rows = {
  seq: 0,
  settings: null,
  projects: {},
  workers: {},
  approvals: {},
  terminals: {},
  worktrees: {},
  radars: {},
  reviewChanges: {},
  rules: {},
  roles: {},
  savedSearches: {},
  spending: null,
  health: null,
  alerts: {},
  sessionChange: null,
};

function byId<T extends { id: string }>(items: readonly T[]): ById<T> {
  return Object.fromEntries(items.map((item) => [item.id, item]));
}

/** The rows of a state that was read whole. */
export function rowsOf(state: Omit<State, 'access' | 'now' | 'system'>): Rows {
  return {
    seq: state.seq,
    settings: state.settings,
    projects: byId(state.projects),
    workers: byId(state.workers),
    approvals: byId(state.approvals),
    terminals: byId(state.terminals),
    worktrees: byId(state.worktrees),
    radars: Object.fromEntries(state.radars.map((radar) => [radar.projectId, radar])),
    reviewChanges: {},
    rules: byId(state.rules),
    roles: Object.fromEntries(state.roles.map((role) => [role.name, role])),
    savedSearches: byId(state.savedSearches),
    spending: state.spending,
    health: state.health,
    alerts: byId(state.alerts),
    sessionChange: null,
  };
}

function put<T extends { id: string }>(rows: ById<T>, row: T): ById<T> {
  return { ...rows, [row.id]: row };
}

function without<T>(rows: ById<T>, id: string): ById<T> {
  if (!(id in rows)) return rows;
  const { [id]: _gone, ...rest } = rows;
  return rest;
}

/**
 * The rows after one event. An event that is already in them changes nothing; `null` when one is missing in between, so
 * that the state has to be read again.
 */
export function applyEvent(rows: Rows, event: AppEvent): Rows | null {
  if (event.seq <= rows.seq) return rows;
  if (event.seq > rows.seq + 1) return null;
  const { seq } = event;
  switch (event.type) {
    case 'project.changed':
      return { ...rows, seq, projects: put(rows.projects, event.project) };
    case 'project.removed':
      return { ...rows, seq, projects: without(rows.projects, event.id) };
    case 'worker.changed':
      return { ...rows, seq, workers: put(rows.workers, event.worker) };
    case 'worker.removed':
      return { ...rows, seq, workers: without(rows.workers, event.id) };
    case 'approval.changed':
      return { ...rows, seq, approvals: put(rows.approvals, event.approval) };
    case 'terminal.changed':
      return { ...rows, seq, terminals: put(rows.terminals, event.terminal) };
    case 'terminal.removed':
      return { ...rows, seq, terminals: without(rows.terminals, event.id) };
    case 'worktree.changed':
      return { ...rows, seq, worktrees: put(rows.worktrees, event.worktree) };
    case 'worktree.removed':
      return { ...rows, seq, worktrees: without(rows.worktrees, event.id) };
    case 'overlaps.changed':
      return { ...rows, seq, radars: { ...rows.radars, [event.radar.projectId]: event.radar } };
    case 'comment.changed':
      return { ...rows, seq, reviewChanges: { ...rows.reviewChanges, [event.comment.worktreeId]: seq } };
    case 'comment.removed':
      return { ...rows, seq, reviewChanges: { ...rows.reviewChanges, [event.worktreeId]: seq } };
    case 'checkpoints.changed':
      return { ...rows, seq, reviewChanges: { ...rows.reviewChanges, [event.checkpoints.worktreeId]: seq } };
    case 'settings.changed':
      return { ...rows, seq, settings: event.settings };
    case 'rule.changed':
      return { ...rows, seq, rules: put(rows.rules, event.rule) };
    case 'rule.removed':
      return { ...rows, seq, rules: without(rows.rules, event.id) };
    case 'role.changed':
      return { ...rows, seq, roles: { ...rows.roles, [event.role.name]: event.role } };
    case 'role.removed':
      return { ...rows, seq, roles: without(rows.roles, event.name) };
    case 'saved-search.changed':
      return { ...rows, seq, savedSearches: put(rows.savedSearches, event.search) };
    case 'saved-search.removed':
      return { ...rows, seq, savedSearches: without(rows.savedSearches, event.id) };
    case 'spending.changed':
      return { ...rows, seq, spending: event.spending };
    case 'health.changed':
      return { ...rows, seq, health: event.health };
    case 'alerts.changed':
      return { ...rows, seq, alerts: event.alerts.reduce(put, rows.alerts) };
    case 'alert.removed':
      return { ...rows, seq, alerts: without(rows.alerts, event.id) };
    case 'session.changed':
      // Sessions are too many to be held here: views read them when they show them.
      return { ...rows, seq, sessionChange: event.delta };
  }
}
