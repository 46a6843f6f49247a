import { join } from 'node:path';
import type { ClaudeProgram } from './claude/claude-program.ts';
import { createConfiguration } from './configuration/configuration.ts';
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
  health: Pick<Health, 'doctor'>;
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
    close(): void {
      endListening();
      configuration.close();
      logs.close();
    },
  };
}
