import type { DoctorCheck } from '../../shared/health.ts';
import { createClaudeProgram } from './claude/claude-program.ts';
import { systemEnvironment, workerEnvironment } from './claude/environment.ts';
import { createGit } from './git/git.ts';
import { runMachineChecks } from './health/machine-checks.ts';

/** The doctor's checks of the machine alone, for when no orchestrator runs. */
export function checkMachine(options: {
  dataDir: string;
  claudePath: string | null;
  environment: NodeJS.ProcessEnv;
}): Promise<DoctorCheck[]> {
  const environment = systemEnvironment(options.environment);
  return runMachineChecks({
    dataDir: options.dataDir,
    claude: createClaudeProgram({
      configuredPath: options.claudePath,
      environment: workerEnvironment(options.environment),
    }),
    gitVersion: createGit({ environment }).version,
    environment,
  });
}
