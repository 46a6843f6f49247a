import { join } from 'node:path';
import type { createClaudeProgram } from './claude/claude-program.ts';
import type { Git } from './git/git.ts';
import { writeGitExcludes } from './permissions/git-excludes.ts';
import type { createOsSandbox } from './permissions/os-sandbox.ts';

export type Machine = ReturnType<typeof createMachine>;

/** What is known of the programs of this machine that decide how workers are started. */
export function createMachine(deps: {
  claude: ReturnType<typeof createClaudeProgram>;
  osSandbox: ReturnType<typeof createOsSandbox>;
  git: Git;
  dataDir: string;
  environment: NodeJS.ProcessEnv;
}) {
  const { claude, osSandbox } = deps;
  let seen = false;
  let claudeVersion: string | null = null;
  let sandboxAvailable = false;
  let gitExcludesFile: string | null = null;

  return {
    claudeVersion: () => claudeVersion,
    sandboxAvailable: () => sandboxAvailable,
    gitExcludesFile: () => gitExcludesFile,
    async look(): Promise<void> {
      const [program, sandbox] = await Promise.all([claude.look(), osSandbox.look()]);
      claudeVersion = program.version;
      sandboxAvailable = sandbox.available;
      if (sandboxAvailable)
        gitExcludesFile = await writeGitExcludes({
          file: join(deps.dataDir, 'git-excludes'),
          git: deps.git,
          environment: deps.environment,
        });
      seen = true;
    },
    /** What a state says of them: before the first look, what is remembered of the last start. */
    async forState() {
      const { path, version, problem } = seen ? await claude.look() : claude.unseen;
      return {
        claude: { path, version, problem },
        osSandbox: seen ? await osSandbox.look() : { available: false, problem: null },
      };
    },
  };
}
