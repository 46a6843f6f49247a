import type { ProjectId, TerminalId, WorkerId } from '../../../shared/ids.ts';
import type { Spending, Spent } from '../../../shared/limits.ts';
import type { Project } from '../../../shared/projects.ts';
import type { Role } from '../../../shared/roles.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { Worker } from '../../../shared/workers.ts';
import type { Worktree, WorktreeStatus } from '../../../shared/worktrees.ts';
import type { ClaudeProgram } from '../claude/claude-program.ts';
import type { Permissions } from '../claude/permissions.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import type { HostClient } from '../host/host.ts';
import type { ApprovalHooks } from './apply-facts.ts';

/** What the team needs of the rest of the house. */
export interface WorkersDeps {
  database: Database;
  publish: Publish;
  host: HostClient;
  now: () => number;
  log: {
    info(details: object, message: string): void;
    warn(details: object, message: string): void;
    error(details: object, message: string): void;
  };
  settings: () => Settings;
  dangerousAllowed: boolean;
  /** What worker processes see of the environment. */
  environment: Record<string, string>;
  /** Node (or Electron as Node) for the hook that only takes commands. */
  nodePath: string;
  claude: { look(): Promise<ClaudeProgram> };
  approvals: ApprovalHooks;
  spending: { get(): Spending; add(projectId: ProjectId, workerId: WorkerId, spent: Spent): void };
  /** The role of a name; undefined for a name that is only a label. */
  findRole: (name: string) => Role | undefined;
  /** Forgets the rules that hold for one worker, in the transaction that forgets it. */
  forgetRules: (id: WorkerId) => void;
  /** What a worker may do by its own row, the standing rules and this machine. */
  permissionsOf: (worker: Worker) => Promise<Permissions>;
  /** Throws when the conversation of a session was deleted: a process would begin it all over again. */
  refuseDeleted: (sessionId: string) => void;
  getProject: (id: ProjectId) => Project;
  worktrees: {
    create(input: {
      project: Project;
      workerId: WorkerId;
      name: string;
      branchPrefix: string;
      baseBranch: string;
    }): Promise<Worktree>;
    status(id: Worktree['id']): Promise<WorktreeStatus>;
    get(id: Worktree['id']): Worktree;
    ofWorker(id: WorkerId): Worktree | undefined;
    detachWorker(id: WorkerId): void;
  };
  terminals: {
    /** Makes a worker's process visible as a terminal; gives the terminal's id. */
    openForWorker(input: {
      workerId: WorkerId;
      projectId: ProjectId;
      processId: string;
      title: string;
      cwd: string;
      cols: number;
      rows: number;
      pid: number | null;
    }): TerminalId;
    /** Forgets a worker's terminals. */
    forgetWorker(workerId: WorkerId): void;
    /** Keeps the recordings of a worker's newest earlier runs and forgets those before them. */
    keepEarlierRuns(workerId: WorkerId): void;
  };
}
