import { fileURLToPath } from 'node:url';
import type { Config } from './config/read-config.ts';
import { createOrchestrator, type Orchestrator, type OrchestratorOptions } from './orchestrator/index.ts';
import { version } from './version.ts';

/** The further programs of this build, beside the entry at `entryUrl`: built (.js) or as source (.ts). */
export function programsBeside(entryUrl: string) {
  const ending = entryUrl.endsWith('.ts') ? 'ts' : 'js';
  return ending === 'ts'
    ? {
        host: [fileURLToPath(new URL('./host.ts', entryUrl))],
        screenParser: new URL('./orchestrator/terminals/screen-parser.ts', entryUrl),
        sessionIndexer: new URL('./orchestrator/sessions/indexer-thread.ts', entryUrl),
        sessionReader: new URL('./orchestrator/sessions/reader-thread.ts', entryUrl),
        sessionDigest: new URL('./orchestrator/compression/digest-thread.ts', entryUrl),
        sessionMeaning: new URL('./orchestrator/sessions/meaning-thread.ts', entryUrl),
        backup: new URL('./orchestrator/backups/backup-thread.ts', entryUrl),
        maintenance: new URL('./orchestrator/maintenance/maintenance-thread.ts', entryUrl),
      }
    : {
        host: [fileURLToPath(new URL('./host.js', entryUrl))],
        screenParser: new URL('./screen-parser.js', entryUrl),
        sessionIndexer: new URL('./session-indexer.js', entryUrl),
        sessionReader: new URL('./session-reader.js', entryUrl),
        sessionDigest: new URL('./session-digest.js', entryUrl),
        sessionMeaning: new URL('./session-meaning.js', entryUrl),
        backup: new URL('./backup.js', entryUrl),
        maintenance: new URL('./maintenance.js', entryUrl),
      };
}

/**
 * Starts the orchestrator of this build for a configuration. `entryUrl` is the `import.meta.url` of the program's entry; a
 * process host is started no earlier than `startHostAfter` settles.
 */
export function launchOrchestrator(
  given: Pick<OrchestratorOptions, 'log' | 'logs' | 'configuration'> & { config: Config },
  entryUrl: string,
  startHostAfter?: Promise<unknown>,
): Orchestrator {
  const { config, ...further } = given;
  return createOrchestrator({
    ...config,
    ...further,
    ...(startHostAfter ? { startHostAfter } : {}),
    version,
    environment: process.env,
    // Electron's own binary is Node when it is told so; plain Node does not mind the variable.
    node: { file: process.execPath, env: { ELECTRON_RUN_AS_NODE: '1' } },
    programs: programsBeside(entryUrl),
  });
}

/** Folder of the built page, beside the programs. */
export function pageFolderBeside(entryUrl: string): string {
  return fileURLToPath(new URL(entryUrl.endsWith('.ts') ? '../dist/renderer/' : '../renderer/', entryUrl));
}
