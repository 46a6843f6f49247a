import { defaultSettings } from '../../shared/default-settings.ts';
import { createBackups } from './backups/backups.ts';
import { keyFiles } from './backups/places.ts';
import { createMaintenance } from './maintenance/maintenance.ts';
import { openState } from './open-state.ts';
import type { OrchestratorOptions } from './orchestrator-options.ts';
import { createSettings } from './settings/settings.ts';

/**
 * Backups and the database of a data folder on which no Control Room runs: taken for as long as it is open. A restore or a VACUUM
 * that was asked for is done by opening it again. Throws CONFLICT when one runs.
 */
export function openWithoutHouse(
  options: Pick<OrchestratorOptions, 'dataDir' | 'databasePath' | 'version' | 'lockedSettings' | 'programs' | 'log'>,
) {
  const { dataDir, log, programs, version } = options;
  const now = Date.now;
  const opened = openState({
    dataDir,
    ...(options.databasePath ? { databasePath: options.databasePath } : {}),
    now,
    backupProgram: programs.backup,
    log,
  });
  const { database, swap, restored, times } = opened;
  opened.started();
  const settings = createSettings({
    database,
    publish: () => undefined,
    defaults: defaultSettings,
    locked: options.lockedSettings,
  }).values;
  const restart = () => false;
  const backups = createBackups({
    dataDir,
    databaseFile: database.path,
    version,
    now,
    settings,
    program: programs.backup,
    swap,
    keyFiles,
    restart,
    log,
  });
  const maintenance = createMaintenance({
    database,
    times,
    dataDir,
    version,
    now,
    settings,
    program: programs.maintenance,
    restart,
    unchecked: opened.unchecked,
    onCheck: ({ ok }) => (ok ? opened.foundWhole() : opened.distrust()),
    log,
  });
  return {
    backups,
    maintenance,
    /** What was restored by opening it. */
    restored,
    async close(): Promise<void> {
      await backups.close();
      await maintenance.close();
      database.close();
      opened.release();
    },
  };
}

export type WithoutHouse = ReturnType<typeof openWithoutHouse>;
