import type { DoctorFix } from '../../../shared/doctor.ts';
import type { DoctorCheck } from '../../../shared/health.ts';
import { closeToOthers, type HouseLooks, houseLooks } from './house-looks.ts';
import { type MachineLooks, machineLooks } from './machine-looks.ts';
import { type ProgramLooks, programLooks } from './program-looks.ts';
import { type DoctorLook, runChecks } from './run-checks.ts';

/** Everything that can be looked at, whether Control Room runs or not and whether its folder can be written or not. */
export function createDoctor(deps: {
  looks: ProgramLooks & HouseLooks & MachineLooks;
  /** What a running Control Room knows of itself, by title. */
  own?: readonly { title: string; id: string; look: () => Promise<DoctorCheck> | DoctorCheck }[];
  now: () => number;
}) {
  const { looks, now } = deps;
  const own: DoctorLook[] = (deps.own ?? []).map(({ id, title, look }) => ({
    id,
    title,
    group: 'house',
    look: async () => {
      const { state, detail, fix } = await look();
      return { state, detail, fix };
    },
  }));

  return {
    run: (signal: AbortSignal | undefined) =>
      runChecks([...programLooks(looks), ...machineLooks(looks), ...own, ...houseLooks(looks)], { now, signal }),
    async fix(fix: DoctorFix): Promise<{ done: string }> {
      switch (fix) {
        case 'permissions':
          return { done: await closeToOthers(looks.dataDir) };
      }
    },
  };
}
