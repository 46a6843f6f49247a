import { join } from 'node:path';
import { createClaudeProgram } from './claude/claude-program.ts';
import { systemEnvironment, workerEnvironment } from './claude/environment.ts';
import { createDoctor } from './health/doctor.ts';
import { createOsSandbox } from './permissions/os-sandbox.ts';

export { configurationCheck } from './health/doctor.ts';

/** The doctor for when no orchestrator runs: it needs none, and no folder that can be written. */
export function createMachineDoctor(options: {
  dataDir: string;
  databasePath: string | null;
  worktreesDir: string;
  claudePath: string | null;
  port: { host: string; port: number };
  environment: NodeJS.ProcessEnv;
  /** Who holds the data folder, and what it finds about itself. */
  listening: () => { address: string | null; pid: number } | null;
  own?: Parameters<typeof createDoctor>[0]['own'];
}): ReturnType<typeof createDoctor> {
  const environment = systemEnvironment(options.environment);
  const forWorkers = workerEnvironment(options.environment);
  return createDoctor({
    looks: {
      claude: createClaudeProgram({ configuredPath: options.claudePath, environment: forWorkers }),
      environment,
      workerEnvironment: forWorkers,
      dataDir: options.dataDir,
      databasePath: options.databasePath ?? join(options.dataDir, 'control-room.db'),
      worktreesDir: options.worktreesDir,
      port: options.port,
      listening: options.listening,
      osSandbox: createOsSandbox({ environment }),
    },
    own: options.own,
    now: Date.now,
  });
}
