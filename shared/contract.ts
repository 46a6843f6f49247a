import type { ContractRouterClient } from '@orpc/contract';
import { alertsContract } from './alerts.ts';
import { approvalsContract } from './approvals.ts';
import { auditContract } from './audit.ts';
import { backupsContract } from './backups.ts';
import { compressionContract } from './compression.ts';
import { configurationContract } from './configuration.ts';
import { contextsContract } from './contexts.ts';
import { accessContract } from './credentials.ts';
import { databaseContract } from './database.ts';
import { diagnosticsContract } from './diagnostics.ts';
import { doctorContract } from './doctor.ts';
import { eventsContract } from './events.ts';
import { filesContract } from './files.ts';
import { healthContract } from './health.ts';
import { inboxContract } from './inbox.ts';
import { logsContract } from './logs.ts';
import { meaningContract } from './meaning.ts';
import { metricsContract } from './metrics.ts';
import { modelsContract } from './models.ts';
import { projectsContract } from './projects.ts';
import { rolesContract } from './roles.ts';
import { rulesContract } from './rules.ts';
import { savedSearchesContract } from './saved-searches.ts';
import { sessionChangesContract } from './session-changes.ts';
import { sessionsContract } from './sessions.ts';
import { settingsContract } from './settings.ts';
import { terminalsContract } from './terminals.ts';
import { webhooksContract } from './webhooks.ts';
import { orchestrateContract, workersContract } from './workers.ts';
import { worktreesContract } from './worktrees.ts';

/** All that may be asked of the orchestrator. Surfaces carry it, the router implements it, clients are typed by it. */
export const contract = {
  events: eventsContract,
  projects: projectsContract,
  workers: workersContract,
  orchestrate: orchestrateContract,
  terminals: terminalsContract,
  approvals: approvalsContract,
  inbox: inboxContract,
  rules: rulesContract,
  roles: rolesContract,
  audit: auditContract,
  sessions: sessionsContract,
  compression: compressionContract,
  models: modelsContract,
  sessionChanges: sessionChangesContract,
  contexts: contextsContract,
  savedSearches: savedSearchesContract,
  meaning: meaningContract,
  worktrees: worktreesContract,
  files: filesContract,
  webhooks: webhooksContract,
  settings: settingsContract,
  configuration: configurationContract,
  logs: logsContract,
  doctor: doctorContract,
  diagnostics: diagnosticsContract,
  health: healthContract,
  metrics: metricsContract,
  alerts: alertsContract,
  access: accessContract,
  backups: backupsContract,
  database: databaseContract,
};

export type ContractClient = ContractRouterClient<typeof contract>;
