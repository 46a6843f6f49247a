import { join } from 'node:path';
import type { Access } from '../../shared/access.ts';
import { defaultSettings } from '../../shared/default-settings.ts';
import type { State } from '../../shared/events.ts';
import type { Settings } from '../../shared/settings.ts';
import { type AccessFeature, createAccess } from './access/access.ts';
import { createAudit } from './audit/audit.ts';
import { createClaudeProgram } from './claude/claude-program.ts';
import { gitHubEnvironment, systemEnvironment, workerEnvironment } from './claude/environment.ts';
import { claudeFolder } from './claude/transcript.ts';
import { createConsent } from './consent.ts';
import { createDataCare, type DataCare } from './data-care.ts';
import { countRows } from './database/count-rows.ts';
import { createStorageWatch } from './database/storage-watch.ts';
import { createDelivering } from './delivering.ts';
import { createEvents } from './events.ts';
import { createFiles } from './files/files.ts';
import { createGit } from './git/git.ts';
import type { Health } from './health/health.ts';
import { createHistory } from './history.ts';
import { createHosts } from './host/hosts.ts';
import { inComponent } from './in-component.ts';
import { createInbox } from './inbox/inbox.ts';
import { createIntelligence } from './intelligence.ts';
import { createMachine } from './machine.ts';
import { createMonitoring, createTelling, type SurfaceMeters } from './monitoring.ts';
import { databaseFile, openState } from './open-state.ts';
import type { OrchestratorOptions } from './orchestrator-options.ts';
import { createOsSandbox } from './permissions/os-sandbox.ts';
import { findOwnPrograms } from './permissions/own-programs.ts';
import { listProcesses } from './processes/list-processes.ts';
import { createProjects } from './projects/projects.ts';
import { type AppRouter, createRouter } from './router.ts';
import { createSettings } from './settings/settings.ts';
import { openSigningKey } from './signing-key.ts';
import { createSpending } from './spending/spending.ts';
import { createSteadyClock } from './steady-clock.ts';
import { createTakingUp } from './taking-up.ts';
import { createTerminalControl } from './terminals/terminal-control.ts';
import { createTerminalShares } from './terminals/terminal-shares.ts';
import { createTerminalStreams } from './terminals/terminal-streams.ts';
import { createTerminals } from './terminals/terminals.ts';
import { createUpkeep } from './upkeep.ts';
import { createWebhooks } from './webhooks/webhooks.ts';
import { createWorkers } from './workers/workers.ts';

export type { AccessOptions, Identity } from './access/access.ts';
export { type Caller, mayOn } from './access/caller.ts';
export { configurationCheck, createMachineDoctor } from './check-machine.ts';
export type { ConfigSource } from './configuration/configuration.ts';
export { isStorageTrouble } from './database/storage-watch.ts';
export { inComponent } from './in-component.ts';
export type { LogSource } from './logs/log-source.ts';
export type { OrchestratorOptions } from './orchestrator-options.ts';
export { portHolder } from './processes/port-holder.ts';

/** Ended workers and decided approvals a client starts with. */
const endedForClient = 500;
const decidedForClient = 100;

export interface Orchestrator {
  /**
   * Settles when the host answers and everything that ran is taken up again. Before that the rows are given as they were
   * last known, and calls that change something wait. Rejects when it cannot be; then it is to be closed.
   */
  ready: Promise<void>;
  /** What surfaces serve. The caller's access and name are the context of each call. */
  router: AppRouter;
  /** What surfaces connect a viewer's binary frames to. */
  terminalStreams: ReturnType<typeof createTerminalStreams>;
  /** What lets somebody with a link look at one terminal. */
  terminalShares: Pick<ReturnType<typeof createTerminalShares>, 'open'>;
  health: Pick<Health, 'report' | 'ready'>;
  /** What a port tells of its requests, and what it serves to Prometheus. */
  meters: SurfaceMeters;
  /** What tells a port who comes, and is told where it stands. */
  access: AccessFeature;
  settings(): Settings;
  /** The number of the newest event. */
  lastSeq(): number;
  onSettings(listener: () => void): () => void;
  /** Calls when it is to be closed and made anew on the same data, as after a restore. */
  onRestart: DataCare['onRestart'];
  /** Tells a second start on the same data folder where this one listens. */
  announce(address: string | null): void;
  /** Counts for a tray or a title, and a call at each change of them. */
  counts(): { running: number; waiting: number };
  onChange(listener: () => void): () => void;
  /** Lets go of everything; workers go on in the host unless they are to be stopped. */
  close(options?: { stopWorkers?: boolean }): Promise<void>;
}

/**
 * Puts the house together: one of each room, each given what it needs. Throws when the data folder cannot be taken or its
 * database not be opened.
 */
export function createOrchestrator(options: OrchestratorOptions): Orchestrator {
  const { log, dataDir, environment } = options;
  const now = createSteadyClock();
  const startedAt = now();
  const telling = createTelling({ now, logged: options.logs?.counts });
  const databasePath = options.databasePath ?? join(dataDir, databaseFile);
  const storage = createStorageWatch({ dataDir, databasePath, now, log });
  const opened = openState({
    dataDir,
    databasePath,
    now,
    log,
    backupProgram: options.programs.backup,
    watch: { guard: storage, observer: telling.observer },
  });
  const { folder, database, migrations } = opened;
  storage.start();
  const events = createEvents({ database, now });
  const { publish } = events;
  const childEnvironment = workerEnvironment(environment);
  const shellEnvironment = systemEnvironment(environment);
  const git = createGit({ environment: shellEnvironment });
  const claude = createClaudeProgram({
    configuredPath: options.claudePath,
    environment: childEnvironment,
    memoryFile: join(dataDir, 'claude.json'),
  });
  const host = createHosts({
    dataDir,
    build: options.version.replace(/[^\w.-]/g, '_'),
    entry: { file: options.node.file, args: options.programs.host, env: { ...shellEnvironment, ...options.node.env } },
    log: inComponent(log, 'host'),
    terminalLogBytes: () => settings.values().terminalLogMib * 1024 * 1024,
    ...(options.startHostAfter ? { startAfter: options.startHostAfter } : {}),
    onLost: ({ reason, processes }) => {
      log.error({ component: 'host', reason, processes: processes.length }, 'the host is gone');
      void monitoring.health.lookAt('terminals');
    },
  });
  const settings = createSettings({ database, publish, defaults: defaultSettings, locked: options.lockedSettings });
  const projects = createProjects({
    database,
    publish,
    git,
    now,
    allowedRoots: options.allowedProjectRoots,
    liveWorkers: (id) => workers.liveNames(id),
    findOwnPrograms,
    restartBudget: (id) => spending.restart(id),
    forgetContents: (id) => {
      rules.forgetProject(id);
      workers.forgetProject(id);
      worktrees.forgetProject(id);
    },
  });
  const delivering = createDelivering({
    database,
    events,
    git,
    host,
    now,
    folder: options.worktreesDir,
    settings: settings.values,
    environment: { ...shellEnvironment, ...gitHubEnvironment(environment) },
    projects,
    workers: () => workers,
    terminals: () => terminals,
    history: () => history,
    log,
  });
  const { worktrees } = delivering;
  const osSandbox = createOsSandbox({ environment: shellEnvironment });
  const machine = createMachine({ claude, osSandbox, git, dataDir, environment: shellEnvironment });
  const signingKey = openSigningKey(join(dataDir, 'signing-key'));
  const audit = createAudit({ database, now, key: signingKey('audit'), days: () => settings.values().auditDays });
  const access = createAccess({ database, dataDir, now, options: options.access, record: audit.record });
  const webhooks = createWebhooks({
    database,
    events,
    now,
    key: signingKey('webhooks'),
    version: options.version,
    held: options.notifyWebhook,
    log: inComponent(log, 'webhooks'),
  });
  const spending = createSpending({ database, publish, now, onDay: () => workers.limitsChanged() });
  const { roles, rules, judge, approvals, permissionsOf } = createConsent({
    database,
    publish,
    now,
    settings: settings.values,
    environment,
    machine,
    osSandbox,
    projects,
    workers: () => workers,
    record: audit.record,
  });
  const terminals = createTerminals({
    database,
    publish,
    host,
    now,
    log: inComponent(log, 'terminals'),
    environment: { ...shellEnvironment, TERM: 'xterm-256color', COLORTERM: 'truecolor' },
    screenParser: options.programs.screenParser,
    folderOf: ({ workerId, projectId }) => {
      const worker = workerId ? workers.get(workerId) : undefined;
      const project = projectId ? projects.get(projectId) : undefined;
      return {
        cwd: worker?.worktreePath ?? project?.path ?? null,
        projectId: worker?.projectId ?? project?.id ?? null,
      };
    },
    settings: settings.values,
    onNextRun: (earlier, next) => terminalShares.follow(earlier, next),
    parents: async () => new Set((await listProcesses()).map(({ parentPid }) => parentPid)),
  });
  const files = createFiles({
    git,
    now,
    options,
    projects: projects.list,
    worktrees: worktrees.list,
  });
  const terminalControl = createTerminalControl({ now });
  const terminalShares = createTerminalShares({
    database,
    now,
    checkTerminal: (id) => void terminals.get(id),
    address: () => address,
    record: (entry) => audit.record({ actor: 'a link', action: 'terminals.shares.open', ...entry }),
  });
  const terminalStreams = createTerminalStreams({ host, terminals, control: terminalControl });
  const workers = createWorkers({
    database,
    publish,
    host,
    now,
    log: inComponent(log, 'workers'),
    settings: settings.values,
    dangerousAllowed: options.allowDangerous,
    environment: childEnvironment,
    nodePath: options.node.file,
    claude,
    approvals,
    spending,
    findRole: roles.find,
    forgetRules: rules.forgetWorker,
    refuseDeleted: (id) => sessions.refuseDeleted(id),
    permissionsOf,
    getProject: projects.get,
    worktrees,
    terminals,
    turnEnded: (id) => delivering.turnEnded(id),
  });
  const inbox = createInbox({ now, approvals, workers, projects });
  const history = createHistory({
    database,
    dataDir,
    claudeFolder: claudeFolder(environment),
    now,
    log: inComponent(log, 'sessions'),
    publish,
    programs: options.programs,
    settings: settings.values,
    projects: projects.list,
    worktrees: worktrees.list,
    workers,
    branches: async (id) => (await projects.branches(id)).branches,
    forgotten: (id) => compression.forget(id),
  });
  const { sessions, contexts } = history;
  const { models, compression, meaning } = createIntelligence({
    database,
    dataDir,
    now,
    log: inComponent(log, 'models'),
    programs: options.programs,
    settings: settings.values,
    sessions,
    sessionIndex: history.index,
    spending,
    claude: { program: claude.look, environment: childEnvironment },
  });
  const takingUp = createTakingUp({
    host,
    worktrees,
    terminals,
    workers,
    machine,
    keepStrays: opened.restored?.why === 'damage',
    terminalLogDays: () => settings.values().terminalLogDays,
    now,
    log: inComponent(log, 'start'),
  });
  storage.onRoom(takingUp.again);
  // The first look at all transcripts takes both a core and the disk: what is on the screen comes first.
  void takingUp.ready.then(history.start, () => undefined);
  void takingUp.ready.then(delivering.start, () => undefined);
  const care = createDataCare({
    options,
    opened,
    now,
    settings: settings.values,
    record: audit.record,
    ready: takingUp.ready,
  });
  const monitoring = createMonitoring({
    telling,
    database,
    events,
    now,
    startedAt,
    version: options.version,
    dataDir,
    settings: settings.values,
    log,
    disk: storage.check,
    ready: takingUp.ready,
    machine: { claude, gitVersion: git.version, environment: shellEnvironment },
    hostPid: takingUp.hostPid,
    // The host knows no process of this name, and says so.
    beat: () => host.describe('beat'),
    port: access.port,
    onPort: access.onPort,
    migrations: () => migrations,
    integrity: care.maintenance.integrity,
    workers: { counts: workers.counts, rows: () => workers.forClient(endedForClient) },
    approvals: approvals.waiting,
    spending: spending.get,
    caches: () => ({ compression: compression.cache() }),
    probes: [
      { id: 'ollama', title: 'Ollama', look: models.check },
      { id: 'backups', title: 'Backups', look: care.backups.check },
    ],
    newestBackupAt: care.backups.newestAt,
  });
  storage.onChange(() => void monitoring.health.lookAt('disk'));
  care.maintenance.onIntegrity(() => void monitoring.health.lookAt('database'));
  void takingUp.ready.then(monitoring.start, () => undefined);

  const upkeep = createUpkeep({
    options,
    settings,
    events,
    now,
    git,
    claude,
    osSandbox,
    health: monitoring.health,
    projects,
    workers,
    databasePath,
    migrations: () => migrations,
    countRows: () => countRows(database),
    environments: { shell: shellEnvironment, worker: childEnvironment },
    address: () => address,
  });

  let closing: Promise<void> | undefined;
  /** Where the port listens. */
  let address: string | null = null;

  async function readState(access: Access): Promise<State> {
    takingUp.stateGiven();
    const programs = await machine.forState();
    return {
      seq: events.lastSeq(),
      access,
      now: now(),
      system: {
        version: options.version,
        platform: process.platform,
        pid: process.pid,
        hostPid: takingUp.hostPid(),
        startedAt,
        dataDir,
        claude: programs.claude,
        dangerousAllowed: options.allowDangerous,
        osSandbox: programs.osSandbox,
        dataNotice: care.notice,
      },
      settings: settings.get(),
      projects: projects.list(),
      workers: workers.forClient(endedForClient),
      approvals: [...approvals.waiting(), ...approvals.recentlyDecided(decidedForClient)],
      terminals: terminals.list(),
      worktrees: worktrees.list(),
      radars: delivering.overlaps.list(),
      rules: rules.list(),
      roles: roles.list(),
      savedSearches: history.savedSearches.list(),
      spending: spending.get(),
      health: monitoring.health.state(),
      alerts: monitoring.alerts.list().items,
    };
  }

  const endScheduling = events.listen((event) => {
    if (event.type === 'settings.changed') meaning.settingsChanged();
    if (event.type === 'settings.changed' || event.type === 'project.changed') workers.limitsChanged();
    if (event.type === 'terminal.removed') terminalShares.endGone();
    if (event.type === 'settings.changed') history.index.settingsChanged();
    if (event.type === 'settings.changed') care.settingsChanged();
    // A rule may answer what waits already.
    if (event.type === 'rule.changed' && event.rule.uses === 0) approvals.applyRules();
  });
  async function shutDown(stopWorkers: boolean): Promise<void> {
    endScheduling();
    await care.close();
    monitoring.close();
    upkeep.close();
    await takingUp.finish(stopWorkers);
    await meaning.close();
    await compression.close();
    await models.close();
    await history.close();
    await delivering.close();
    await workers.close();
    spending.close();
    await audit.close();
    await webhooks.close();
    await takingUp.close();
    terminalControl.close();
    terminalShares.close();
    access.close();
    await terminals.close();
    await host.close();
    await storage.close();
    database.close();
    opened.release();
  }

  return {
    ready: takingUp.ready,
    router: createRouter({
      ready: takingUp.ready,
      takeEarlyState: takingUp.takeEarlyState,
      events,
      projects,
      workers,
      terminals,
      terminalControl,
      terminalShares,
      approvals,
      inbox,
      rules,
      judge,
      roles,
      audit,
      access,
      sessions,
      compression,
      models,
      contexts,
      savedSearches: history.savedSearches,
      meaning,
      delivering,
      files,
      webhooks,
      settings,
      backups: care.backups,
      monitoring,
      observe: telling.meters.call,
      upkeep,
      maintenance: care.maintenance,
      readState,
      log: inComponent(log, 'calls'),
      within: options.logs?.within,
    }),
    terminalStreams: telling.countBytes(terminalStreams),
    terminalShares,
    health: monitoring.health,
    meters: { ...telling.meters, scrape: monitoring.scrape },
    access,
    settings: settings.values,
    lastSeq: events.lastSeq,
    onRestart: care.onRestart,
    onSettings: (listener) => events.listen(({ type }) => type === 'settings.changed' && listener()),
    announce(at) {
      address = at;
      folder.announce(at);
    },
    counts: () => ({ running: workers.counts().live, waiting: inbox.waiting().length }),
    onChange: (listener) =>
      events.listen(({ type }) => {
        if (type.startsWith('worker.') || type === 'approval.changed' || type.startsWith('project.')) listener();
      }),
    close(how) {
      closing ??= shutDown(how?.stopWorkers ?? false);
      return closing;
    },
  };
}
