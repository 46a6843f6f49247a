import type { Approval } from '../../../shared/approvals.ts';
import type { AppEvent } from '../../../shared/events.ts';
import type { Component } from '../../../shared/health.ts';
import type { Spending } from '../../../shared/limits.ts';
import { type Worker, workerStates } from '../../../shared/workers.ts';
import type { Registry } from './registry.ts';

/** What of the room is read when somebody asks for figures. */
export interface RoomSources {
  components: () => readonly Component[];
  spending: () => Spending;
  /** Sockets that are open on the port. */
  sockets: () => number;
  caches: () => Record<string, { hits: number; misses: number; sizeBytes: number }>;
  /** How many tasks are in each status. */
  tasksByStatus?: () => Record<string, number>;
  /** How old the newest backup is, in milliseconds. */
  backupAgeMs?: () => number | null;
  /** How many alerts fire. */
  alertsFiring: () => number;
  now: () => number;
}

export type RoomFigures = ReturnType<typeof createRoomFigures>;

/** Counts of the room as it stands. Workers and requests are kept from their events, so that a scrape reads no table. */
export function createRoomFigures(deps: { registry: Registry; sources: RoomSources }) {
  const { registry, sources } = deps;
  const workers = new Map<string, Worker>();
  const waiting = new Map<string, number>();
  let databaseBytes: { file: number; log: number } | undefined;
  let disk: { freeBytes: number; sizeBytes: number } | undefined;
  let machine: { freeBytes: number; sizeBytes: number } | undefined;
  let workerMemory: number | undefined;

  const live = (): Worker[] => [...workers.values()].filter(({ state }) => state !== 'queued');
  const healthy = (): number => live().filter(({ health }) => health === 'healthy').length;
  const oldestApprovalMs = (): number =>
    waiting.size > 0 ? Math.max(0, sources.now() - Math.min(...waiting.values())) : 0;

  function byState(): Record<string, number> {
    const counts: Record<string, number> = Object.fromEntries(
      workerStates.filter((state) => state !== 'ended').map((state) => [state, 0]),
    );
    for (const { state } of workers.values()) counts[state] = (counts[state] ?? 0) + 1;
    return counts;
  }

  function keep(worker: Worker): void {
    if (worker.state === 'ended') workers.delete(worker.id);
    else workers.set(worker.id, worker);
  }

  function keepApproval({ id, state, createdAt }: Approval): void {
    if (state === 'waiting') waiting.set(id, createdAt);
    else waiting.delete(id);
  }

  // It is no counter and may fall, but the name is what rules and dashboards were written with: so it has no type.
  registry.gaugeOf(
    { name: 'collab_workers_total', help: 'Workers that have a process or are about to.', type: 'untyped' },
    () => live().length,
  );
  registry.gaugeOf({ name: 'collab_workers_healthy', help: 'Those of them that are healthy.' }, healthy);
  registry.gaugeOf({ name: 'collab_tasks_by_status', help: 'Tasks by status.', labels: ['status'] }, () =>
    Object.entries(sources.tasksByStatus?.() ?? {}).map(([status, count]) => [[status], count] as const),
  );
  registry.gaugeOf({ name: 'control_room_workers', help: 'Workers by state.', labels: ['state'] }, () =>
    Object.entries(byState()).map(([state, count]) => [[state], count] as const),
  );
  registry.gaugeOf(
    { name: 'control_room_approvals_waiting', help: 'Requests for permission, questions and plans that wait.' },
    () => waiting.size,
  );
  registry.gaugeOf(
    { name: 'control_room_oldest_approval_age_seconds', help: 'How long the oldest of them waits; 0 while none does.' },
    () => oldestApprovalMs() / 1000,
  );
  registry.gaugeOf(
    { name: 'control_room_tokens_today', help: 'Tokens of all workers since midnight.' },
    () => sources.spending().today.tokens,
  );
  registry.gaugeOf(
    { name: 'control_room_cost_today_usd', help: 'Cost of all workers since midnight, in US dollars.' },
    () => sources.spending().today.costUsd,
  );
  registry.gaugeOf({ name: 'control_room_sockets', help: 'WebSockets that are open.' }, sources.sockets);
  registry.gaugeOf(
    {
      name: 'control_room_component_up',
      help: 'Whether what Control Room needs is well: 1, or 0. What is not installed is left out.',
      labels: ['component'],
    },
    () =>
      sources
        .components()
        .flatMap(({ id, state }) => (state === 'not-installed' ? [] : [[[id], state === 'error' ? 0 : 1] as const])),
  );
  const { backupAgeMs } = sources;
  if (backupAgeMs)
    registry.gaugeOf({ name: 'control_room_backup_age_seconds', help: 'How old the newest backup is.' }, () => {
      const ageMs = backupAgeMs();
      return ageMs === null ? undefined : ageMs / 1000;
    });
  registry.gaugeOf({ name: 'control_room_alerts_firing', help: 'Alerts that fire.' }, sources.alertsFiring);
  registry.counterOf(
    {
      name: 'control_room_cache_requests_total',
      help: 'Questions to caches, by whether the answer was there.',
      labels: ['cache', 'result'],
    },
    () =>
      Object.entries(sources.caches()).flatMap(([cache, { hits, misses }]) => [
        [[cache, 'hit'], hits] as const,
        [[cache, 'miss'], misses] as const,
      ]),
  );
  registry.gaugeOf({ name: 'control_room_cache_bytes', help: 'What caches hold.', labels: ['cache'] }, () =>
    Object.entries(sources.caches()).map(([cache, { sizeBytes }]) => [[cache], sizeBytes] as const),
  );
  registry.gaugeOf(
    { name: 'control_room_database_bytes', help: 'The state database on the disk.', labels: ['part'] },
    () =>
      databaseBytes && [
        [['file'], databaseBytes.file],
        [['log'], databaseBytes.log],
      ],
  );
  registry.gaugeOf(
    { name: 'control_room_worker_memory_bytes', help: 'Memory of the process trees of all workers.' },
    () => workerMemory,
  );
  for (const [name, help, read] of [
    ['control_room_disk_free_bytes', 'Free space where the data is.', () => disk?.freeBytes],
    ['control_room_disk_size_bytes', 'The whole of that disk.', () => disk?.sizeBytes],
    ['control_room_machine_memory_available_bytes', 'Memory that programs can still get.', () => machine?.freeBytes],
    ['control_room_machine_memory_bytes', 'All memory of the machine.', () => machine?.sizeBytes],
  ] as const)
    registry.gaugeOf({ name, help }, read);

  return {
    beginWith(rows: { workers: readonly Worker[]; approvals: readonly Approval[] }): void {
      rows.workers.forEach(keep);
      rows.approvals.forEach(keepApproval);
    },
    event(event: AppEvent): void {
      if (event.type === 'worker.changed') keep(event.worker);
      if (event.type === 'worker.removed') workers.delete(event.id);
      if (event.type === 'approval.changed') keepApproval(event.approval);
    },
    /** What was seen of the machine. */
    seen(what: {
      database?: { file: number; log: number };
      disk?: { freeBytes: number; sizeBytes: number } | undefined;
      machine: { freeBytes: number; sizeBytes: number };
      workerMemory?: number | undefined;
    }): void {
      if (what.database) databaseBytes = what.database;
      if (what.disk) disk = what.disk;
      machine = what.machine;
      if (what.workerMemory !== undefined) workerMemory = what.workerMemory;
    },
    live,
    byState,
    healthy,
    approvalsWaiting: () => waiting.size,
    oldestApprovalMs,
    disk: () => disk,
    machine: () => machine,
    workerMemory: () => workerMemory,
  };
}
