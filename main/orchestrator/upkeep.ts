import { join } from 'node:path';
import { logSources } from '../../shared/logs.ts';
import { withoutSecrets } from './audit/without-secrets.ts';
import type { ClaudeProgram } from './claude/claude-program.ts';
import { createConfiguration } from './configuration/configuration.ts';
import { createDiagnostics } from './diagnostics/diagnostics.ts';
import type { Events } from './events.ts';
import type { Git } from './git/git.ts';
import { configurationCheck, createDoctor } from './health/doctor.ts';
import type { Health } from './health/health.ts';
import { createTrial } from './health/try-workers.ts';
import { inComponent } from './in-component.ts';
import { createLogs } from './logs/logs.ts';
import type { OrchestratorOptions } from './orchestrator-options.ts';
import type { createOsSandbox } from './permissions/os-sandbox.ts';
import type { Projects } from './projects/projects.ts';
import type { SettingsFeature } from './settings/settings.ts';
import type { Workers } from './workers/workers.ts';

export type Upkeep = ReturnType<typeof createUpkeep>;

/** The part of the house by which it is looked after: its configuration, its log, its doctor. A part of the composition root. */
export function createUpkeep(deps: {
  options: OrchestratorOptions;
  settings: SettingsFeature;
  events: Events;
  now: () => number;
  git: Git;
  claude: { look(): Promise<ClaudeProgram> };
  osSandbox: ReturnType<typeof createOsSandbox>;
  health: Pick<Health, 'doctor' | 'report'>;
  migrations: () => unknown;
  /** Rows of each table. */
  countRows: () => Record<string, number>;
  projects: Projects;
  workers: Workers;
  databasePath: string;
  environments: { shell: Record<string, string>; worker: Record<string, string> };
  /** Where the port listens. */
  address: () => string | null;
}) {
  const { options, settings, events, now, workers, projects } = deps;
  const { log, dataDir } = options;
  const logs = createLogs({
    folders: { logs: join(dataDir, 'logs'), hosts: join(dataDir, 'host') },
    source: options.logs,
    now,
  });
  const configuration = createConfiguration({
    source: options.configuration,
    settings,
    now,
    log: inComponent(log, 'configuration'),
  });
  const doctor = createDoctor({
    looks: {
      claude: deps.claude,
      environment: deps.environments.shell,
      workerEnvironment: deps.environments.worker,
      dataDir,
      databasePath: deps.databasePath,
      worktreesDir: options.worktreesDir,
      get port() {
        return { host: settings.values().listenHost, port: settings.values().listenPort };
      },
      listening: () => (deps.address() === null ? null : { address: deps.address(), pid: process.pid }),
      osSandbox: deps.osSandbox,
    },
    own: async () => {
      const { checks } = await deps.health.doctor();
      const problems = options.configuration ? configuration.get().problems : [];
      return { checks: [...checks, configurationCheck(problems)] };
    },
    now,
  });
  const trial = createTrial({
    dataDir,
    git: deps.git,
    addProject: projects.add,
    removeProject: projects.remove,
    spawn: workers.spawn,
    worker: workers.get,
    stop: (id) => workers.stop(id, true, 'the doctor'),
    remove: workers.remove,
    onChange: (listener) => events.listen(({ type }) => type.startsWith('worker.') && listener()),
    log: inComponent(log, 'doctor'),
  });
  const diagnostics = createDiagnostics({
    now,
    sources: {
      version: options.version,
      dataDir,
      environment: options.environment,
      mask: (text) => options.logs?.mask(text) ?? text,
      doctor: doctor.run,
      logs: logSources.map((source) => ({
        name: source === 'host' ? 'host.log' : 'control-room.log',
        read: async () => (await logs.download({ source })).content,
      })),
      facts: [
        {
          name: 'configuration.json',
          about: 'what this was started with; secrets are hidden',
          read: () => (options.configuration ? configuration.get() : null),
        },
        { name: 'settings.json', about: 'settings of the page', read: () => withoutSecrets(settings.get()) },
        { name: 'health.json', about: 'how it is', read: deps.health.report },
        {
          name: 'database.json',
          about: 'how far the schema is, and how much each table holds',
          read: () => ({ migrations: deps.migrations(), rows: deps.countRows() }),
        },
        { name: 'workers.json', about: 'how many workers are in which state', read: () => countStates(workers) },
      ],
    },
  });
  const endListening = events.listen(({ type }) => {
    if (type !== 'settings.changed') return;
    configuration.settingsChanged();
    options.logs?.setLevel(settings.values().logLevel);
  });
  options.logs?.setLevel(settings.values().logLevel);
  return {
    configuration,
    logs,
    doctor,
    trial,
    diagnostics,
    close(): void {
      endListening();
      configuration.close();
      logs.close();
    },
  };
}

/** How many workers are in each state, by kind. */
function countStates(workers: Workers): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind, state } of workers.forClient(Number.MAX_SAFE_INTEGER))
    counts[`${kind} ${state}`] = (counts[`${kind} ${state}`] ?? 0) + 1;
  return counts;
}
