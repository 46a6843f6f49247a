import type { OrchestratorOptions } from './orchestrator-options.ts';

type Log = OrchestratorOptions['log'];

/** A log whose entries say which part of the house wrote them. */
export function inComponent(log: Log, component: string): Log {
  return {
    debug: (details, message) => log.debug({ component, ...details }, message),
    info: (details, message) => log.info({ component, ...details }, message),
    warn: (details, message) => log.warn({ component, ...details }, message),
    error: (details, message) => log.error({ component, ...details }, message),
  };
}
