import type { Approval } from '../../shared/approvals.ts';
import type { PortState } from '../../shared/credentials.ts';
import type { Figure } from '../../shared/figures.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Worker } from '../../shared/workers.ts';
import { createAlerts } from './alerts/alerts.ts';
import { knownFigures } from './alerts/known-figures.ts';
import { standardRules } from './alerts/rules.ts';
import type { Database, DatabaseObserver } from './database/database.ts';
import type { Events } from './events.ts';
import { createHealth } from './health/health.ts';
import type { MachineChecks } from './health/machine-checks.ts';
import { createCharts } from './metrics/charts.ts';
import { createMetricHistory } from './metrics/history.ts';
import { createMeters, type Meters } from './metrics/meters.ts';
import { createProcessFigures } from './metrics/process-figures.ts';
import { metricsContentType } from './metrics/registry.ts';
import { createRoomFigures, type RoomSources } from './metrics/room-figures.ts';
import { createSampler } from './metrics/sampler.ts';
import type { OrchestratorOptions } from './orchestrator-options.ts';
import { createTreeUsage } from './processes/tree-usage.ts';
import type { createTerminalStreams } from './terminals/terminal-streams.ts';

/** Alerts about requests look at what was in this time. */
const latelyMs = 5 * 60_000;
/** A scrape looks at the machine anew when the last look is older. */
const scrapeLookMs = 5000;
/** Who asks for health in the first moments waits so long for what runs to be taken up. */
const startWithinMs = 2000;

type TerminalStreams = ReturnType<typeof createTerminalStreams>;

export type Monitoring = ReturnType<typeof createMonitoring>;

/** What the parts of the house tell while they work. Made first, because the database tells too. */
export function createTelling(deps: Parameters<typeof createMeters>[0]) {
  const meters = createMeters(deps);
  let writeProblem: string | null = null;
  let onWriteProblem: () => void = () => undefined;
  const observer: DatabaseObserver = {
    took: meters.statement,
    kept() {
      if (writeProblem === null) return;
      writeProblem = null;
      onWriteProblem();
    },
    failed(code) {
      // A statement that breaks a constraint says nothing of the database.
      if (!/^SQLITE_(FULL|IOERR|CORRUPT|READONLY|CANTOPEN|NOTADB)/.test(code) || writeProblem === code) return;
      writeProblem = code;
      onWriteProblem();
    },
  };
  return {
    meters,
    observer,
    writeProblem: () => writeProblem,
    /** The same streams, their bytes counted on the way to viewers. */
    countBytes: (streams: TerminalStreams): TerminalStreams => ({
      ...streams,
      connect: (viewer) =>
        streams.connect({
          ...viewer,
          send(frame, sent) {
            meters.terminalBytes(frame.byteLength);
            viewer.send(frame, sent);
          },
        }),
    }),
    onWriteProblem(listener: () => void): void {
      onWriteProblem = listener;
    },
  };
}

/** The part of the house that looks after the house: health, figures, their past, and alerts. A part of the composition root. */
export function createMonitoring(deps: {
  telling: ReturnType<typeof createTelling>;
  database: Database;
  events: Events;
  now: () => number;
  startedAt: number;
  version: string;
  dataDir: string;
  settings: () => Settings;
  log: OrchestratorOptions['log'];
  /** Settles when what ran before is taken up. */
  ready: Promise<void>;
  machine: Omit<MachineChecks, 'dataDir'>;
  /** Of the disk, as it is watched all the time. */
  disk: Parameters<typeof createHealth>[0]['disk'];
  hostPid: () => number | null;
  beat: () => Promise<unknown>;
  port: () => PortState;
  onPort: (listener: () => void) => () => void;
  migrations: () => { applied: number; latest: number };
  integrity: Parameters<typeof createHealth>[0]['integrity'];
  workers: { counts: () => { live: number; messages: number }; rows: () => readonly Worker[] };
  approvals: () => readonly Approval[];
  spending: RoomSources['spending'];
  caches: RoomSources['caches'];
  /** What other rooms of the house know of themselves, looked at like the rest. */
  probes: Parameters<typeof createHealth>[0]['further'];
  /** When the newest backup was made; null while there is none. */
  newestBackupAt?: () => number | null;
}) {
  const { telling, database, events, now, dataDir, log } = deps;
  const { meters } = telling;
  const meter = createTreeUsage({ now });
  let started = false;
  let closed = false;
  let lookedAt = 0;

  const health = createHealth({
    ...deps,
    publish: events.publish,
    counts: deps.workers.counts,
    machine: { ...deps.machine, dataDir },
    writeProblem: telling.writeProblem,
    checkEveryMs: () => deps.settings().healthCheckSeconds * 1000,
    further: deps.probes,
    begun: Promise.race([
      deps.ready.catch(() => undefined),
      new Promise<void>((resolve) => setTimeout(resolve, startWithinMs).unref()),
    ]),
  });
  function backupAgeMs(): number | null {
    const at = deps.newestBackupAt?.() ?? null;
    if (at !== null) return now() - at;
    // Before the first one it counts from the start, where one is made by itself.
    return deps.settings().backupEveryHours > 0 ? now() - deps.startedAt : null;
  }

  telling.onWriteProblem(() => void health.lookAt('database'));
  const room = createRoomFigures({
    registry: meters.registry,
    sources: {
      now,
      components: () => health.state().components,
      spending: deps.spending,
      sockets: () => deps.port().connections,
      caches: deps.caches,
      ...(deps.newestBackupAt ? { backupAgeMs } : {}),
      alertsFiring: () => alerts.firing(),
    },
  });
  const figures = createProcessFigures({
    registry: meters.registry,
    startedAt: deps.startedAt,
    version: deps.version,
  });
  const history = createMetricHistory({ database, now });
  /** What was reckoned of the samples so far: many rules may ask for the same. */
  const reckoned = new Map<number, Partial<Record<Figure, number>> | undefined>();
  function lately(ms: number): Partial<Record<Figure, number>> | undefined {
    if (!reckoned.has(ms)) reckoned.set(ms, history.over(ms)?.values);
    return reckoned.get(ms);
  }
  const partUsed = (of: { freeBytes: number; sizeBytes: number } | undefined): number | null =>
    of ? 100 * (1 - of.freeBytes / of.sizeBytes) : null;
  const alerts = createAlerts({
    database,
    publish: events.publish,
    now,
    figures: () =>
      knownFigures({
        over: lately,
        today: () => deps.spending().today,
        oldestApprovalMs: room.oldestApprovalMs,
        backupAgeMs,
        components: () =>
          health.state().components.map(({ id, title, state }) => ({
            id,
            title,
            failed: state === 'not-installed' ? null : state === 'error',
          })),
      }),
    rules: standardRules({
      lately() {
        const values = lately(latelyMs);
        if (!values) return undefined;
        const { requests = 0, errors = 0, latencyP95 } = values;
        return { requests, errors, latencyP95 };
      },
      workers: () => ({ live: room.live().length, healthy: room.healthy() }),
      ...(deps.newestBackupAt ? { backupAgeMs } : {}),
      memoryPercent: () => partUsed(room.machine()),
      diskPercent: () => partUsed(room.disk()),
      component(id) {
        const found = health.state().components.find((component) => component.id === id);
        return found && found.state !== 'not-installed'
          ? { failed: found.state === 'error', detail: found.detail }
          : null;
      },
    }),
  });
  const sampler = createSampler({
    meters,
    room,
    figures,
    history,
    dataDir,
    databaseFile: database.path,
    now,
    async measureWorkers() {
      const pids = room.live().flatMap(({ pid }) => (pid === null ? [] : [pid]));
      const usages = await meter.measure(pids);
      return [...usages.values()].reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
    },
    onSample: () => {
      reckoned.clear();
      charts.tell();
      alerts.look();
    },
    log,
  });
  const charts = createCharts({ points: history.points });
  const rows = deps.workers.rows();
  meters.beginWith(rows);
  room.beginWith({ workers: rows, approvals: deps.approvals() });
  const endListening = events.listen((event) => {
    meters.event(event);
    room.event(event);
  });
  const endPort = deps.onPort(() => started && void health.lookAt('server'));

  async function start(): Promise<void> {
    if (closed || started) return;
    started = true;
    await health.start();
    if (!closed) await sampler.start();
  }

  return {
    health,
    alerts,
    charts,
    /** Begins to look; before that everything is counted already. */
    start,
    /** What Prometheus reads. */
    async scrape(): Promise<{ contentType: string; text: string }> {
      if (now() - lookedAt > scrapeLookMs) {
        lookedAt = now();
        await sampler.look();
      }
      return { contentType: metricsContentType, text: meters.registry.text() };
    },
    close(): void {
      closed = true;
      endListening();
      endPort();
      health.close();
      sampler.close();
      figures.close();
      alerts.close();
      charts.close();
      if (started) history.close();
    },
  };
}

/** What surfaces tell of requests, and read for Prometheus. */
export interface SurfaceMeters extends Pick<Meters, 'request' | 'failed' | 'rateLimited'> {
  scrape: Monitoring['scrape'];
}
