import type { AuditEntry } from '../../shared/audit.ts';
import type { RestoreRecord } from '../../shared/backups.ts';
import type { Settings } from '../../shared/settings.ts';
import { createBackups } from './backups/backups.ts';
import { keyFiles } from './backups/places.ts';
import { createMaintenance } from './maintenance/maintenance.ts';
import type { OpenState } from './open-state.ts';
import type { OrchestratorOptions } from './orchestrator-options.ts';

/** The answer of the call that asked for a new start still gets out, in milliseconds. */
const restartAfterMs = 250;
/** What a person waits for at a start has the disk for itself so long, in milliseconds. */
const checkAfterMs = 5000;

/** The part of the house that looks after the data: backups and the database. A part of the composition root. */
export function createDataCare(deps: {
  options: OrchestratorOptions;
  opened: OpenState;
  now: () => number;
  settings: () => Settings;
  record: (entry: Omit<AuditEntry, 'id' | 'at'>) => void;
  /** Settles when everything that ran is taken up. */
  ready: Promise<unknown>;
}) {
  const { options, opened, now, settings } = deps;
  const { dataDir, log } = options;
  const restartListeners = new Set<() => void>();
  let restarting: NodeJS.Timeout | undefined;
  let later: NodeJS.Timeout | undefined;
  let closed = false;

  /** Has the orchestrator started again in its place, where somebody can. */
  function restart(): boolean {
    if (restartListeners.size === 0) return false;
    restarting ??= setTimeout(() => {
      for (const listener of [...restartListeners]) listener();
    }, restartAfterMs);
    return true;
  }

  const backups = createBackups({
    dataDir,
    databaseFile: opened.database.path,
    version: options.version,
    now,
    settings,
    program: options.programs.backup,
    swap: opened.swap,
    keyFiles,
    restart,
    log,
  });

  const maintenance = createMaintenance({
    database: opened.database,
    times: opened.times,
    dataDir,
    version: options.version,
    now,
    settings,
    program: options.programs.maintenance,
    restart,
    unchecked: opened.unchecked,
    onCheck: ({ ok }) => (ok ? opened.foundWhole() : opened.distrust()),
    log,
  });

  const { restored } = opened;
  if (restored) {
    const { by, ...details } = restored;
    deps.record({
      actor: by,
      from: 'inside',
      action: 'backups.restored',
      subject: restored.backup_filename,
      outcome: 'ok',
      details,
    });
  }
  // What fails to be taken up is told by whoever does that.
  void deps.ready.then(
    () => {
      opened.started();
      later = setTimeout(() => {
        maintenance.checkAfterEnd().catch((error: unknown) => {
          if (!closed) log.warn({ error }, 'the database could not be looked through');
        });
      }, checkAfterMs);
      later.unref();
      if (!closed)
        void backups.start().catch((error: unknown) => {
          if (!closed) log.warn({ error }, 'the backups could not be looked at');
        });
    },
    () => undefined,
  );

  return {
    /** What a person has to know of this start; null for an ordinary one. */
    notice: noticeOf(restored),
    backups,
    maintenance,
    settingsChanged: backups.settingsChanged,
    /** Calls when it is to be started again in its place: to be closed, and made anew on the same data. */
    onRestart(listener: () => void): () => void {
      restartListeners.add(listener);
      return () => void restartListeners.delete(listener);
    },
    async close(): Promise<void> {
      closed = true;
      clearTimeout(restarting);
      clearTimeout(later);
      await backups.close();
      await maintenance.close();
    },
  };
}

function noticeOf(restored: RestoreRecord | undefined): string | null {
  if (restored?.why !== 'damage') return null;
  const kept = restored.problem ? '' : ' What ran and could still be read was kept.';
  return restored.backup_filename
    ? `The database was damaged. The backup ${restored.backup_filename} took its place.${kept} What came after it is gone; the damaged files were set aside.`
    : `The database was damaged and there was no backup, so it began anew.${kept} The damaged files were set aside.`;
}

export type DataCare = ReturnType<typeof createDataCare>;
