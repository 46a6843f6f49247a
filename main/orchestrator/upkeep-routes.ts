import { implement } from '@orpc/server';
import { configurationContract } from '../../shared/configuration.ts';
import { diagnosticsContract } from '../../shared/diagnostics.ts';
import { doctorContract } from '../../shared/doctor.ts';
import { logsContract } from '../../shared/logs.ts';
import type { Caller } from './access/caller.ts';
import type { Upkeep } from './upkeep.ts';

/** The procedures by which the house is looked after. The router they are put into brings the door that each call passes. */
export function upkeepRoutes({ configuration, logs, doctor, trial, diagnostics }: Upkeep) {
  const api = implement({
    configuration: configurationContract,
    logs: logsContract,
    doctor: doctorContract,
    diagnostics: diagnosticsContract,
  }).$context<Caller>();
  return {
    configuration: {
      get: api.configuration.get.handler(() => configuration.get()),
      watch: api.configuration.watch.handler(({ signal }) => configuration.watch(signal)),
      reload: api.configuration.reload.handler(() => configuration.reload()),
      set: api.configuration.set.handler(({ input }) => configuration.set(input)),
      unset: api.configuration.unset.handler(({ input }) => configuration.unset(input)),
      undo: api.configuration.undo.handler(({ input }) => configuration.undo(input.undoId)),
    },
    logs: {
      list: api.logs.list.handler(({ input }) => logs.list(input)),
      follow: api.logs.follow.handler(({ input, signal }) => logs.follow(input, signal)),
      summary: api.logs.summary.handler(() => logs.summary()),
      download: api.logs.download.handler(({ input }) => logs.download(input)),
    },
    diagnostics: {
      preview: api.diagnostics.preview.handler(({ signal }) => diagnostics.preview(signal)),
      bundle: api.diagnostics.bundle.handler(({ input, signal }) => diagnostics.bundle(input.id, signal)),
    },
    doctor: {
      run: api.doctor.run.handler(({ signal }) => doctor.run(signal)),
      fix: api.doctor.fix.handler(({ input }) => doctor.fix(input.fix)),
      tryWorkers: api.doctor.tryWorkers.handler(({ signal }) => trial.run(signal)),
    },
  };
}
